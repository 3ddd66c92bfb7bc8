package io.quorate.vertx.testing.links;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Links between named processes, one for each direction, and the proxies that they lead through.
 *
 * <p>A connection of an event bus carries the messages of one side, and each message names its
 * sender before its content, so a connection can be assigned to its direction.
 */
public final class Mesh implements AutoCloseable {
  private final Vertx vertx =
      Vertx.vertx(
          new VertxOptions()
              .setEventLoopPoolSize(1)
              .setWorkerPoolSize(1)
              .setInternalBlockingPoolSize(1));
  private final Context context = vertx.getOrCreateContext();
  private final NetClient client =
      vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true).setConnectTimeout(1_000));
  private final Map<String, Link> links = new LinkedHashMap<>();
  private final Map<String, String> namesOfSenders = new ConcurrentHashMap<>();

  /** Connects all processes in both directions. */
  public void connect(List<String> names) {
    for (String to : names) {
      for (String from : names) {
        if (!from.equals(to)) {
          Link unused = newLink(from, to);
        }
      }
    }
  }

  public Link newLink(String from, String to) {
    Link link = new Link(from + ">" + to, vertx, context);
    links.put(link.toString(), link);
    return link;
  }

  /** The link for what {@code from} sends to {@code to}. */
  public Link link(String from, String to) {
    Link link = links.get(from + ">" + to);
    if (link == null) {
      throw new IllegalStateException("no link " + from + ">" + to);
    }
    return link;
  }

  /**
   * @param sender the address by which {@code name} identifies itself on a bus
   */
  public void introduce(String name, String sender) {
    namesOfSenders.put(sender, name);
  }

  /** A proxy in front of the bus port of {@code to}. */
  public Proxy standBefore(String to, SocketAddress at, int targetPort) {
    return await(Proxy.listen(vertx, client, at, targetPort, first -> linkTo(to, first)));
  }

  /** A proxy in front of a port that only {@code link} leads to. */
  public Proxy standBefore(Link link, SocketAddress at, int targetPort) {
    return await(Proxy.listen(vertx, client, at, targetPort, first -> link));
  }

  /** The sender is the process, other than the receiver, that is named first. */
  private @Nullable Link linkTo(String to, Buffer first) {
    String text = first.toString(StandardCharsets.ISO_8859_1);
    int earliest = Integer.MAX_VALUE;
    String from = null;
    for (Map.Entry<String, String> each : namesOfSenders.entrySet()) {
      int at = text.indexOf(each.getKey());
      if (!each.getValue().equals(to) && at >= 0 && at < earliest) {
        earliest = at;
        from = each.getValue();
      }
    }
    return from == null ? null : link(from, to);
  }

  public void healAll() {
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
