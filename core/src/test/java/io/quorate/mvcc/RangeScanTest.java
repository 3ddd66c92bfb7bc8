package io.quorate.mvcc;

import static io.quorate.mvcc.StoreFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Command;
import io.quorate.command.Command.SortOrder;
import io.quorate.command.Command.SortTarget;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.PairSizer;
import io.quorate.command.Result;
import io.quorate.mvcc.StoreFixture.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RangeScanTest {
  private static final Command.Range ALL = new Query(KeyRange.all()).build();

  private static RangeScan open(KvStore kv, Command.Range range) {
    return kv.scan(range, PairSizer.RAW, () -> true);
  }

  private static List<KeyValue> readOut(RangeScan scan, long maxBytes, boolean memoryFirst) {
    List<KeyValue> all = new ArrayList<>();
    while (true) {
      List<KeyValue> piece = memoryFirst ? scan.nextFromMemory(maxBytes) : null;
      if (piece == null) {
        piece = scan.next(maxBytes);
      }
      if (piece.isEmpty()) {
        return all;
      }
      assertThat(rawBytes(piece) <= maxBytes || piece.size() == 1).isTrue();
      all.addAll(piece);
    }
  }

  private static long rawBytes(List<KeyValue> pairs) {
    return pairs.stream().mapToLong(kv -> kv.key().length() + kv.value().length()).sum();
  }

  /** Random stores, ranges and orders: piece by piece is the same as at once, and as announced. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aScanReturnsWhatOneReadReturns(long seed) {
    Random random = new Random(seed);
    StoreFixture store = new StoreFixture(random.nextBoolean() ? 300 : 1 << 20);
    for (int i = 0; i < 300; i++) {
      String key = "k" + random.nextInt(80);
      if (random.nextInt(5) == 0) {
        store.delete(key);
      } else {
        store.put(key, "v".repeat(random.nextInt(40)));
      }
      if (random.nextInt(10) == 0) {
        store.flush();
      }
    }
    KvStore kv = store.kv;
    for (int i = 0; i < 200; i++) {
      KeyRange range =
          random.nextBoolean()
              ? KeyRange.all()
              : StoreFixture.range("k" + random.nextInt(80), "k" + random.nextInt(80));
      Query query =
          new Query(range)
              .limit(random.nextInt(3) == 0 ? random.nextInt(20) : 0)
              .revision(random.nextInt((int) kv.revision()))
              .sort(pick(random, SortOrder.values()), pick(random, SortTarget.values()));
      if (random.nextInt(4) == 0) {
        query.mod(random.nextInt(100), random.nextInt(2) * random.nextInt(300));
      }
      if (random.nextInt(8) == 0) {
        query.keysOnly();
      }
      if (random.nextInt(8) == 0) {
        query.countOnly();
      }
      Command.Range asked = query.build();
      if (asked.sortTarget() == SortTarget.VALUE) {
        continue;
      }
      Result.Ranged whole = kv.range(asked);
      try (RangeScan scan = open(kv, asked)) {
        assertThat(scan.revision()).isEqualTo(whole.revision());
        assertThat(scan.count()).isEqualTo(whole.count());
        assertThat(scan.more()).isEqualTo(whole.more());
        assertThat(scan.sizeBytes()).isEqualTo(rawBytes(whole.kvs()));
        assertThat(readOut(scan, 1 + random.nextInt(200), random.nextBoolean()))
            .isEqualTo(whole.kvs());
      }
    }
  }

  private static <T> T pick(Random random, T[] values) {
    return values[random.nextInt(values.length)];
  }

  @Test
  void aScanShowsOneRevisionWhateverIsWrittenCompactedAndSweptMeanwhile() {
    StoreFixture store = new StoreFixture(0);
    for (int i = 10; i < 40; i++) {
      store.put("k" + i, "old");
    }
    store.flush();
    KvStore kv = store.kv;
    List<KeyValue> expected = kv.range(ALL).kvs();
    RangeScan scan = open(kv, ALL);
    List<KeyValue> read = new ArrayList<>(scan.next(20));
    for (int i = 10; i < 40; i++) {
      store.put("k" + i, "new");
    }
    store.delete(KeyRange.all());
    store.flush();
    kv.compact(kv.revision());
    store.sweep();
    assertThat(kv.sweeping()).as("what is left over waits for the read").isFalse();
    read.addAll(readOut(scan, 20, false));
    assertThat(read).isEqualTo(expected);

    scan.close();
    scan.close();
    assertThat(kv.sweeping()).isTrue();
    store.sweep();
    assertThat(store.disk.all()).as("then it goes").hasSizeLessThan(31);
    assertThatThrownBy(() -> open(kv, new Query(KeyRange.all()).revision(5).build()))
        .isInstanceOfSatisfying(
            EtcdException.class, e -> assertThat(e.error()).isEqualTo(EtcdError.COMPACTED));
  }

  /** As a client does that goes away while a reader is at the disk for it. */
  @Test
  void closedWhileAPieceIsReadItKeepsWhatThatNeeds() {
    StoreFixture store = new StoreFixture(0);
    for (int i = 10; i < 20; i++) {
      store.put("k" + i, "old");
    }
    store.flush();
    KvStore kv = store.kv;
    List<KeyValue> expected = kv.range(ALL).kvs();
    RangeScan scan = open(kv, ALL);
    store.delete(KeyRange.all());
    store.flush();
    store.disk.beforeScan(
        () -> {
          scan.close();
          kv.compact(kv.revision());
          store.sweep();
        });

    assertThat(scan.next(1_000)).isEqualTo(expected);
    assertThat(kv.sweeping()).as("then it goes").isTrue();
    assertThatThrownBy(() -> scan.next(1_000)).isInstanceOf(CancellationException.class);
  }

  @Test
  void aScanReadsNeighboursOnTheDiskTogether() {
    StoreFixture store = new StoreFixture(10_000);
    for (int i = 100; i < 200; i++) {
      store.put("k" + i, "v");
    }
    store.flush();
    StoreFixture cold = store.reopened(0);
    try (RangeScan scan = open(cold.kv, ALL)) {
      assertThat(scan.nextFromMemory(1_000_000)).isNull();
      assertThat(scan.next(1_000_000)).hasSize(100);
    }
    assertThat(store.disk.reads()).isZero();
  }

  /** A key that is read again and again is in memory from the first time on; all keys are not. */
  @Test
  void whatIsSmallIsCachedAndWhatIsLargeIsNot() {
    StoreFixture store = new StoreFixture(1 << 20);
    for (int i = 100; i < 200; i++) {
      store.put("k" + i, "v".repeat(1_000));
    }
    store.flush();
    // half of its cache is warmed at a start, with the newest
    StoreFixture reopened = store.reopened(40_000);
    Command.Range one = new Query(KeyRange.single(bytes("k120"))).build();
    for (Command.Range range : new Command.Range[] {ALL, one}) {
      try (RangeScan scan = open(reopened.kv, range)) {
        assertThat(scan.nextFromMemory(1_000_000)).isNull();
        assertThat(scan.next(1_000_000)).isNotEmpty();
      }
    }
    try (RangeScan scan = open(reopened.kv, one)) {
      assertThat(scan.nextFromMemory(1_000_000)).hasSize(1);
    }
    try (RangeScan scan = open(reopened.kv, ALL)) {
      assertThat(scan.nextFromMemory(1_000_000)).as("its first key").isNull();
    }
  }

  @Test
  void aScanOfAStoreThatASnapshotReplacesIsRefused() {
    StoreFixture store = new StoreFixture();
    store.put("a", "1");
    store.flush();
    StoreFixture cold = store.reopened(0);
    try (RangeScan scan = open(cold.kv, ALL)) {
      cold.kv.retire();
      assertThatThrownBy(() -> scan.next(100))
          .isInstanceOfSatisfying(
              EtcdException.class, e -> assertThat(e.error()).isEqualTo(EtcdError.LEADER_CHANGED));
    }
  }

  @Test
  void aScanEndsOnceNobodyWantsIt() {
    StoreFixture store = new StoreFixture();
    WriteTxn txn = store.kv.begin();
    for (int i = 0; i < 3_000; i++) {
      txn.put(bytes("k" + i), bytes("v"), 0);
    }
    store.end(txn);
    int[] looks = new int[1];
    assertThatThrownBy(() -> store.kv.scan(ALL, PairSizer.RAW, () -> ++looks[0] < 2))
        .isInstanceOf(CancellationException.class);
    assertThat(looks[0]).isEqualTo(2);
    store.flush();
    store.delete(KeyRange.all());
    store.flush();
    store.kv.compact(store.kv.revision());
    store.sweep();
    assertThat(store.kv.sweeping()).as("and keeps nothing").isFalse();
    assertThat(store.disk.all()).hasSize(3_000);
  }

  @Test
  void aReadTransactionSeesOneRevisionAndWritesNothing() {
    StoreFixture store = new StoreFixture(0);
    store.put("a", "1");
    store.put("b", "1");
    store.flush();
    KvStore kv = store.kv;
    kv.read(
        reads -> {
          store.put("a", "2");
          store.delete("b");
          store.flush();
          kv.compact(kv.revision());
          store.sweep();
          assertThat(reads.get(bytes("a"))).extracting(KeyValue::value).isEqualTo(bytes("1"));
          assertThat(reads.exists(bytes("b"))).isTrue();
          assertThat(reads.range(ALL).kvs()).hasSize(2);
          assertThatThrownBy(() -> reads.put(bytes("a"), bytes("3"), 0))
              .isInstanceOf(IllegalStateException.class);
          return 0;
        });
    assertThat(kv.sweeping()).isTrue();
  }
}
