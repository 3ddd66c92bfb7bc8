package io.quorate.cluster;

import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Nodes of one cluster, for tests that wait on their thread. */
final class TestCluster implements AutoCloseable {
  private static final long TIMEOUT_SECONDS = 20;

  final List<Vertx> nodes = new ArrayList<>();
  private final Store store;
  private final String name;

  TestCluster(Store store, int size) throws Exception {
    this.store = store;
    this.name = store.newCluster();
    for (int i = 0; i < size; i++) {
      start();
    }
  }

  String prefix() {
    return name;
  }

  Vertx start() throws Exception {
    return start(new VertxOptions());
  }

  Vertx start(VertxOptions options) throws Exception {
    options.getEventBusOptions().setHost("localhost").setPort(0);
    Vertx node =
        Store.await(
            Vertx.builder().with(options).withClusterManager(store.manager(name)).buildClustered());
    nodes.add(node);
    return node;
  }

  Vertx node(int i) {
    return nodes.get(i);
  }

  QuorateClusterManager manager(int i) {
    return manager(node(i));
  }

  static QuorateClusterManager manager(Vertx vertx) {
    return (QuorateClusterManager) ((VertxInternal) vertx).clusterManager();
  }

  /** What an SPI method answers. */
  static <T> T ask(Consumer<Completable<T>> question) throws Exception {
    Promise<T> promise = Promise.promise();
    question.accept(promise);
    return Store.await(promise.future());
  }

  static void until(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not in time");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() {
    List<Future<Void>> closed = new ArrayList<>();
    nodes.forEach(node -> closed.add(node.close()));
    until(() -> closed.stream().allMatch(Future::isComplete));
  }
}
