package io.quorate.examples.comparison;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.ClusterManager;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Three clustered Vert.x in this JVM. */
final class Trio implements AutoCloseable {
  static final int SIZE = 3;
  private static final String LOOPBACK = "127.0.0.1";

  private final List<Vertx> nodes = new ArrayList<>();
  private final List<ClusterManager> managers = new ArrayList<>();
  private long formedNanos;

  private Trio() {}

  /**
   * Starts one after the other, each when the one before is in.
   *
   * @throws ComparisonFailure if they do not all see each other; then none is left
   */
  static Trio form(Supplier<ClusterManager> source) {
    Trio trio = new Trio();
    try {
      trio.start(source);
    } catch (RuntimeException e) {
      trio.closeAfter(e);
      throw e;
    }
    return trio;
  }

  private void start(Supplier<ClusterManager> source) {
    long begin = System.nanoTime();
    for (int i = 0; i < SIZE; i++) {
      VertxOptions options = new VertxOptions();
      options.getEventBusOptions().setHost(LOOPBACK);
      ClusterManager manager = source.get();
      nodes.add(
          BoundedWait.await(
              "node " + i + " in the cluster",
              Vertx.builder().with(options).withClusterManager(manager).buildClustered()));
      managers.add(manager);
    }
    ClusterManager third = managers.get(SIZE - 1);
    BoundedWait.until("the third node sees three", () -> third.getNodes().size() == SIZE);
    formedNanos = System.nanoTime() - begin;
    BoundedWait.until(
        "all nodes see three",
        () -> managers.stream().allMatch(manager -> manager.getNodes().size() == SIZE));
  }

  /** From before the first node was started until the third one saw three. */
  double formedMillis() {
    return formedNanos / 1e6;
  }

  Vertx node(long i) {
    return nodes.get((int) (i % SIZE));
  }

  /** An event loop for each caller; the n-th one is on the n-th node, modulo three. */
  List<List<Context>> callers(int count) {
    List<List<Context>> callers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      callers.add(List.of(context(i)));
    }
    return callers;
  }

  /** One caller that is on another node each time. */
  List<List<Context>> roamer() {
    return List.of(List.of(context(0), context(1), context(2)));
  }

  Context context(int node) {
    return ((VertxInternal) node(node)).createEventLoopContext();
  }

  private void closeAfter(RuntimeException failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** One after the other, as rolling restarts do. */
  @Override
  public void close() {
    for (Vertx node : nodes) {
      Future<Void> closed = node.close();
      Object unused = BoundedWait.await("node closed", closed);
    }
    nodes.clear();
  }
}
