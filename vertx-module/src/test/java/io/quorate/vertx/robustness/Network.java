package io.quorate.vertx.robustness;

import io.quorate.vertx.process.MemberProcess;
import io.quorate.vertx.process.ProcessCluster;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * All ways between members, each direction for itself, and those from clients to members. A member
 * is told the addresses of proxies, also as its own.
 *
 * <p>On the bus between members a connection carries the messages of one side, and the first of
 * them names its sender; so each can be assigned to its direction.
 */
final class Network implements AutoCloseable {
  private static final String CLIENTS = "clients";

  private final Vertx vertx;
  private final Context context;
  private final Map<String, Link> links = new LinkedHashMap<>();
  private final List<Proxy> proxies = new ArrayList<>();
  private final Map<String, String> addresses = new HashMap<>();
  private final Map<String, Integer> clientPorts = new HashMap<>();

  /** Puts itself between the members, which do not run yet. */
  Network(ProcessCluster cluster) {
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1));
    context = vertx.getOrCreateContext();
    NetClient client =
        vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true).setConnectTimeout(1_000));
    for (MemberProcess to : cluster.members()) {
      for (MemberProcess from : cluster.others(to)) {
        newLink(from.name(), to.name());
      }
      Link ofClients = newLink(CLIENTS, to.name());
      Proxy forPeers =
          await(Proxy.listen(vertx, client, to.peerPort(), first -> linkTo(to.name(), first)));
      Proxy forClients = await(Proxy.listen(vertx, client, to.clientPort(), first -> ofClients));
      proxies.add(forPeers);
      proxies.add(forClients);
      addresses.put(to.name(), "127.0.0.1:" + forPeers.port());
      clientPorts.put(to.name(), forClients.port());
      to.advertise(forPeers.url());
    }
  }

  private Link newLink(String from, String to) {
    Link link = new Link(from + ">" + to, vertx, context);
    links.put(link.toString(), link);
    return link;
  }

  /** Whoever is named in the first message beside the receiver has sent it. */
  private @Nullable Link linkTo(String to, Buffer first) {
    String text = first.toString(StandardCharsets.ISO_8859_1);
    for (Map.Entry<String, String> each : addresses.entrySet()) {
      if (!each.getKey().equals(to) && text.contains(each.getValue())) {
        return link(each.getKey(), to);
      }
    }
    return null;
  }

  /** The way of what {@code from} sends to {@code to}. */
  Link link(String from, String to) {
    Link link = links.get(from + ">" + to);
    if (link == null) {
      throw new IllegalStateException("no link " + from + ">" + to);
    }
    return link;
  }

  Link ofClients(String to) {
    return link(CLIENTS, to);
  }

  /** Where clients find a member. */
  int clientPort(String member) {
    Integer port = clientPorts.get(member);
    if (port == null) {
      throw new IllegalStateException("no member " + member);
    }
    return port;
  }

  void healAll() {
    links.values().forEach(link -> link.set(Link.Condition.OPEN));
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    Void unused = await(vertx.close());
  }
}
