package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.WatchCompactedException;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The contract of every client, whatever store it uses. */
abstract class QuorateClientContract {
  private static final AtomicInteger NAMES = new AtomicInteger();

  final String name = "t" + NAMES.incrementAndGet() + "/";
  private @Nullable QuorateClient client;

  /** A new client over the store that all tests of the class share. */
  abstract QuorateClient open();

  QuorateClient client() {
    QuorateClient opened = client;
    if (opened == null) {
      opened = open();
      client = opened;
    }
    return opened;
  }

  @AfterEach
  void closeClient() {
    if (client != null) {
      Void unused = await(client.close());
    }
  }

  Bytes key(String suffix) {
    return Bytes.utf8(name + suffix);
  }

  long put(String suffix, String value) {
    return await(client().store().put(Command.Put.of(key(suffix), Bytes.utf8(value)))).revision();
  }

  private WatchOptions all() {
    return WatchOptions.of(KeyRange.prefix(Bytes.utf8(name)));
  }

  // ---- keys

  @Test
  void aPutIsReadBack() {
    long revision = put("a", "1");
    Result.Ranged read = await(client().store().range(Command.Range.of(KeyRange.single(key("a")))));
    assertThat(read.revision()).isGreaterThanOrEqualTo(revision);
    assertThat(read.kvs())
        .singleElement()
        .satisfies(kv -> assertThat(kv.value()).isEqualTo(Bytes.utf8("1")))
        .satisfies(kv -> assertThat(kv.modRevision()).isEqualTo(revision));
  }

  @Test
  void transactionsMayBeNestedUpToTheLimit() {
    Command.Txn txn =
        new Command.Txn(
            List.of(), List.of(Command.Put.of(key("deep"), Bytes.utf8("1"))), List.of());
    for (int depth = 2; depth <= 128; depth++) {
      txn = new Command.Txn(List.of(), List.of(txn), List.of());
    }
    Result.OpResult done = await(client().store().txn(txn));
    for (int depth = 1; depth <= 128; depth++) {
      done = ((Result.TxnDone) done).responses().get(0);
    }
    assertThat(done).isInstanceOf(Result.Putted.class);
    Command.Txn tooDeep = new Command.Txn(List.of(), List.of(txn), List.of());
    assertThatThrownBy(() -> await(client().store().txn(tooDeep)))
        .hasStackTraceContaining(EtcdError.TOO_MANY_OPS.message());
  }

  /** A megabyte, which is not sent at once, and a limit that truncates it. */
  @Test
  void aLargeRangeIsComplete() {
    String value = "v".repeat(5_000);
    for (int i = 100; i < 300; i++) {
      put("k" + i, value + i);
    }
    Command.Range all = Command.Range.of(KeyRange.prefix(Bytes.utf8(name)));
    Result.Ranged read = await(client().store().range(all));
    assertThat(read.count()).isEqualTo(200);
    assertThat(read.more()).isFalse();
    assertThat(read.kvs()).hasSize(200);
    for (int i = 0; i < 200; i++) {
      assertThat(read.kvs().get(i).key()).isEqualTo(Bytes.utf8(name + "k" + (100 + i)));
      assertThat(read.kvs().get(i).value().utf8()).isEqualTo(value + (100 + i));
    }
    Result.Ranged half =
        await(
            client()
                .store()
                .range(
                    new Command.Range(
                        all.range(),
                        100,
                        0,
                        Command.SortOrder.DESCEND,
                        Command.SortTarget.MOD,
                        true,
                        false,
                        false,
                        0,
                        0,
                        0,
                        0)));
    assertThat(half.more()).isTrue();
    assertThat(half.count()).isEqualTo(200);
    assertThat(half.kvs()).hasSize(100);
    assertThat(half.kvs().get(0).value().utf8()).isEqualTo(value + 299);
  }

  @Test
  void aRangeIsSortedLimitedAndCounted() {
    put("a", "3");
    put("b", "1");
    put("c", "2");
    Result.Ranged read =
        await(
            client()
                .store()
                .range(
                    new Command.Range(
                        KeyRange.prefix(Bytes.utf8(name)),
                        2,
                        0,
                        Command.SortOrder.DESCEND,
                        Command.SortTarget.VALUE,
                        false,
                        false,
                        false,
                        0,
                        0,
                        0,
                        0)));
    assertThat(read.kvs()).extracting(kv -> kv.value().utf8()).containsExactly("3", "2");
    assertThat(read.more()).isTrue();
    assertThat(read.count()).isEqualTo(3);
  }

  @Test
  void aDeleteReturnsThePreviousPairs() {
    put("a", "1");
    Result.Deleted deleted =
        await(
            client()
                .store()
                .delete(new Command.DeleteRange(KeyRange.prefix(Bytes.utf8(name)), true)));
    assertThat(deleted.deleted()).isEqualTo(1);
    assertThat(deleted.prevKvs()).extracting(kv -> kv.value().utf8()).containsExactly("1");
  }

  @Test
  void aTransactionExecutesTheBranchSelectedByItsCompares() {
    long created = put("a", "1");
    Command.Compare compare =
        new Command.Compare(
            KeyRange.single(key("a")),
            Command.CompareResult.EQUAL,
            Command.CompareTarget.CREATE,
            created,
            Bytes.EMPTY);
    Command.Txn txn =
        new Command.Txn(
            List.of(compare),
            List.of(
                new Command.DeleteRange(KeyRange.single(key("a")), false),
                Command.Put.of(key("b"), Bytes.utf8("2"))),
            List.of(Command.Range.of(KeyRange.prefix(Bytes.utf8(name)))));
    Result.TxnDone first = await(client().store().txn(txn));
    assertThat(first.succeeded()).isTrue();
    assertThat(first.responses()).hasSize(2);
    Result.TxnDone second = await(client().store().txn(txn));
    assertThat(second.succeeded()).isFalse();
    assertThat(((Result.Ranged) second.responses().get(0)).kvs())
        .extracting(kv -> kv.value().utf8())
        .containsExactly("2");
  }

  @Test
  void refusedRequestsFailWithEtcdsErrors() {
    assertThatThrownBy(() -> await(client().store().put(Command.Put.of(Bytes.EMPTY, Bytes.EMPTY))))
        .isInstanceOfSatisfying(
            EtcdException.class, e -> assertThat(e.error()).isEqualTo(EtcdError.EMPTY_KEY));
    Command.Put unknownLease =
        new Command.Put(key("a"), Bytes.EMPTY, 4_711_000, false, false, false);
    assertThatThrownBy(() -> await(client().store().put(unknownLease)))
        .isInstanceOfSatisfying(
            EtcdException.class, e -> assertThat(e.error()).isEqualTo(EtcdError.LEASE_NOT_FOUND));
  }

  @Test
  void futuresCompleteOnTheContextOfTheCaller() {
    Vertx vertx = client().vertx();
    Promise<Context> completedOn = Promise.promise();
    Promise<Context> calledOn = Promise.promise();
    vertx.runOnContext(
        v -> {
          calledOn.complete(Vertx.currentContext());
          client()
              .store()
              .put(Command.Put.of(key("a"), Bytes.EMPTY))
              .compose(put -> client().session(60))
              .compose(Session::close)
              .onComplete(done -> completedOn.complete(Vertx.currentContext()));
        });
    assertThat(await(completedOn.future())).isSameAs(await(calledOn.future()));
  }

  // ---- watches

  @Test
  void aWatchFromNowDeliversLaterEvents() {
    long before = put("a", "old");
    WatchStream watch = client().watch(all());
    Recorder recorder = Recorder.of(watch);
    assertThat(await(watch.started())).isGreaterThanOrEqualTo(before);
    put("a", "1");
    put("b", "2");
    assertThat(recorder.nextValues(2)).containsExactly("1", "2");
  }

  @Test
  void aWatchFromThePastDeliversHistoryFirst() {
    long first = put("a", "1");
    put("a", "2");
    Recorder recorder = Recorder.of(client().watch(all().startingAt(first)));
    put("a", "3");
    assertThat(recorder.nextValues(3)).containsExactly("1", "2", "3");
  }

  @Test
  void aPausedWatchLosesNoEvents() {
    WatchStream watch = client().watch(all());
    Recorder recorder = Recorder.of(watch);
    await(watch.started());
    watch.pause();
    for (int i = 0; i < 300; i++) {
      put("a", "" + i);
    }
    watch.resume();
    List<String> values = recorder.nextValues(300);
    for (int i = 0; i < 300; i++) {
      assertThat(values.get(i)).isEqualTo("" + i);
    }
  }

  @Test
  void aDeleteEventHasThePreviousPair() {
    put("a", "1");
    WatchStream watch =
        client().watch(new WatchOptions(KeyRange.single(key("a")), 0, true, false, false));
    Recorder recorder = Recorder.of(watch);
    await(watch.started());
    await(client().store().delete(new Command.DeleteRange(KeyRange.single(key("a")), false)));
    Event event = recorder.next();
    assertThat(event.type()).isEqualTo(Event.Type.DELETE);
    assertThat(event.prevKv()).isNotNull();
  }

  @Test
  void compactionOfUndeliveredEventsEndsTheWatch() {
    long first = put("a", "1");
    put("a", "2");
    long last = put("a", "3");
    await(client().store().compact(new Command.Compact(last, false)));
    Recorder recorder = Recorder.of(client().watch(all().startingAt(first)));
    assertThat(Recorder.next(recorder.failures))
        .isInstanceOfSatisfying(
            WatchCompactedException.class,
            e -> assertThat(e.compactRevision()).isGreaterThanOrEqualTo(last));
    assertThat(Recorder.next(recorder.ends)).isEqualTo("end");
  }

  // ---- sessions

  @Test
  void closingASessionRemovesItsKeys() {
    Session session = await(client().session(60));
    assertThat(session.isAlive()).isTrue();
    assertThat(session.leaseId()).isNotZero();
    await(
        client()
            .store()
            .put(new Command.Put(key("a"), Bytes.EMPTY, session.leaseId(), false, false, false)));
    await(session.close());
    assertThat(session.isAlive()).isFalse();
    assertThat(await(client().store().range(Command.Range.of(KeyRange.single(key("a"))))).kvs())
        .isEmpty();
  }

  @Test
  void aSessionWhoseLeaseIsRevokedIsLost() {
    Session session = await(client().session(2));
    await(client().store().leaseRevoke(session.leaseId()));
    await(session.lost());
    assertThat(session.isAlive()).isFalse();
  }

  @Test
  void aSessionIsRenewedBeyondItsTimeToLive() {
    Session session = await(client().session(1));
    long granted = session.ttlSeconds();
    Promise<Void> later = Promise.promise();
    long timer = client().vertx().setTimer((granted + 1) * 1_000, id -> later.complete());
    await(later.future());
    assertThat(timer).isNotNegative();
    assertThat(session.isAlive()).isTrue();
    assertThat(await(client().store().leaseTimeToLive(session.leaseId(), false)).ttlSeconds())
        .isNotNegative();
  }

  @Test
  void closingTheClientEndsSessionsAndWatches() {
    QuorateClient own = open();
    Session session = await(own.session(60));
    WatchStream watch = own.watch(all());
    await(watch.started());
    await(own.close());
    await(own.close());
    assertThat(session.isAlive()).isFalse();
    assertThat(await(client().store().leaseTimeToLive(session.leaseId(), false)).ttlSeconds())
        .isEqualTo(-1);
    assertThatThrownBy(() -> await(own.session(60))).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> await(own.watch(all()).started()))
        .isInstanceOf(IllegalStateException.class);
  }

  // ---- cluster

  @Test
  void membersAndStatusAreReported() {
    assertThat(await(client().store().memberList(true)).members()).hasSize(1);
    Result.MemberStatus status = await(client().store().status());
    assertThat(status.leader()).isEqualTo(status.memberId()).isNotZero();
    assertThat(status.alarms()).isEmpty();
    long revision = put("a", "1");
    assertThat(await(client().store().hashKv(revision)).revision())
        .isGreaterThanOrEqualTo(revision);
  }
}
