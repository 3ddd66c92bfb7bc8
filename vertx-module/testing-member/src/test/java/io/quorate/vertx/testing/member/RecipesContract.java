package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.Txn;
import io.quorate.vertx.client.UnsupportedByStoreException;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.quorate.vertx.client.recipe.Barrier;
import io.quorate.vertx.client.recipe.Counters;
import io.quorate.vertx.client.recipe.DistributedLock;
import io.quorate.vertx.client.recipe.Election;
import io.quorate.vertx.client.recipe.Held;
import io.quorate.vertx.client.recipe.Leadership;
import io.quorate.vertx.client.recipe.NotAcquiredException;
import io.quorate.vertx.client.recipe.Observation;
import io.quorate.vertx.client.recipe.ReadWriteLock;
import io.quorate.vertx.client.recipe.Semaphore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

/** The contract of the recipes over any store. */
abstract class RecipesContract extends QuorateClientContract {
  private static final long LONG_MILLIS = 20_000;
  private static final long SHORT_MILLIS = 100;

  private Session session() {
    return await(client().session(60));
  }

  /** The number of keys of waiters and holders. Call it after the deletion has completed. */
  private int keys(String of) {
    return await(client().getPrefix(of)).size();
  }

  /** Waits until {@code count} keys have the prefix. */
  private void awaitKeys(String of, int count) {
    Promise<Void> reached = Promise.promise();
    WatchStream watch =
        client().watch(WatchOptions.of(io.quorate.command.KeyRange.prefix(Bytes.utf8(of))));
    Runnable look =
        () ->
            client()
                .getPrefix(of)
                .onSuccess(
                    kvs -> {
                      if (kvs.size() == count) {
                        reached.tryComplete();
                      }
                    });
    watch.handler(batch -> look.run());
    watch.started().onComplete(v -> look.run());
    await(reached.future());
    await(watch.close());
  }

  // ---- convenience

  @Test
  void simpleRequestsAndFluentTransactionsWork() {
    String a = name + "a";
    long revision = await(client().put(a, "1"));
    assertThat(await(client().get(a)).orElseThrow().modRevision()).isEqualTo(revision);
    assertThat(
            await(
                    client()
                        .txn()
                        .when(
                            Compares.value(key("a")).isEqualTo(Bytes.utf8("1")),
                            Compares.version(key("a")).isLessThan(2),
                            Compares.createRevision(key("b")).isEqualTo(0))
                        .then(Command.Put.of(key("b"), Bytes.utf8("2")))
                        .commit())
                .succeeded())
        .isTrue();
    assertThat(await(client().getPrefix(name))).hasSize(2);
    assertThat(await(client().delete(a))).isTrue();
    assertThat(await(client().delete(a))).isFalse();
    assertThat(await(client().get(a))).isEmpty();
  }

  // ---- lock

  @Test
  void aLockHasOneHolderAtATimeInTheOrderOfRequests() {
    Session session = session();
    List<Future<Held>> asked = new ArrayList<>();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int number = i;
      Future<Held> held =
          new DistributedLock(client(), session, name + "lock").acquire(LONG_MILLIS);
      held.onSuccess(h -> order.add(number));
      asked.add(held);
      awaitKeys(name + "lock/", i + 1);
    }
    long token = 0;
    for (int i = 0; i < 5; i++) {
      Held held = await(asked.get(i));
      assertThat(held.fencingToken()).isGreaterThan(token);
      token = held.fencingToken();
      assertThat(held.isHeld()).isTrue();
      for (int later = i + 1; later < 5; later++) {
        assertThat(asked.get(later).isComplete()).isFalse();
      }
      await(held.release());
      assertThat(held.isHeld()).isFalse();
      await(held.release());
    }
    assertThat(order).containsExactly(0, 1, 2, 3, 4);
    assertThat(keys(name + "lock/")).isZero();
  }

  @Test
  void aTimedOutLockAttemptLeavesNoKeys() {
    Session session = session();
    DistributedLock lock = new DistributedLock(client(), session, name + "lock");
    Held held = await(lock.acquire(LONG_MILLIS));
    assertThatThrownBy(() -> await(lock.acquire(SHORT_MILLIS)))
        .isInstanceOf(NotAcquiredException.class)
        .hasMessageContaining("timed out");
    assertThatThrownBy(() -> await(lock.acquire(0)))
        .isInstanceOf(NotAcquiredException.class)
        .hasMessageContaining("held by another");
    assertThat(keys(name + "lock/")).isEqualTo(1);
    await(held.release());
  }

  @Test
  void aCancelledLockAttemptLeavesNoKeysAndTheNextWaiterProceeds() {
    Session session = session();
    DistributedLock lock = new DistributedLock(client(), session, name + "lock");
    Held first = await(lock.acquire(LONG_MILLIS));
    Promise<Void> cancel = Promise.promise();
    Future<Held> second = lock.acquire(LONG_MILLIS, cancel.future());
    awaitKeys(name + "lock/", 2);
    Future<Held> third = lock.acquire(LONG_MILLIS);
    awaitKeys(name + "lock/", 3);
    cancel.complete();
    assertThatThrownBy(() -> await(second)).isInstanceOf(NotAcquiredException.class);
    assertThat(keys(name + "lock/")).isEqualTo(2);
    assertThat(third.isComplete()).isFalse();
    await(first.release());
    assertThat(await(third).isHeld()).isTrue();
  }

  @Test
  void aGuardedTransactionFailsAfterTheLockWasLost() {
    Session session = session();
    Held held = await(new DistributedLock(client(), session, name + "lock").acquire(LONG_MILLIS));
    Txn guarded =
        client().txn().when(held.guard()).then(Command.Put.of(key("x"), Bytes.utf8("mine")));
    assertThat(await(guarded.commit()).succeeded()).isTrue();
    assertThat(await(client().delete(held.key()))).isTrue();
    await(held.lost());
    assertThat(held.isHeld()).isFalse();
    assertThat(await(guarded.commit()).succeeded()).isFalse();
  }

  @Test
  void theEndOfASessionReleasesItsLocksAndFailsItsWaiters() {
    Session owner = session();
    Session other = session();
    Held held = await(new DistributedLock(client(), owner, name + "lock").acquire(LONG_MILLIS));
    Future<Held> waiting = new DistributedLock(client(), owner, name + "lock").acquire(LONG_MILLIS);
    awaitKeys(name + "lock/", 2);
    Future<Held> next = new DistributedLock(client(), other, name + "lock").acquire(LONG_MILLIS);
    await(owner.close());
    assertThat(held.isHeld()).isFalse();
    await(held.lost());
    assertThatThrownBy(() -> await(waiting)).isInstanceOf(NotAcquiredException.class);
    assertThat(await(next).isHeld()).isTrue();
  }

  // ---- read/write lock

  @Test
  void readersShareTheLockAndAWriterIsExclusiveAndNotOvertaken() {
    ReadWriteLock lock = new ReadWriteLock(client(), session(), name + "rw");
    Held first = await(lock.acquireRead(LONG_MILLIS));
    Held second = await(lock.acquireRead(LONG_MILLIS));
    Future<Held> writer = lock.acquireWrite(LONG_MILLIS);
    awaitKeys(name + "rw/", 3);
    Future<Held> lateReader = lock.acquireRead(LONG_MILLIS);
    awaitKeys(name + "rw/", 4);
    await(second.release());
    assertThat(writer.isComplete()).isFalse();
    await(first.release());
    Held writing = await(writer);
    assertThat(lateReader.isComplete()).isFalse();
    assertThatThrownBy(() -> await(lock.acquireRead(0))).isInstanceOf(NotAcquiredException.class);
    await(writing.release());
    assertThat(await(lateReader).isHeld()).isTrue();
  }

  // ---- semaphore

  @Test
  void aSemaphoreGrantsItsPermitsInOrder() {
    Semaphore semaphore = new Semaphore(client(), session(), name + "sem", 2);
    Held first = await(semaphore.acquire(LONG_MILLIS));
    Held second = await(semaphore.acquire(LONG_MILLIS));
    List<Future<Held>> waiting = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      waiting.add(semaphore.acquire(LONG_MILLIS));
      awaitKeys(name + "sem/", 3 + i);
    }
    assertThat(waiting).noneMatch(Future::isComplete);
    await(first.release());
    Held third = await(waiting.get(0));
    assertThat(waiting.get(1).isComplete()).isFalse();
    await(third.release());
    Held fourth = await(waiting.get(1));
    assertThat(waiting.get(2).isComplete()).isFalse();
    await(second.release());
    Held fifth = await(waiting.get(2));
    assertThat(fourth.isHeld() && fifth.isHeld()).isTrue();
    assertThat(keys(name + "sem/")).isEqualTo(2);
  }

  // ---- barrier

  @Test
  void allWaitersProceedWhenABarrierIsReleased() {
    Barrier barrier = new Barrier(client(), name + "barrier");
    await(barrier.await(LONG_MILLIS));
    Held held = await(barrier.hold(session()));
    assertThatThrownBy(() -> await(barrier.hold(session())))
        .isInstanceOf(NotAcquiredException.class);
    assertThatThrownBy(() -> await(barrier.await(SHORT_MILLIS)))
        .isInstanceOf(NotAcquiredException.class);
    Future<Void> one = barrier.await(LONG_MILLIS);
    Future<Void> two = barrier.await(LONG_MILLIS);
    await(held.release());
    await(one);
    await(two);
  }

  // ---- election

  @Test
  void anElectionHasOneLeaderAtATimeAndObserversSeeEachOfThem() {
    Election election = new Election(client(), name + "election");
    assertThat(await(election.leader())).isEmpty();
    LinkedBlockingQueue<KeyValue> seen = new LinkedBlockingQueue<>();
    Observation observation = election.observe().handler(seen::add);
    Leadership first = await(election.campaign(session(), Bytes.utf8("one"), null));
    assertThat(Recorder.next(seen).value().utf8()).isEqualTo("one");
    Future<Leadership> second = election.campaign(session(), Bytes.utf8("two"), null);
    awaitKeys(name + "election/", 2);
    assertThat(second.isComplete()).isFalse();
    assertThat(await(first.proclaim(Bytes.utf8("uno")))).isTrue();
    assertThat(Recorder.next(seen).value().utf8()).isEqualTo("uno");
    assertThat(await(election.leader()).orElseThrow().value().utf8()).isEqualTo("uno");
    await(first.resign());
    assertThat(await(first.proclaim(Bytes.utf8("late")))).isFalse();
    Leadership leads = await(second);
    assertThat(leads.isLeader()).isTrue();
    assertThat(leads.fencingToken()).isGreaterThan(first.fencingToken());
    assertThat(Recorder.next(seen).value().utf8()).isEqualTo("two");
    await(observation.close());
  }

  // ---- counters

  /** Whether the store supports Quorate's own requests. */
  boolean isQuorate() {
    return true;
  }

  @Test
  void countersCountOrFailIfTheStoreDoesNotSupportThem() {
    Counters counters = new Counters(client(), session());
    Counters.Counter counter = counters.counter(key("n"));
    if (!isQuorate()) {
      assertThatThrownBy(() -> await(counter.addAndGet(1)))
          .isInstanceOf(UnsupportedByStoreException.class);
      assertThatThrownBy(() -> await(client().store().leaseGrantMillis(0, 500)))
          .isInstanceOf(UnsupportedByStoreException.class);
      return;
    }
    assertThat(await(counter.get())).isZero();
    List<Future<Long>> sums = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sums.add(counter.addAndGet(1));
    }
    for (int i = 0; i < 200; i++) {
      assertThat(await(sums.get(i))).isEqualTo(i + 1);
    }
    assertThat(await(counter.getAndAdd(-100))).isEqualTo(200);
    assertThat(await(counter.compareAndSet(100, Long.MIN_VALUE))).isTrue();
    assertThat(await(counter.compareAndSet(100, 7))).isFalse();
    assertThat(await(counter.get())).isEqualTo(Long.MIN_VALUE);
    assertThat(await(client().store().leaseGrantMillis(0, 1_500)).ttlSeconds()).isEqualTo(2);
  }

  @Test
  void aKeyThatIsNotACounterFailsOnlyRequestsForIt() {
    if (!isQuorate()) {
      return;
    }
    await(client().put(name + "text", "abc"));
    Counters counters = new Counters(client(), session());
    Future<Long> before = counters.counter(key("n")).addAndGet(1);
    Future<Long> faulty = counters.counter(key("text")).addAndGet(1);
    Future<Long> after = counters.counter(key("n")).addAndGet(1);
    assertThat(await(before)).isEqualTo(1);
    assertThat(await(after)).isEqualTo(2);
    assertThatThrownBy(() -> await(faulty))
        .isInstanceOfSatisfying(
            EtcdException.class, e -> assertThat(e.error()).isEqualTo(EtcdError.NOT_A_COUNTER));
  }
}
