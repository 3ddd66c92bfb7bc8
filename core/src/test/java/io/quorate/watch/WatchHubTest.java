package io.quorate.watch;

import static io.quorate.mvcc.StoreFixture.bytes;
import static io.quorate.mvcc.StoreFixture.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchResponse.Canceled;
import io.quorate.command.WatchResponse.Created;
import io.quorate.command.WatchResponse.Events;
import io.quorate.command.WatchResponse.Progress;
import io.quorate.command.WatchResponse.Refused;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.MemoryRecords;
import io.quorate.mvcc.Record;
import io.quorate.mvcc.StoreFixture;
import io.quorate.mvcc.WriteTxn;
import io.quorate.watch.HubFixture.Client;
import io.quorate.watch.HubFixture.Spec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What etcd's Watch service promises, as far as it is decided here. */
class WatchHubTest {
  private final HubFixture hub = new HubFixture();
  private final Client client = hub.open();

  // ---- create

  @Test
  void createsAreAnsweredInOrderWithIdsFromZeroAndTheCurrentRevision() {
    hub.put("a", "1");
    for (int i = 0; i < 100; i++) {
      client.create(Spec.key("k" + i));
    }
    List<WatchResponse> expected = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      expected.add(new Created(i, 2));
    }
    assertThat(client.got).isEqualTo(expected);
    assertThat(hub.hub.watcherCount()).isEqualTo(100);
  }

  @Test
  void theAnswerComesBeforeAnyEvent() {
    hub.put("a", "1");
    client.create(Spec.all().from(1));
    hub.put("a", "2");
    hub.settle();
    assertThat(client.got.get(0)).isEqualTo(new Created(0, 2));
    assertThat(client.events(0)).containsExactly("2 a=1", "3 a=2");
  }

  @Test
  void anIdThatTheClientHasChosenIsUsedAndNotGivenToAnotherWatcher() {
    client.create(Spec.all().id(1)).create(Spec.all()).create(Spec.all()).create(Spec.all().id(2));
    assertThat(client.take())
        .containsExactly(
            new Created(1, 1),
            new Created(0, 1),
            new Created(2, 1),
            new Refused(-1, 1, "mvcc: duplicate watch ID provided on the WatchStream"));
    client.stream.cancel(0);
    client.create(Spec.all());
    assertThat(client.take()).containsExactly(new Canceled(0, 1, 0), new Created(3, 1));
    hub.put("a", "1");
    assertThat(client.take())
        .extracting(WatchResponse::watchId)
        .containsExactlyInAnyOrder(1L, 2L, 3L);
  }

  @Test
  void anEmptyRangeIsRefusedAndTheStreamGoesOn() {
    client.create(Spec.on(range("b", "a"))).create(Spec.on(range("a", "a"))).create(Spec.key("a"));
    assertThat(client.take())
        .containsExactly(
            new Refused(-1, 1, "mvcc: watcher range is empty"),
            new Refused(-1, 1, "mvcc: watcher range is empty"),
            new Created(0, 1));
    assertThat(hub.hub.watcherCount()).isEqualTo(1);
  }

  @Test
  void aNegativeStartIsRefused() {
    client.create(Spec.key("a").from(-1));
    assertThat(client.take())
        .containsExactly(
            new Refused(-1, 1, "etcdserver: mvcc: required revision has been compacted"));
  }

  @Test
  void anEmptyKeyIsTheSmallestKeyAndWithAnOpenEndEverything() {
    client.create(Spec.on(new KeyRange(Bytes.EMPTY, Bytes.ZERO)));
    client.create(Spec.on(new KeyRange(Bytes.EMPTY, Bytes.EMPTY)));
    hub.put("a", "1");
    hub.put("\0", "2");
    assertThat(client.events(0)).containsExactly("2 a=1", "3 0x00=2");
    assertThat(client.events(1)).containsExactly("3 0x00=2");
  }

  @Test
  void watchersStartNowInThePastOrInTheFuture() {
    hub.put("a", "1");
    hub.put("a", "2");
    client.create(Spec.key("a"));
    client.create(Spec.key("a").from(3));
    client.create(Spec.key("a").from(6));
    hub.settle();
    for (int i = 3; i < 7; i++) {
      hub.put("a", "" + i);
    }
    hub.settle();
    assertThat(client.events(0)).containsExactly("4 a=3", "5 a=4", "6 a=5", "7 a=6");
    assertThat(client.events(1)).containsExactly("3 a=2", "4 a=3", "5 a=4", "6 a=5", "7 a=6");
    assertThat(client.events(2)).containsExactly("6 a=5", "7 a=6");
  }

  @Test
  void aCompactedStartIsAnsweredThenCancelledAndKeepsItsId() {
    for (int i = 0; i < 5; i++) {
      hub.put("a", "" + i);
    }
    hub.store.kv.compact(4);
    client.create(Spec.key("a").id(7).from(3)).create(Spec.key("a").id(7));
    hub.settle();
    assertThat(client.take())
        .containsExactly(
            new Created(7, 6),
            new Canceled(7, 0, 4),
            new Refused(-1, 6, "mvcc: duplicate watch ID provided on the WatchStream"));
    client.stream.requestProgress();
    assertThat(client.take()).isEmpty();
    client.stream.cancel(7);
    client.stream.cancel(7);
    assertThat(client.take()).containsExactly(new Canceled(7, 6, 0));
    assertThat(hub.hub.watcherCount()).isZero();
  }

  @Test
  void aStartAtExactlyTheCompactedRevisionDeliversDeletesToo() {
    hub.put("a", "1");
    hub.put("b", "1");
    hub.delete("a");
    hub.store.kv.compact(4);
    hub.store.sweep();
    client.create(Spec.all().from(4).prevKv());
    hub.settle();
    // The revision before is compacted: no previous pair.
    assertThat(client.events(0)).containsExactly("4 a-");
  }

  // ---- events

  @Test
  void aTransactionIsOneMessageWithTheRevisionOfTheWrite() {
    client.create(Spec.on(KeyRange.prefix(bytes("k"))).fragment());
    WriteTxn txn = hub.store.kv.begin();
    for (int i = 0; i < 100; i++) {
      txn.put(bytes("k" + i), bytes("v"), 0);
    }
    txn.put(bytes("other"), bytes("v"), 0);
    hub.end(txn);
    assertThat(client.got).hasSize(2);
    Events events = (Events) client.got.get(1);
    assertThat(events.revision()).isEqualTo(2);
    assertThat(events.fragment()).isTrue();
    assertThat(events.events()).hasSize(100).allMatch(event -> event.type() == Event.Type.PUT);
  }

  @Test
  void caughtUpMessagesCarryAtMostAThousandRevisionsAndTheCurrentRevision() {
    for (int i = 0; i < 2500; i++) {
      hub.put("a", "v");
      if (i == 1200) {
        hub.store.flush();
      }
    }
    client.create(Spec.key("a").from(2));
    hub.settle();
    assertThat(client.got)
        .filteredOn(Events.class::isInstance)
        .extracting(response -> ((Events) response).events().size(), WatchResponse::revision)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(1000, 2501L),
            org.assertj.core.groups.Tuple.tuple(1000, 2501L),
            org.assertj.core.groups.Tuple.tuple(500, 2501L));
  }

  @Test
  void whatIsWrittenWhileHistoryIsReadFollowsWithoutGapOrDuplicate() {
    hub.put("a", "1"); // 2
    client.create(Spec.key("a").from(2));
    hub.put("a", "2"); // 3, the read has been ordered up to 2
    hub.stepReader();
    hub.put("a", "3"); // 4
    hub.put("b", "x"); // 5
    assertThat(client.events(0)).isEmpty();
    hub.stepHome();
    assertThat(client.events(0)).containsExactly("2 a=1", "3 a=2", "4 a=3");
    assertThat(hub.readers).isEmpty();
    hub.put("a", "4");
    assertThat(client.events(0)).endsWith("6 a=4");
    assertThat(client.got).last().isEqualTo(lastOf(client, 6));
    client.stream.requestProgress();
    assertThat(client.got).last().isEqualTo(new Progress(-1, 6));
  }

  private static WatchResponse lastOf(Client client, long revision) {
    WatchResponse last = client.got.get(client.got.size() - 1);
    assertThat(last.revision()).isEqualTo(revision);
    return last;
  }

  @Test
  void whatHistoryHasBroughtAlreadyIsNotSentAgainWhenItIsPublished() {
    List<Record> first = hub.store.put("a", "1");
    List<Record> second = hub.store.put("a", "2");
    client.create(Spec.key("a").from(2));
    hub.published(first);
    hub.stepReader();
    hub.stepHome();
    hub.published(second);
    hub.settle();
    assertThat(client.events(0)).containsExactly("2 a=1", "3 a=2");
  }

  @Test
  void moreThanCanBeKeptWhileHistoryIsReadIsReadFromHistory() {
    hub.put("a", "1");
    client.create(Spec.key("a").from(2));
    for (int i = 0; i < 12; i++) {
      WriteTxn txn = hub.store.kv.begin();
      for (int k = 0; k < 1000; k++) {
        txn.put(bytes("k" + k), bytes("v"), 0);
      }
      txn.put(bytes("a"), bytes("x"), 0);
      hub.end(txn);
    }
    hub.settle();
    assertThat(client.events(0)).hasSize(13).doesNotHaveDuplicates();
  }

  @Test
  void previousPairsComeWithUpdatesAndDeletesButNotWithCreations() {
    client.create(Spec.key("a").prevKv()).create(Spec.key("a"));
    hub.put("a", "1");
    hub.put("a", "2");
    hub.delete("a");
    hub.put("a", "3");
    client.create(Spec.key("a").prevKv().from(2));
    hub.settle();
    List<String> expected = List.of("2 a=1", "3 a=2 was 1", "4 a- was 2", "5 a=3");
    assertThat(client.events(0)).isEqualTo(expected);
    assertThat(client.events(2)).isEqualTo(expected);
    assertThat(client.events(1)).containsExactly("2 a=1", "3 a=2", "4 a-", "5 a=3");
  }

  @Test
  void aDeleteCarriesOnlyKeyAndModRevision() {
    client.create(Spec.key("a"));
    hub.put("a", "1");
    hub.delete("a");
    Events last = (Events) client.got.get(2);
    assertThat(last.events())
        .containsExactly(new Event(Event.Type.DELETE, KeyValue.tombstone(bytes("a"), 3), null));
  }

  @Test
  void filtersDropEventsAndNeverLeaveAnEmptyMessage() {
    hub.put("a", "0");
    hub.delete("a");
    client.create(Spec.key("a").noPut().from(2)).create(Spec.key("a").noDelete().from(2));
    client.create(Spec.key("a").noPut().noDelete().from(2));
    hub.settle();
    hub.put("a", "1");
    hub.delete("a");
    assertThat(client.events(0)).containsExactly("3 a-", "5 a-");
    assertThat(client.events(1)).containsExactly("2 a=0", "4 a=1");
    assertThat(client.events(2)).isEmpty();
    assertThat(client.got)
        .filteredOn(Events.class::isInstance)
        .hasSize(4)
        .allMatch(response -> !((Events) response).events().isEmpty());
  }

  @Test
  void watchersOfTheSameThingShareTheirEvents() {
    Client other = hub.open();
    client.create(Spec.on(KeyRange.prefix(bytes("k"))));
    other.create(Spec.on(KeyRange.prefix(bytes("k"))));
    hub.put("k", "1");
    assertThat(((Events) client.got.get(1)).events())
        .isSameAs(((Events) other.got.get(1)).events());
  }

  @Test
  void tenThousandWatchersOfDifferentKeysEachGetTheirEvent() {
    for (int i = 0; i < 10_000; i++) {
      client.create(Spec.key("k" + i));
    }
    client.take();
    for (int i = 0; i < 10_000; i++) {
      hub.put("k" + i, "v");
    }
    assertThat(client.got).hasSize(10_000);
    for (int i = 0; i < 10_000; i++) {
      assertThat(client.got.get(i).watchId()).isEqualTo(i);
    }
  }

  // ---- cancel and close

  @Test
  void aCancelIsAnsweredAndEndsTheEvents() {
    hub.put("a", "1");
    client.create(Spec.key("a")).create(Spec.key("a").from(2));
    client.take();
    client.stream.cancel(0);
    client.stream.cancel(1);
    client.stream.cancel(99);
    hub.put("a", "2");
    hub.settle();
    assertThat(client.got).containsExactly(new Canceled(0, 2, 0), new Canceled(1, 2, 0));
  }

  @Test
  void aClosedStreamSendsNothingMoreAndLeavesNothingBehind() {
    hub.put("a", "1");
    client.create(Spec.key("a")).create(Spec.key("a").from(2));
    client.take();
    client.stream.close();
    client.stream.close();
    assertThat(hub.hub.watcherCount()).isZero();
    hub.put("a", "2");
    hub.settle();
    client.create(Spec.key("a"));
    client.stream.requestProgress();
    client.stream.progressTick();
    client.stream.resume();
    assertThat(client.got).isEmpty();
  }

  // ---- slow consumers

  @Test
  void aFullSinkParksItsWatchersAndOnlyThoseUntilItIsResumed() {
    Client other = hub.open();
    client.create(Spec.key("a"));
    other.create(Spec.key("a"));
    hub.put("a", "1");
    client.full = true;
    hub.put("a", "2");
    hub.put("a", "3");
    hub.settle();
    assertThat(client.events(0)).containsExactly("2 a=1");
    assertThat(other.events(0)).containsExactly("2 a=1", "3 a=2", "4 a=3");
    client.stream.requestProgress();
    client.stream.resume(); // still full
    hub.settle();
    assertThat(client.events(0)).containsExactly("2 a=1");
    client.full = false;
    client.stream.requestProgress();
    client.stream.resume();
    hub.settle();
    hub.put("a", "4");
    assertThat(client.events(0)).containsExactly("2 a=1", "3 a=2", "4 a=3", "5 a=4");
    assertThat(client.got).noneMatch(Progress.class::isInstance);
  }

  @Test
  void aSinkThatFillsUpWhileHistoryIsReadGetsItLater() {
    hub.put("a", "1");
    client.create(Spec.key("a").from(2));
    hub.stepReader();
    client.full = true;
    hub.settle();
    hub.put("a", "2");
    assertThat(client.events(0)).isEmpty();
    client.full = false;
    client.stream.resume();
    hub.settle();
    assertThat(client.events(0)).containsExactly("2 a=1", "3 a=2");
  }

  @Test
  void compactionCancelsAParkedWatcherInsteadOfLeavingAGap() {
    client.create(Spec.key("a"));
    client.full = true;
    for (int i = 0; i < 5; i++) {
      hub.put("a", "" + i);
    }
    hub.store.kv.compact(5);
    hub.store.sweep();
    client.full = false;
    client.stream.resume();
    hub.settle();
    hub.put("a", "x");
    assertThat(client.got).containsExactly(new Created(0, 1), new Canceled(0, 0, 5));
  }

  @Test
  void compactionCancelsAWatcherWhoseHistoryIsBeingRead() {
    for (int i = 0; i < 5; i++) {
      hub.put("a", "" + i); // 2..6
    }
    client.create(Spec.key("a").from(3)).create(Spec.key("a").from(5));
    hub.store.kv.compact(5);
    hub.settle();
    assertThat(client.got)
        .containsSubsequence(new Created(0, 6), new Canceled(0, 0, 5))
        .doesNotContain(new Canceled(1, 0, 5));
    assertThat(client.events(0)).isEmpty();
    assertThat(client.events(1)).containsExactly("5 a=3", "6 a=4");
  }

  @Test
  void compactionLeavesAWatcherAloneThatHasCaughtUp() {
    client.create(Spec.key("a"));
    for (int i = 0; i < 5; i++) {
      hub.put("b", "" + i);
    }
    hub.store.kv.compact(6);
    hub.put("a", "1");
    assertThat(client.events(0)).containsExactly("7 a=1");
  }

  // ---- progress

  @Test
  void progressIsAnsweredForTheWholeStreamOnceAllHaveCaughtUp() {
    client.stream.requestProgress();
    assertThat(client.got).isEmpty();
    hub.put("a", "1");
    client.create(Spec.key("a")).create(Spec.key("a").from(2));
    client.stream.requestProgress();
    assertThat(client.got).noneMatch(Progress.class::isInstance);
    hub.settle();
    client.stream.requestProgress();
    assertThat(client.got).last().isEqualTo(new Progress(-1, 2));
    hub.put("b", "1");
    client.stream.requestProgress();
    assertThat(client.got).last().isEqualTo(new Progress(-1, 3));
  }

  @Test
  void thereIsNoProgressBeforeTheStartIsReached() {
    client.create(Spec.key("a").from(3).progress());
    client.stream.requestProgress();
    client.stream.progressTick();
    hub.put("b", "1");
    client.stream.requestProgress();
    assertThat(client.take()).containsExactly(new Created(0, 1));
    hub.put("b", "2");
    client.stream.requestProgress();
    client.stream.progressTick();
    assertThat(client.take()).containsExactly(new Progress(-1, 3), new Progress(0, 3));
  }

  @Test
  void aTickTellsIdleWatchersThatAskedAndPassesOverThoseThatHadEvents() {
    client.create(Spec.key("a").progress()).create(Spec.key("b").progress()).create(Spec.key("a"));
    hub.put("a", "1");
    client.take();
    client.stream.progressTick();
    assertThat(client.take()).containsExactly(new Progress(1, 2));
    client.stream.progressTick();
    assertThat(client.take()).containsExactly(new Progress(0, 2), new Progress(1, 2));
    client.full = true;
    client.stream.progressTick();
    assertThat(client.take()).isEmpty();
  }

  @Test
  void progressNeverSpeaksOfARevisionThatIsYetToBePublished() {
    client.create(Spec.key("a"));
    List<Record> first = hub.store.put("a", "1");
    List<Record> second = hub.store.put("a", "2");
    client.stream.requestProgress();
    assertThat(client.got).last().isEqualTo(new Progress(-1, 1));
    hub.published(first);
    client.stream.requestProgress();
    assertThat(client.got).last().isEqualTo(new Progress(-1, 2));
    hub.published(second);
    assertThat(client.events(0)).containsExactly("2 a=1", "3 a=2");
  }

  // ---- snapshots and failures

  @Test
  void aSnapshotCancelsWhomItsCompactionPassedAndCatchesUpTheOthers() {
    hub.put("a", "1"); // 2
    client.create(Spec.key("a")).create(Spec.key("a").from(2)).create(Spec.key("a").from(9));
    // The same history elsewhere, further on and compacted.
    StoreFixture ahead = new StoreFixture();
    for (int i = 1; i <= 4; i++) {
      ahead.put("a", "" + i); // 2..5
    }
    ahead.kv.compact(3);
    ahead.sweep();
    ahead.flush();
    hub.store.kv.retire();
    hub.settle();
    hub.store = ahead.reopened(1 << 20);
    hub.hub.reset(hub.store.kv);
    hub.settle();
    assertThat(client.events(0)).containsExactly("3 a=2", "4 a=3", "5 a=4");
    assertThat(client.events(1)).isEmpty();
    assertThat(client.got).contains(new Canceled(1, 0, 3)).doesNotContain(new Canceled(2, 0, 3));
    for (int i = 5; i <= 8; i++) {
      hub.put("a", "" + i); // 6..9
    }
    assertThat(client.events(0)).endsWith("9 a=8");
    assertThat(client.events(2)).containsExactly("9 a=8");
  }

  @Test
  void aReadOfHistoryUnderWayDuringASnapshotIsForgotten() {
    hub.put("a", "1");
    client.create(Spec.key("a").from(2));
    hub.stepReader();
    StoreFixture ahead = new StoreFixture();
    ahead.put("a", "1");
    ahead.put("a", "2");
    hub.store = ahead;
    hub.hub.reset(ahead.kv);
    hub.settle();
    assertThat(client.events(0)).containsExactly("2 a=1", "3 a=2");
  }

  @Test
  void aReadThatNoReaderTakesIsTriedAgain() {
    AtomicBoolean busy = new AtomicBoolean(true);
    ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    StoreFixture store = new StoreFixture();
    List<Record> first = store.put("a", "1");
    WatchHub watches =
        new WatchHub(
            store.kv,
            task -> {
              if (busy.get()) {
                throw new RejectedExecutionException("busy");
              }
              tasks.add(task);
            },
            tasks::add);
    List<WatchResponse> got = new ArrayList<>();
    ServerWatchStream stream =
        watches.open(
            new WatchSink() {
              @Override
              public void send(WatchResponse response) {
                got.add(response);
              }

              @Override
              public boolean isFull() {
                return false;
              }
            });
    stream.create(Spec.key("a").from(2).build());
    assertThat(tasks).isEmpty();
    busy.set(false);
    List<Record> second = store.put("a", "2");
    watches.publish(3, second);
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
    assertThat(first).hasSize(1);
    assertThat(((Events) got.get(1)).events()).hasSize(2);
  }

  @Test
  void aFailedReadOfHistoryFailsTheApplyThread() {
    RuntimeException broken = new IllegalStateException("disk");
    MemoryRecords disk = new MemoryRecords();
    disk.append(List.of(new Record(1, 0, new KeyValue(bytes("a"), bytes("1"), 2, 2, 1, 0))));
    KvStore kv =
        new KvStore(
            new io.quorate.mvcc.RecordReader() {
              @Override
              public Record read(long id) {
                throw broken;
              }

              @Override
              public List<Record> scan(long fromId, int limit) {
                throw broken;
              }

              @Override
              public long firstIdAtOrAfter(long main) {
                throw broken;
              }

              @Override
              public void forEach(java.util.function.Consumer<Record> consumer) {
                disk.forEach(consumer);
              }
            },
            0);
    kv.load(2, -1, 2);
    ArrayDeque<Runnable> home = new ArrayDeque<>();
    WatchHub watches = new WatchHub(kv, Runnable::run, home::add);
    watches.open(client).create(Spec.key("a").from(2).build());
    assertThatThrownBy(() -> home.remove().run()).hasRootCause(broken);
  }
}
