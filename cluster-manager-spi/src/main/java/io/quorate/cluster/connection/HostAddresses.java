package io.quorate.cluster.connection;

import io.quorate.cluster.options.QuorateClusterOptions;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The addresses of this process, and the addresses where it looks for others. May block. */
final class HostAddresses {
  private static final String LOOPBACK = "127.0.0.1";
  private static final int CONNECT_MILLIS = 500;

  private final QuorateClusterOptions options;
  private final NameResolver names;
  private final List<Address> seeds;
  private final String listen;
  private final String advertised;

  private HostAddresses(
      QuorateClusterOptions options,
      NameResolver names,
      List<Address> seeds,
      String listen,
      String advertised) {
    this.options = options;
    this.names = names;
    this.seeds = seeds;
    this.listen = listen;
    this.advertised = advertised;
  }

  /**
   * @throws JoinFailedException if a name cannot be resolved
   */
  static HostAddresses of(QuorateClusterOptions options, NameResolver names) {
    List<Address> seeds = new ArrayList<>();
    for (String seed : options.getSeeds()) {
      seeds.add(resolved("seeds", Address.parse(seed, options.getPort())));
    }
    String listen;
    if (options.getHost() != null) {
      listen = resolved("host", new Address(options.getHost(), options.getPort())).host();
    } else if (options.getSeeds().isEmpty() && options.getDns() == null) {
      listen = LOOPBACK;
    } else {
      List<String> own = ownAddresses();
      String dns = options.getDns();
      List<Address> known = dns == null ? seeds : names.find(dns, options.getPort());
      listen =
          known.stream()
              .map(Address::host)
              .filter(own::contains)
              .findFirst()
              .orElseGet(() -> own.isEmpty() ? LOOPBACK : own.get(0));
    }
    @Nullable String publicHost = options.getPublicHost();
    String advertised =
        publicHost == null
            ? listen
            : resolved("publicHost", new Address(publicHost, options.getPort())).host();
    if (advertised.equals("0.0.0.0") || advertised.equals("0:0:0:0:0:0:0:0")) {
      throw new JoinFailedException(
          "host " + listen + " is every address; set publicHost to the one others can use");
    }
    return new HostAddresses(options, names, List.copyOf(seeds), listen, advertised);
  }

  private static Address resolved(String option, Address address) {
    try {
      return address.resolved();
    } catch (UnknownHostException e) {
      throw new JoinFailedException("option " + option + ": unknown host " + address.host(), e);
    }
  }

  /** Addresses of this host: IPv4 first, loopback last; no link-local IPv6. */
  private static List<String> ownAddresses() {
    List<String> v4 = new ArrayList<>();
    List<String> rest = new ArrayList<>();
    List<String> loopback = new ArrayList<>();
    try {
      for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
        for (InetAddress address : network.inetAddresses().toList()) {
          String text = address.getHostAddress().replaceAll("%.*", "");
          if (address.isLoopbackAddress()) {
            loopback.add(text);
          } else if (address instanceof Inet4Address) {
            v4.add(text);
          } else if (!address.isLinkLocalAddress()) {
            rest.add(text);
          }
        }
      }
    } catch (SocketException e) {
      throw new JoinFailedException("cannot list the addresses of this host; set host", e);
    }
    v4.addAll(rest);
    v4.addAll(loopback);
    return v4;
  }

  String listen() {
    return listen;
  }

  String advertised() {
    return advertised;
  }

  /**
   * Whether connections to the listen address are refused at this port. The advertised address is
   * not tested, since it may be a proxy's, which accepts every connection. Binding the port as a
   * test would take it from a process that tests it at the same moment.
   */
  boolean isFree(int port) {
    try (Socket socket = new Socket()) {
      InetAddress at = InetAddress.getByName(listen);
      socket.connect(
          new InetSocketAddress(
              at.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : at, port),
          CONNECT_MILLIS);
      return false;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /** The policy that applies now to the process at {@code self}. */
  BootstrapPolicy policy(Address self) {
    String dns = options.getDns();
    if (dns != null) {
      return new BootstrapPolicy.DnsRecords(
          dns, names.find(dns, options.getPort()), options.getVoters());
    }
    BootstrapPolicy.SingleHost here =
        new BootstrapPolicy.SingleHost(advertised, options.getPort(), options.getPortRange());
    return seeds.isEmpty() ? here : new BootstrapPolicy.SeedList(seeds, here.candidates());
  }
}
