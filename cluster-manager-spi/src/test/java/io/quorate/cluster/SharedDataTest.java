package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Command;
import io.vertx.core.Future;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.shareddata.Counter;
import io.vertx.core.shareddata.Lock;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Maps, counters and locks beyond what Vert.x's conformance kit tests. */
class SharedDataTest {
  private static final Store STORE = new Store();

  @BeforeAll
  static void open() throws Exception {
    STORE.before();
  }

  @AfterAll
  static void close() {
    STORE.after();
  }

  private static <V> AsyncMap<String, V> map(TestCluster cluster, int node) throws Exception {
    return Store.await(cluster.node(node).sharedData().getAsyncMap("map"));
  }

  private static Counter counter(TestCluster cluster, int node, String name) throws Exception {
    return Store.await(cluster.node(node).sharedData().getCounter(name));
  }

  @Test
  void entriesWithATimeToLiveShareLeases() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 1)) {
      AsyncMap<String, String> map = map(cluster, 0);
      int before = Store.await(STORE.server().client().leases()).size();
      List<Future<?>> puts = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        puts.add(map.put("key-" + i, "value", 1_800_000));
      }
      Store.await(Future.all(puts));
      assertThat(Store.await(map.size())).isEqualTo(1_000);
      int granted = Store.await(STORE.server().client().leases()).size() - before;
      assertThat(granted).isBetween(1, 3);
      Store.await(map.clear());
    }
  }

  @Test
  void anEntryThatIsTooLargeIsRefusedWithMapSizeAndLimit() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 1)) {
      AsyncMap<String, String> map = map(cluster, 0);
      Store.await(map.put("key", "small"));
      for (int size : new int[] {1_572_865, 3_000_000}) {
        String large = "x".repeat(size);
        for (Future<?> refused :
            List.of(
                map.put("key", large),
                map.put("key", large, 60_000),
                map.putIfAbsent("other", large),
                map.replace("key", large),
                map.replaceIfPresent("key", "small", large))) {
          Throwable e =
              Store.await(refused.transform(done -> Future.succeededFuture(done.cause())));
          assertThat(e)
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("map 'map'")
              .hasMessageContaining(" 1572864 ");
          assertThat(e.getMessage()).matches(".* with " + (size / 1_000) + "\\d{3} bytes .*");
        }
      }
      assertThat(Store.await(map.get("key"))).isEqualTo("small");
      Store.await(map.clear());
    }
  }

  @Test
  void anEntryLivesAtLeastItsTimeToLiveAndThenExpires() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      AsyncMap<String, String> map = map(cluster, 0);
      AsyncMap<String, String> other = map(cluster, 1);
      long begun = System.nanoTime();
      Store.await(map.put("key", "value", 1_000));
      TestCluster.until(
          () -> {
            try {
              return Store.await(other.get("key")) == null;
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
      assertThat(System.nanoTime() - begun).isGreaterThan(1_000_000_000L);
    }
  }

  @Test
  void allEntriesAreReadOverSeveralPages() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 1)) {
      AsyncMap<String, Integer> map = map(cluster, 0);
      List<Future<?>> puts = new ArrayList<>();
      for (int i = 0; i < 2_500; i++) {
        puts.add(map.put("key-" + i, i));
      }
      Store.await(Future.all(puts));
      assertThat(Store.await(map.entries())).hasSize(2_500).containsEntry("key-2499", 2_499);
      assertThat(Store.await(map.keys())).hasSize(2_500);
      assertThat(Store.await(map.values())).hasSize(2_500);
    }
  }

  private static final class Moody implements Serializable {
    private static final long serialVersionUID = 1;
    private final int value;
    private final long mood;

    Moody(int value, long mood) {
      this.value = value;
      this.mood = mood;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Moody moody && moody.value == value;
    }

    @Override
    public int hashCode() {
      return value;
    }

    @Override
    public String toString() {
      return value + " in mood " + mood;
    }
  }

  @Test
  void valuesThatAreEqualButNotByTheirBytesAreReplacedToo() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 1)) {
      AsyncMap<String, Moody> map = map(cluster, 0);
      Store.await(map.put("key", new Moody(1, 1)));
      assertThat(Store.await(map.replaceIfPresent("key", new Moody(2, 1), new Moody(3, 1))))
          .isFalse();
      assertThat(Store.await(map.replaceIfPresent("key", new Moody(1, 2), new Moody(3, 1))))
          .isTrue();
      assertThat(Store.await(map.removeIfPresent("key", new Moody(3, 2)))).isTrue();
      assertThat(Store.await(map.get("key"))).isNull();
    }
  }

  @Test
  void aValueThatCannotBeEncodedFailsItsOwnCallOnly() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 1)) {
      AsyncMap<String, Object> map = map(cluster, 0);
      Future<Void> before = map.put("a", "1");
      Future<Void> bad = map.put("b", new ArrayList<>(List.of(new Object())));
      Future<Void> after = map.put("c", "2");
      Store.await(before);
      Store.await(after);
      assertThatThrownBy(() -> Store.await(bad)).hasMessageContaining("cannot write");
      assertThat(Store.await(map.size())).isEqualTo(2);
    }
  }

  @Test
  void incrementsOfAllNodesAreCountedOnce() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 3)) {
      List<Future<?>> increments = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        increments.add(counter(cluster, i % 3, "counter").incrementAndGet());
      }
      Store.await(Future.all(increments));
      assertThat(Store.await(counter(cluster, 0, "counter").get())).isEqualTo(3_000);
    }
  }

  @Test
  void aKeyThatIsNoCounterFailsItsOwnSteps() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 1)) {
      Store.await(
          STORE
              .server()
              .client()
              .put(
                  Command.Put.of(
                      new KeyLayout(cluster.prefix()).counter("bad"), ValueCodec.encode("text"))));
      Counter good = counter(cluster, 0, "good");
      Counter bad = counter(cluster, 0, "bad");
      Future<Long> first = good.incrementAndGet();
      Future<Long> failing = bad.incrementAndGet();
      Future<Long> second = good.incrementAndGet();
      assertThat(Store.await(first)).isEqualTo(1);
      assertThat(Store.await(second)).isEqualTo(2);
      assertThatThrownBy(() -> Store.await(failing)).hasMessageContaining("not a number");
    }
  }

  @Test
  void waitersOfOneNodeGetTheLockInTheirOrder() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 1)) {
      Lock first = Store.await(cluster.node(0).sharedData().getLock("lock"));
      Queue<Integer> order = new ConcurrentLinkedQueue<>();
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        int number = i;
        all.add(
            cluster
                .node(0)
                .sharedData()
                .getLock("lock")
                .onSuccess(
                    lock -> {
                      order.add(number);
                      lock.release();
                    }));
      }
      first.release();
      Store.await(Future.all(all));
      assertThat(List.copyOf(order)).hasSize(100).isSorted();
    }
  }

  @Test
  void aNodeDoesNotStarveBehindTheManyWaitersOfAnother() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      Lock first = Store.await(cluster.node(0).sharedData().getLock("lock"));
      AtomicInteger before = new AtomicInteger();
      List<Future<?>> many = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        many.add(
            cluster
                .node(0)
                .sharedData()
                .getLock("lock")
                .onSuccess(
                    lock -> {
                      before.incrementAndGet();
                      lock.release();
                    }));
      }
      Future<Integer> other =
          cluster
              .node(1)
              .sharedData()
              .getLock("lock")
              .map(
                  lock -> {
                    lock.release();
                    return before.get();
                  });
      TestCluster.until(() -> places(cluster) == 2);
      first.release();
      assertThat(Store.await(other)).isLessThanOrEqualTo(40);
      Store.await(Future.all(many));
    }
  }

  private static long places(TestCluster cluster) {
    try {
      return Store.await(
              STORE
                  .server()
                  .client()
                  .range(Command.Range.of(new KeyLayout(cluster.prefix()).lock("lock"))))
          .count();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theLockIsHeldByOneAtATime() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 3)) {
      AtomicInteger holders = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 600; i++) {
        all.add(
            cluster
                .node(i % 3)
                .sharedData()
                .getLock("lock")
                .onSuccess(
                    lock -> {
                      most.accumulateAndGet(holders.incrementAndGet(), Math::max);
                      holders.decrementAndGet();
                      lock.release();
                    }));
      }
      Store.await(Future.all(all));
      assertThat(most).hasValue(1);
      TestCluster.until(() -> places(cluster) == 0);
    }
  }

  /** Deleted keys stay in the store's history, and each read of the queue passes over them. */
  @Test
  void aLockAcquiredManyTimesUsesFewKeys() throws Exception {
    try (TestCluster cluster = new TestCluster(STORE, 2)) {
      Command.Range queue = Command.Range.of(new KeyLayout(cluster.prefix()).lock("lock"));
      Set<String> keys = new HashSet<>();
      for (int i = 0; i < 100; i++) {
        Lock lock = Store.await(cluster.node(i % 2).sharedData().getLock("lock"));
        Store.await(STORE.server().client().range(queue))
            .kvs()
            .forEach(kv -> keys.add(kv.key().utf8()));
        lock.release();
      }
      assertThat(keys).hasSizeBetween(2, 8);
    }
  }
}
