package io.quorate.mvcc;

import static io.quorate.mvcc.StoreFixture.bytes;
import static io.quorate.mvcc.StoreFixture.keys;
import static io.quorate.mvcc.StoreFixture.pair;
import static io.quorate.mvcc.StoreFixture.range;
import static io.quorate.mvcc.StoreFixture.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Command.SortOrder;
import io.quorate.command.Command.SortTarget;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.mvcc.StoreFixture.Query;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What etcd's KV service promises, as far as the store decides it. */
class KvStoreTest {
  private final StoreFixture store = new StoreFixture();
  private final KvStore kv = store.kv;

  private static void assertRefused(EtcdError error, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(EtcdException.class, e -> assertThat(e.error()).isEqualTo(error));
  }

  // ---- revisions and versions

  @Test
  void theFirstWriteOfAnEmptyStoreIsRevisionTwo() {
    assertThat(kv.revision()).isEqualTo(1);
    assertThat(store.get(KeyRange.all()).revision()).isEqualTo(1);
    store.put("k", "v");
    assertThat(kv.revision()).isEqualTo(2);
  }

  @Test
  void aSecondPutRaisesVersionAndModRevisionButNotCreateRevision() {
    store.put("k", "v");
    assertThat(store.get(KeyRange.all()).kvs()).containsExactly(pair("k", "v", 2, 2, 1, 0));
    store.put("k", "v");
    assertThat(store.get(KeyRange.all()).kvs()).containsExactly(pair("k", "v", 2, 3, 2, 0));
  }

  @Test
  void aKeyPutAgainAfterItsDeletionBeginsANewLife() {
    store.put("k", "v");
    store.delete("k");
    store.put("k", "w");
    assertThat(store.get(KeyRange.all()).kvs()).containsExactly(pair("k", "w", 4, 4, 1, 0));
  }

  @Test
  void keysAndValuesAreAnyBytesAndAnEmptyValueIsNotAMissingKey() {
    Bytes key = Bytes.of(new byte[] {0, (byte) 0xff});
    Bytes big = Bytes.of(new byte[1 << 20]);
    WriteTxn txn = kv.begin();
    txn.put(key, Bytes.EMPTY, 0);
    txn.put(bytes("big"), big, 0);
    store.end(txn);
    store.flush();
    assertThat(store.get(KeyRange.single(key)).kvs())
        .containsExactly(new KeyValue(key, Bytes.EMPTY, 2, 2, 1, 0));
    assertThat(store.get(KeyRange.single(bytes("big"))).kvs().get(0).value()).isEqualTo(big);
  }

  @Test
  void aTransactionWithoutEffectKeepsTheRevision() {
    store.put("k", "v");
    assertThat(store.delete("other")).isEmpty();
    assertThat(kv.revision()).isEqualTo(2);
    WriteTxn txn = kv.begin();
    assertThat(txn.revision()).isEqualTo(2);
    assertThat(txn.end()).isEmpty();
    assertThat(kv.revision()).isEqualTo(2);
  }

  @Test
  void allChangesOfATransactionShareARevisionAndAreNumberedInOrder() {
    store.put("a", "1");
    WriteTxn txn = kv.begin();
    txn.put(bytes("b"), bytes("2"), 0);
    txn.delete(range("a", "b"));
    txn.put(bytes("c"), bytes("3"), 7);
    assertThat(store.end(txn))
        .containsExactly(
            new Record(2, 0, pair("b", "2", 3, 3, 1, 0)),
            new Record(3, 1, KeyValue.tombstone(bytes("a"), 3)),
            new Record(4, 2, pair("c", "3", 3, 3, 1, 7)));
    assertThat(kv.revision()).isEqualTo(3);
    assertThat(kv.nextRecordId()).isEqualTo(5);
    assertThat(kv.keyCount()).isEqualTo(2);
  }

  // ---- transactions

  @Test
  void aTransactionReadsItsOwnWritesAndNobodyElseDoes() {
    store.put("a", "1");
    WriteTxn txn = kv.begin();
    assertThat(txn.range(Command.Range.of(KeyRange.all())).revision()).isEqualTo(2);
    txn.put(bytes("a"), bytes("2"), 0);
    txn.put(bytes("b"), bytes("3"), 5);
    Result.Ranged inside = txn.range(Command.Range.of(KeyRange.all()));
    assertThat(inside.revision()).isEqualTo(3);
    assertThat(inside.kvs())
        .containsExactly(pair("a", "2", 2, 3, 2, 0), pair("b", "3", 3, 3, 1, 5));
    assertThat(txn.get(bytes("b"))).isEqualTo(pair("b", "3", 3, 3, 1, 5));
    assertThat(txn.leaseOf(bytes("b"))).isEqualTo(5);
    assertThat(values(store.get(KeyRange.all()))).containsExactly("1");
    assertThat(kv.keyCount()).isEqualTo(1);

    assertThat(txn.delete(KeyRange.all())).containsExactly(bytes("a"), bytes("b"));
    assertThat(txn.exists(bytes("b"))).isFalse();
    assertThat(txn.get(bytes("b"))).isNull();
    assertThat(txn.leaseOf(bytes("b"))).isZero();
    assertThat(txn.delete(KeyRange.all())).isEmpty();
    store.end(txn);
    assertThat(store.get(KeyRange.all()).kvs()).isEmpty();
    assertThat(kv.keyCount()).isZero();
  }

  @Test
  void aKeyDeletedAndPutInOneTransactionIsANewLifeOfThatRevision() {
    store.put("a", "1");
    WriteTxn txn = kv.begin();
    txn.delete(KeyRange.single(bytes("a")));
    txn.put(bytes("a"), bytes("2"), 0);
    store.end(txn);
    assertThat(store.get(KeyRange.all()).kvs()).containsExactly(pair("a", "2", 3, 3, 1, 0));
    assertThat(store.get(KeyRange.all(), 2).kvs()).containsExactly(pair("a", "1", 2, 2, 1, 0));
  }

  @Test
  void aTransactionReadsOldRevisionsUpToItsBegin() {
    store.put("a", "1");
    store.put("a", "2");
    WriteTxn txn = kv.begin();
    txn.put(bytes("a"), bytes("3"), 0);
    assertThat(values(txn.range(new Query(KeyRange.all()).revision(2).build())))
        .containsExactly("1");
    assertRefused(
        EtcdError.FUTURE_REV, () -> txn.range(new Query(KeyRange.all()).revision(4).build()));
    store.end(txn);
    kv.compact(4);
    WriteTxn after = kv.begin();
    assertRefused(
        EtcdError.COMPACTED, () -> after.range(new Query(KeyRange.all()).revision(3).build()));
    store.end(after);
  }

  @Test
  void thereIsOneTransactionAtATimeAndNothingAfterItsEnd() {
    WriteTxn txn = kv.begin();
    assertThatThrownBy(kv::begin).isInstanceOf(IllegalStateException.class);
    txn.end();
    assertThatThrownBy(() -> txn.put(bytes("a"), bytes("b"), 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(txn::end).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aPutWithoutLeaseDetaches() {
    WriteTxn txn = kv.begin();
    txn.put(bytes("a"), bytes("1"), 9);
    store.end(txn);
    store.put("a", "2");
    WriteTxn look = kv.begin();
    assertThat(look.leaseOf(bytes("a"))).isZero();
    look.end();
    assertThat(store.get(KeyRange.all(), 2).kvs().get(0).lease()).isEqualTo(9);
  }

  // ---- ranges

  @Test
  void rangesArePrefixesOpenEndedOrIntervals() {
    byte ff = (byte) 0xff;
    Bytes f1 = Bytes.of(new byte[] {ff});
    Bytes f2 = Bytes.of(new byte[] {ff, ff});
    for (Bytes key : List.of(bytes("a"), bytes("aa"), bytes("ab"), bytes("b"), f1, f2)) {
      WriteTxn txn = kv.begin();
      txn.put(key, bytes("v"), 0);
      store.end(txn);
    }
    assertThat(keys(store.get(range("a", "b")))).containsExactly("a", "aa", "ab");
    assertThat(store.get(new KeyRange(bytes("a"), Bytes.ZERO)).count()).isEqualTo(6);
    assertThat(store.get(new KeyRange(bytes("aa"), Bytes.ZERO)).count()).isEqualTo(5);
    assertThat(store.get(KeyRange.all()).count()).isEqualTo(6);
    assertThat(store.get(KeyRange.prefix(f1)).count()).isEqualTo(2);
    assertThat(keys(store.get(KeyRange.single(bytes("aa"))))).containsExactly("aa");
    assertThat(store.get(KeyRange.single(bytes("none"))).kvs()).isEmpty();
  }

  @Test
  void aReversedRangeIsEmptyAndDeletesNothing() {
    store.put("a", "1");
    assertThat(store.get(range("b", "a")).kvs()).isEmpty();
    assertThat(store.get(range("a", "a")).count()).isZero();
    assertThat(store.delete(range("b", "a"))).isEmpty();
    assertThat(kv.revision()).isEqualTo(2);
  }

  private void tenKeys() {
    for (int i = 0; i < 10; i++) {
      store.put("k" + i, "v" + i);
    }
  }

  @Test
  void limitCutsAndCountStaysTotal() {
    tenKeys();
    Result.Ranged three = kv.range(new Query(KeyRange.all()).limit(3).build());
    assertThat(keys(three)).containsExactly("k0", "k1", "k2");
    assertThat(three.more()).isTrue();
    assertThat(three.count()).isEqualTo(10);
    Result.Ranged tail =
        kv.range(new Query(new KeyRange(bytes("k7"), Bytes.ZERO)).limit(3).build());
    assertThat(tail.count()).isEqualTo(3);
    assertThat(tail.more()).isFalse();
    assertThat(kv.range(new Query(KeyRange.all()).limit(-1).build()).kvs()).hasSize(10);
  }

  @Test
  void countOnlyCountsAndNothingElse() {
    tenKeys();
    Result.Ranged counted =
        kv.range(
            new Query(KeyRange.all())
                .countOnly()
                .limit(3)
                .sort(SortOrder.DESCEND, SortTarget.VALUE)
                .mod(3, 4)
                .build());
    assertThat(counted).isEqualTo(new Result.Ranged(11, List.of(), false, 10));
  }

  @Test
  void keysOnlyShowsWhatTheIndexKnowsAndReadsNoDisk() {
    WriteTxn txn = kv.begin();
    txn.put(bytes("a"), bytes("1"), 77);
    store.end(txn);
    store.put("b", "2");
    store.put("b", "3");
    store.flush();
    StoreFixture cold = store.reopened(0);
    Result.Ranged ranged = cold.kv.range(new Query(KeyRange.all()).keysOnly().build());
    assertThat(ranged.kvs()).containsExactly(pair("a", "", 2, 2, 1, 0), pair("b", "", 3, 4, 2, 0));
    assertThat(cold.disk.reads()).isZero();
    Query byValue = new Query(KeyRange.all()).keysOnly().sort(SortOrder.ASCEND, SortTarget.VALUE);
    assertThat(cold.kv.range(byValue.build()).kvs())
        .containsExactly(pair("a", "", 2, 2, 1, 77), pair("b", "", 3, 4, 2, 0));
  }

  /** Five keys whose five sort targets all order them differently. */
  private void fiveKeys() {
    store.put("a", "3"); // 2
    store.put("b", "5"); // 3
    store.put("c", "1"); // 4
    store.put("d", "x"); // 5
    store.put("d", "4"); // 6
    store.put("e", "x"); // 7
    store.put("e", "x"); // 8
    store.put("e", "2"); // 9
    store.put("b", "x"); // 10
    store.put("b", "x"); // 11
    store.put("b", "5"); // 12
    store.put("a", "x"); // 13
    store.put("a", "x"); // 14
    store.put("a", "x"); // 15
    store.put("a", "3"); // 16
  }

  private List<String> sorted(SortOrder order, SortTarget target, long limit) {
    return keys(kv.range(new Query(KeyRange.all()).sort(order, target).limit(limit).build()));
  }

  @Test
  void sortsByEveryTargetInBothOrders() {
    fiveKeys();
    assertThat(sorted(SortOrder.ASCEND, SortTarget.KEY, 0))
        .containsExactly("a", "b", "c", "d", "e");
    assertThat(sorted(SortOrder.DESCEND, SortTarget.KEY, 0))
        .containsExactly("e", "d", "c", "b", "a");
    assertThat(sorted(SortOrder.ASCEND, SortTarget.VERSION, 0))
        .containsExactly("c", "d", "e", "b", "a");
    assertThat(sorted(SortOrder.DESCEND, SortTarget.VERSION, 0))
        .containsExactly("a", "b", "e", "d", "c");
    assertThat(sorted(SortOrder.ASCEND, SortTarget.CREATE, 0))
        .containsExactly("a", "b", "c", "d", "e");
    assertThat(sorted(SortOrder.DESCEND, SortTarget.CREATE, 0))
        .containsExactly("e", "d", "c", "b", "a");
    assertThat(sorted(SortOrder.ASCEND, SortTarget.MOD, 0))
        .containsExactly("c", "d", "e", "b", "a");
    assertThat(sorted(SortOrder.DESCEND, SortTarget.MOD, 0))
        .containsExactly("a", "b", "e", "d", "c");
    assertThat(sorted(SortOrder.ASCEND, SortTarget.VALUE, 0))
        .containsExactly("c", "e", "a", "d", "b");
    assertThat(sorted(SortOrder.DESCEND, SortTarget.VALUE, 0))
        .containsExactly("b", "d", "a", "e", "c");
  }

  @Test
  void anExplicitOrderSortsBeforeTheLimitCuts() {
    fiveKeys();
    assertThat(sorted(SortOrder.ASCEND, SortTarget.VALUE, 2)).containsExactly("c", "e");
    assertThat(sorted(SortOrder.DESCEND, SortTarget.KEY, 2)).containsExactly("e", "d");
    assertThat(sorted(SortOrder.ASCEND, SortTarget.KEY, 2)).containsExactly("a", "b");
  }

  @Test
  void theDefaultOrderOnATargetAscendsAmongTheFirstKeysOnly() {
    fiveKeys();
    assertThat(sorted(SortOrder.NONE, SortTarget.VALUE, 0))
        .containsExactly("c", "e", "a", "d", "b");
    // etcd collects limit + 1 keys in key order (a, b, c), sorts them, cuts to the limit.
    assertThat(sorted(SortOrder.NONE, SortTarget.VALUE, 2)).containsExactly("c", "a");
    // With a filter the whole range is collected first.
    assertThat(
            keys(
                kv.range(
                    new Query(KeyRange.all())
                        .sort(SortOrder.NONE, SortTarget.VALUE)
                        .limit(2)
                        .mod(1, 0)
                        .build())))
        .containsExactly("c", "e");
  }

  @Test
  void keysOnlySortedByValueStillSortsByValueButShowsNone() {
    fiveKeys();
    Result.Ranged ranged =
        kv.range(
            new Query(KeyRange.all()).sort(SortOrder.ASCEND, SortTarget.VALUE).keysOnly().build());
    assertThat(keys(ranged)).containsExactly("c", "e", "a", "d", "b");
    assertThat(values(ranged)).containsOnly("");
  }

  @Test
  void revisionBoundsAreInclusiveAndLeaveTheCountAlone() {
    fiveKeys(); // mod: a16 b12 c4 d6 e9, create: a2 b3 c4 d5 e7
    Result.Ranged mod = kv.range(new Query(KeyRange.all()).mod(6, 12).build());
    assertThat(keys(mod)).containsExactly("b", "d", "e");
    assertThat(mod.count()).isEqualTo(5);
    assertThat(mod.more()).isFalse();
    assertThat(keys(kv.range(new Query(KeyRange.all()).create(3, 5).build())))
        .containsExactly("b", "c", "d");
    Result.Ranged limited =
        kv.range(new Query(KeyRange.all()).mod(6, 12).create(4, 0).limit(1).build());
    assertThat(keys(limited)).containsExactly("d");
    assertThat(limited.more()).isTrue();
    assertThat(limited.count()).isEqualTo(5);
  }

  @Test
  void oldRevisionsCanBeReadAndTheHeaderShowsTheNewest() {
    store.put("k", "1");
    store.put("k", "2");
    store.put("k", "3");
    store.delete("k");
    for (int flushed = 0; flushed < 2; flushed++) {
      for (int rev = 2; rev <= 4; rev++) {
        Result.Ranged ranged = store.get(KeyRange.all(), rev);
        assertThat(values(ranged)).containsExactly(String.valueOf(rev - 1));
        assertThat(ranged.revision()).isEqualTo(5);
      }
      assertThat(store.get(KeyRange.all(), 1).kvs()).isEmpty();
      assertThat(store.get(KeyRange.all(), 5).kvs()).isEmpty();
      assertThat(values(store.get(KeyRange.all(), -3))).isEmpty();
      store.flush();
    }
  }

  @Test
  void aFutureRevisionIsRefused() {
    store.put("k", "1");
    assertRefused(EtcdError.FUTURE_REV, () -> store.get(KeyRange.all(), 3));
    assertRefused(
        EtcdError.FUTURE_REV,
        () -> kv.rangeFromMemory(new Query(KeyRange.all()).revision(3).build(), Long.MAX_VALUE));
  }

  @Test
  void aDeleteTakesAllKeysOfARangeInKeyOrderInOneRevision() {
    store.put("b", "2");
    store.put("a", "1");
    store.put("c", "3");
    WriteTxn txn = kv.begin();
    assertThat(txn.delete(range("a", "c"))).containsExactly(bytes("a"), bytes("b"));
    assertThat(store.end(txn))
        .extracting(Record::kv)
        .containsExactly(KeyValue.tombstone(bytes("a"), 5), KeyValue.tombstone(bytes("b"), 5));
    assertThat(kv.revision()).isEqualTo(5);
    assertThat(keys(store.get(KeyRange.all()))).containsExactly("c");
  }

  // ---- memory and disk

  @Test
  void aValueThatIsOnTheDiskOnlyIsNotReadFromMemoryAndIsCachedOnceRead() {
    store.put("k", "1");
    Command.Range all = Command.Range.of(KeyRange.all());
    assertThat(kv.rangeFromMemory(all, Long.MAX_VALUE)).isEqualTo(kv.range(all));
    store.flush();
    assertThat(kv.rangeFromMemory(all, Long.MAX_VALUE)).isEqualTo(kv.range(all));

    StoreFixture cold = store.reopened(0);
    assertThat(cold.kv.rangeFromMemory(all, Long.MAX_VALUE)).isNull();
    assertThat(
            cold.kv.rangeFromMemory(new Query(KeyRange.all()).countOnly().build(), Long.MAX_VALUE))
        .isNotNull();
    assertThat(cold.kv.range(all)).isEqualTo(kv.range(all));
    assertThat(cold.kv.rangeFromMemory(all, Long.MAX_VALUE)).isNull();

    StoreFixture roomy = new StoreFixture(1 << 20);
    for (int i = 0; i < 100; i++) {
      roomy.put("k" + i, "v");
    }
    roomy.flush();
    assertThat(roomy.get(KeyRange.all()).kvs()).hasSize(100);
    assertThat(roomy.disk.reads()).isZero();
  }

  @Test
  void aScanOverVeryManyKeysIsNotForTheEventLoop() {
    WriteTxn txn = kv.begin();
    for (int i = 0; i <= KvStore.MEMORY_WALK_KEYS; i++) {
      txn.put(bytes("k" + i), Bytes.EMPTY, 0);
    }
    store.end(txn);
    assertThat(kv.rangeFromMemory(new Query(KeyRange.all()).countOnly().build(), Long.MAX_VALUE))
        .isNull();
    assertThat(kv.range(new Query(KeyRange.all()).countOnly().build()).count())
        .isEqualTo(KvStore.MEMORY_WALK_KEYS + 1);
  }

  @Test
  void manyRecordsCanWaitForTheDisk() {
    for (int i = 0; i < 5000; i++) {
      store.put("k" + i % 7, "v" + i);
      if (i == 1500) {
        store.flush();
      }
    }
    assertThat(values(store.get(KeyRange.all())))
        .containsExactly("v4998", "v4999", "v4993", "v4994", "v4995", "v4996", "v4997");
    assertThat(kv.history(2, 5001, 10_000)).hasSize(5000);
    store.flush();
    assertThat(kv.history(2, 5001, 10_000)).hasSize(5000);
    assertThatThrownBy(() -> kv.flushed(5001)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatIsLoadedIsWhatWasThere() {
    fiveKeys();
    store.delete("c");
    kv.compact(12);
    store.flush();
    StoreFixture other = store.reopened(1 << 20);
    assertThat(other.kv.revision()).isEqualTo(17);
    assertThat(other.kv.compactRevision()).isEqualTo(12);
    assertThat(other.kv.nextRecordId()).isEqualTo(kv.nextRecordId());
    assertThat(other.kv.keyCount()).isEqualTo(4);
    for (int rev = 12; rev <= 17; rev++) {
      assertThat(other.get(KeyRange.all(), rev)).isEqualTo(store.get(KeyRange.all(), rev));
    }
    // What had not been swept before is now.
    assertThat(other.kv.sweeping()).isTrue();
    assertThat(other.sweep()).hasSameElementsAs(List.of(2L, 4L, 6L, 7L, 9L, 10L));
  }

  @Test
  void recordsThatContradictTheNumbersAreNotLoaded() {
    store.put("a", "1");
    store.flush();
    assertThatThrownBy(() -> new KvStore(store.disk, 0).load(1, -1, 2))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new KvStore(store.disk, 0).load(2, -1, 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aRetiredStoreReadsWhatItHasInMemoryAndRefusesTheRest() {
    store.put("k", "1");
    store.flush();
    StoreFixture cold = store.reopened(0);
    cold.kv.retire();
    assertRefused(EtcdError.LEADER_CHANGED, () -> cold.get(KeyRange.all()));
    assertRefused(EtcdError.LEADER_CHANGED, () -> cold.kv.history(2, 2, 1));
    assertRefused(EtcdError.LEADER_CHANGED, () -> cold.kv.hash(0));
    assertThat(cold.kv.range(new Query(KeyRange.all()).keysOnly().build()).kvs()).hasSize(1);
  }

  // ---- compaction

  @Test
  void compactionRefusesWhatIsCompactedAndWhatIsInTheFuture() {
    store.put("k", "1");
    store.put("k", "2");
    kv.compact(2);
    assertThat(kv.compactRevision()).isEqualTo(2);
    assertRefused(EtcdError.COMPACTED, () -> kv.compact(2));
    assertRefused(EtcdError.COMPACTED, () -> kv.compact(1));
    assertRefused(EtcdError.FUTURE_REV, () -> kv.compact(4));
    assertRefused(EtcdError.COMPACTED, () -> store.get(KeyRange.all(), 1));
    assertThat(values(store.get(KeyRange.all(), 2))).containsExactly("1");
    assertThat(kv.revision()).isEqualTo(3);
  }

  @Test
  void compactingAFreshStoreToZeroSucceedsOnce() {
    assertThat(kv.compactRevision()).isEqualTo(-1);
    kv.compact(0);
    assertThat(kv.compactRevision()).isZero();
    assertRefused(EtcdError.COMPACTED, () -> kv.compact(0));
    assertRefused(EtcdError.COMPACTED, () -> kv.compact(-5));
  }

  @Test
  void liveKeysSurviveACompactionToTheNewestRevision() {
    fiveKeys();
    Result.Ranged before = store.get(KeyRange.all());
    kv.compact(16);
    store.sweep();
    assertThat(store.get(KeyRange.all())).isEqualTo(before);
    assertThat(store.disk.all()).hasSize(5);
    assertThat(store.reopened(0).get(KeyRange.all())).isEqualTo(before);
  }

  @Test
  void aTombstoneAtTheCompactedRevisionStaysAsHistoryUntilTheNextCompaction() {
    store.put("a", "1"); // 2
    store.put("b", "1"); // 3
    store.delete("b"); // 4
    store.delete("a"); // 5
    store.put("c", "1"); // 6
    kv.compact(5);
    assertThat(store.sweep()).containsExactlyInAnyOrder(1L, 2L, 3L);
    assertThat(keys(store.get(KeyRange.all(), 5))).isEmpty();
    assertThat(kv.history(5, 6, 10))
        .extracting(Record::kv)
        .containsExactly(KeyValue.tombstone(bytes("a"), 5), pair("c", "1", 6, 6, 1, 0));
    kv.compact(6);
    assertThat(store.sweep()).containsExactly(4L);
    assertThat(store.disk.all()).hasSize(1);
  }

  @Test
  void aCompactionThatArrivesUnderASweepIsSweptToo() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 10; i++) {
        store.put("k" + i, "v" + round);
      }
    }
    store.flush(); // revisions 2..31
    kv.compact(11);
    assertThat(kv.sweep(4)).isEmpty();
    kv.compact(31);
    List<Long> dead = new ArrayList<>();
    int calls = 0;
    while (kv.sweeping()) {
      dead.addAll(kv.sweep(4));
      assertThat(values(store.get(KeyRange.all(), 31))).containsOnly("v2").hasSize(10);
      calls++;
    }
    assertThat(dead).hasSize(20).doesNotHaveDuplicates();
    assertThat(calls).isLessThanOrEqualTo(4);
    assertThat(kv.sweep(100)).isEmpty();
  }

  // ---- history

  @Test
  void historyComesInWholeRevisionsUpToABound() {
    store.put("a", "1"); // 2
    WriteTxn txn = kv.begin();
    txn.put(bytes("b"), bytes("2"), 0); // 3
    txn.put(bytes("c"), bytes("3"), 0);
    store.end(txn);
    store.flush();
    store.put("d", "4"); // 4
    assertThat(kv.history(2, 4, 2)).extracting(Record::id).containsExactly(1L, 2L, 3L);
    assertThat(kv.history(3, 4, 2)).extracting(Record::id).containsExactly(2L, 3L, 4L);
    assertThat(kv.history(3, 3, 9)).extracting(Record::id).containsExactly(2L, 3L);
    assertThat(kv.history(4, 4, 1)).extracting(Record::id).containsExactly(4L);
    assertThat(kv.history(5, 9, 1)).isEmpty();
    assertThat(kv.history(0, 9, 9)).hasSize(4);
    kv.compact(3);
    assertRefused(EtcdError.COMPACTED, () -> kv.history(2, 4, 9));
    assertThat(kv.history(3, 4, 9)).hasSize(3);
  }

  @Test
  void historyStopsAtARevisionOnceMuchIsGathered() {
    for (int i = 0; i < 12; i++) {
      WriteTxn txn = kv.begin();
      txn.put(bytes("k" + i), Bytes.of(new byte[1 << 20]), 0);
      store.end(txn);
    }
    List<Record> some = kv.history(2, 13, 100);
    assertThat(some).hasSize((int) (HistoryReader.ENOUGH_BYTES >> 20));
    assertThat(kv.history(some.size() + 2, 13, 100)).hasSize(12 - some.size());
  }

  @Test
  void aKeyCanBeLookedUpAsItWas() {
    store.put("a", "1"); // 2
    store.put("a", "2"); // 3
    store.delete("a"); // 4
    assertThat(kv.at(bytes("a"), 1)).isNull();
    assertThat(kv.at(bytes("a"), 2)).isEqualTo(pair("a", "1", 2, 2, 1, 0));
    assertThat(kv.at(bytes("a"), 3)).isEqualTo(pair("a", "2", 2, 3, 2, 0));
    assertThat(kv.at(bytes("a"), 4)).isNull();
    assertThat(kv.at(bytes("x"), 4)).isNull();
    kv.compact(3);
    assertThat(kv.at(bytes("a"), 2)).isNull();
    assertThat(kv.at(bytes("a"), 3)).isNotNull();
  }
}
