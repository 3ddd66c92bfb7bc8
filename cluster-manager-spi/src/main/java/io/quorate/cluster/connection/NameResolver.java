package io.quorate.cluster.connection;

import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Vertx;
import io.vertx.core.dns.DnsClient;
import io.vertx.core.dns.DnsClientOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Resolves DNS names to member addresses. May block. */
interface NameResolver {

  /**
   * The addresses of the members behind {@code name}: its SRV records with their ports, else its
   * address records with {@code defaultPort}; empty while there are none.
   */
  List<Address> find(String name, int defaultPort);

  /** Looks up DNS records; empty if there are none, or no server answers. */
  interface Lookup {
    /** SRV records, each as {@code priority weight port target}. */
    List<String> services(String name);

    /** Numeric addresses. */
    List<String> addresses(String host);
  }

  /** A resolver over the records of {@code lookup}. */
  static NameResolver of(Lookup lookup) {
    return (name, defaultPort) -> {
      TreeSet<Address> found = new TreeSet<>();
      for (String service : lookup.services(name)) {
        String[] parts = service.trim().split("\\s+");
        if (parts.length != 4) {
          throw new IllegalArgumentException("dns: no SRV record: " + service);
        }
        for (String host : lookup.addresses(parts[3].replaceAll("\\.$", ""))) {
          found.add(new Address(host, Integer.parseInt(parts[2])));
        }
      }
      if (found.isEmpty()) {
        lookup.addresses(name).forEach(host -> found.add(new Address(host, defaultPort)));
      }
      return List.copyOf(found);
    };
  }

  /**
   * The resolver of this host.
   *
   * @param vertx whose DNS client is used
   */
  static NameResolver system(Vertx vertx) {
    return of(new Resolver(vertx));
  }

  /** The platform's resolver for addresses, Vert.x's DNS client for SRV records. */
  final class Resolver implements Lookup {
    private static final Logger LOG = Logger.getLogger(NameResolver.class);
    private static final long QUERY_MILLIS = 500;

    private final Vertx vertx;

    Resolver(Vertx vertx) {
      this.vertx = vertx;
    }

    @Override
    public List<String> services(String name) {
      DnsClient dns = vertx.createDnsClient(new DnsClientOptions().setQueryTimeout(QUERY_MILLIS));
      try {
        return new Deadline(2 * QUERY_MILLIS, new CompletableFuture<>())
            .await(dns.resolveSRV(name)).stream()
                .map(
                    srv ->
                        srv.priority() + " " + srv.weight() + " " + srv.port() + " " + srv.target())
                .toList();
      } catch (ExecutionException | TimeoutException e) {
        LOG.debug("no SRV records of {}: {}", name, e.toString());
        return List.of(); // usual; if no server answered, it is asked again
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return List.of();
      } finally {
        dns.close();
      }
    }

    @Override
    public List<String> addresses(String host) {
      try {
        return Arrays.stream(InetAddress.getAllByName(host))
            .map(a -> a.getHostAddress().replaceAll("%.*", ""))
            .toList();
      } catch (UnknownHostException e) {
        LOG.debug("no addresses of {}: {}", host, e.toString());
        return List.of(); // not yet there
      }
    }
  }
}
