package io.quorate.cluster.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.ReservedPorts;
import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.Member;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** Members in this process, on their own range of ports. */
final class MemberGroup implements AutoCloseable {
  private static final int RANGE = 10;

  private final ReservedPorts ports = ReservedPorts.take();
  final int port = ports.first();
  private final Vertx vertx = Vertx.vertx();
  private final List<Node> all = new ArrayList<>();

  /** One node, which the others see as a separate process. */
  final class Node {
    final MemberConnection connection;
    final Future<QuorateClient> opened;

    Node(QuorateClusterOptions options) {
      connection = new MemberConnection(options);
      opened = connection.open(vertx);
    }

    Node awaitOpen() {
      QuorateClient unused = await(opened);
      return this;
    }

    /** The error message. */
    String failure() {
      Throwable e = await(opened.transform(r -> Future.succeededFuture(r.cause())));
      assertThat(e).isNotNull();
      return String.valueOf(e.getMessage());
    }

    void put(String key, String value) {
      Object unused =
          await(await(opened).store().put(Command.Put.of(Bytes.utf8(key), Bytes.utf8(value))));
    }

    String get(String key) {
      var ranged =
          await(await(opened).store().range(Command.Range.of(KeyRange.single(Bytes.utf8(key)))));
      return ranged.kvs().isEmpty()
          ? "nothing"
          : new String(ranged.kvs().get(0).value().array(), StandardCharsets.UTF_8);
    }

    List<Member> members() {
      return await(await(opened).store().memberList(true)).members();
    }

    long voters() {
      return members().stream().filter(m -> !m.isLearner()).count();
    }

    long clusterId() {
      return await(await(opened).store().status()).clusterId();
    }

    /** How long it took, in ms. */
    long close() {
      long begin = System.nanoTime();
      Object unused = await(connection.close());
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = listen(port)) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  static ServerSocket listen(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
    return socket;
  }

  QuorateClusterOptions options() {
    return new QuorateClusterOptions()
        .setClusterName("test")
        .setPort(port)
        .setPortRange(RANGE)
        .setJoinTimeoutMillis(20_000);
  }

  Node start() {
    return start(o -> o);
  }

  Node start(UnaryOperator<QuorateClusterOptions> change) {
    Node node = new Node(change.apply(options()));
    all.add(node);
    return node;
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(40, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  static void awaitTrue(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as(what).isNegative();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
  }

  /** Whether one of the ports accepts connections. */
  boolean isAnybodyThere() {
    for (int i = 0; i < RANGE; i++) {
      if (!isFree(port + i)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    List<Future<Void>> closing = all.stream().map(n -> n.connection.close()).toList();
    closing.forEach(MemberGroup::await);
    Object unused = await(vertx.close());
    ports.close();
  }
}
