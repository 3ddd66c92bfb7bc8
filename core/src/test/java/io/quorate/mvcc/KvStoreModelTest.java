package io.quorate.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Command.SortOrder;
import io.quorate.command.Command.SortTarget;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.mvcc.StoreFixture.Query;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories against a model that keeps a whole map for every revision. The store is small
 * (keys collide all the time), its cache smaller than its values.
 */
class KvStoreModelTest {
  private static final int STEPS = 600;

  /** All revisions as full maps, all changes as a list. */
  private static final class Model {
    final List<TreeMap<Bytes, KeyValue>> byRevision = new ArrayList<>();
    final List<Record> changes = new ArrayList<>();
    long compacted = -1;

    Model() {
      byRevision.add(new TreeMap<>()); // revision 0
      byRevision.add(new TreeMap<>()); // revision 1
    }

    long revision() {
      return byRevision.size() - 1;
    }

    TreeMap<Bytes, KeyValue> at(long revision) {
      return byRevision.get((int) revision);
    }

    Collection<KeyValue> range(KeyRange range, long revision) {
      return at(revision).entrySet().stream()
          .filter(entry -> range.contains(entry.getKey()))
          .map(Map.Entry::getValue)
          .toList();
    }
  }

  private final Model model = new Model();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void everyReadableRevisionIsAsTheModelHasIt(long seed) {
    Random random = new Random(seed);
    StoreFixture store = new StoreFixture(random.nextBoolean() ? 2000 : 0);
    List<Long> dead = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      int dice = random.nextInt(100);
      if (dice < 70) {
        write(store, random);
      } else if (dice < 75 && model.revision() > model.compacted) {
        long from = Math.max(0, model.compacted + 1);
        model.compacted = from + random.nextInt((int) (model.revision() - from + 1));
        store.kv.compact(model.compacted);
      } else if (dice < 85 && store.kv.sweeping()) {
        dead.addAll(store.kv.sweep(1 + random.nextInt(5)));
      } else if (dice < 90) {
        store.flush();
        store.disk.remove(dead);
        dead.clear();
      } else if (dice < 92) {
        store.flush();
        store.disk.remove(dead);
        dead.clear();
        store = store.reopened(random.nextBoolean() ? 2000 : 0);
      }
      check(store, random);
    }
    finish(store, dead);
  }

  /** After a full sweep the disk holds what is readable and nothing else. */
  private void finish(StoreFixture store, List<Long> dead) {
    store.flush();
    store.disk.remove(dead);
    long compacted = Math.max(0, model.compacted);
    store.sweep();
    List<Record> expected =
        model.changes.stream()
            .filter(
                record ->
                    record.main() >= compacted
                        || record.kv().equals(model.at(compacted).get(record.kv().key())))
            .toList();
    assertThat(store.disk.all()).isEqualTo(expected);
  }

  private void write(StoreFixture store, Random random) {
    TreeMap<Bytes, KeyValue> now = new TreeMap<>(model.at(model.revision()));
    long main = model.revision() + 1;
    WriteTxn txn = store.kv.begin();
    List<Record> expected = new ArrayList<>();
    int ops = 1 + random.nextInt(3);
    for (int op = 0; op < ops; op++) {
      if (random.nextInt(3) > 0) {
        Bytes key = key(random);
        Bytes value = Bytes.of(new byte[random.nextInt(40)]);
        long lease = random.nextInt(4);
        KeyValue old = now.get(key);
        KeyValue kv =
            old == null
                ? new KeyValue(key, value, main, main, 1, lease)
                : new KeyValue(key, value, old.createRevision(), main, old.version() + 1, lease);
        assertThat(txn.put(key, value, lease)).isEqualTo(kv);
        now.put(key, kv);
        expected.add(record(expected, kv));
      } else {
        KeyRange range = range(random);
        List<Bytes> gone = now.keySet().stream().filter(range::contains).toList();
        assertThat(txn.delete(range)).isEqualTo(gone);
        for (Bytes key : gone) {
          now.remove(key);
          expected.add(record(expected, KeyValue.tombstone(key, main)));
        }
      }
      assertThat(txn.range(new Query(KeyRange.all()).build()).kvs())
          .containsExactlyElementsOf(now.values());
    }
    assertThat(store.end(txn)).isEqualTo(expected);
    if (!expected.isEmpty()) {
      model.byRevision.add(now);
      model.changes.addAll(expected);
    }
  }

  private Record record(List<Record> before, KeyValue kv) {
    return new Record(model.changes.size() + before.size() + 1L, before.size(), kv);
  }

  private void check(StoreFixture store, Random random) {
    KvStore kv = store.kv;
    long current = model.revision();
    assertThat(kv.revision()).isEqualTo(current);
    assertThat(kv.compactRevision()).isEqualTo(model.compacted);
    assertThat(kv.keyCount()).isEqualTo(model.at(current).size());
    long oldest = Math.max(1, model.compacted);
    long revision = oldest + random.nextInt((int) (current - oldest + 1));
    for (long at : new long[] {oldest, revision, current}) {
      KeyRange range = range(random);
      List<KeyValue> expected = List.copyOf(model.range(range, at));
      Result.Ranged whole = new Result.Ranged(current, expected, false, expected.size());
      assertThat(kv.range(new Query(range).revision(at).build())).isEqualTo(whole);
      Result.Ranged memory =
          kv.rangeFromMemory(new Query(range).revision(at).build(), Long.MAX_VALUE);
      if (memory != null) {
        assertThat(memory).isEqualTo(whole);
      }
      int limit = 1 + random.nextInt(4);
      Result.Ranged limited =
          kv.range(
              new Query(range)
                  .revision(at)
                  .limit(limit)
                  .sort(SortOrder.DESCEND, SortTarget.KEY)
                  .build());
      List<KeyValue> descending = new ArrayList<>(expected);
      Collections.reverse(descending);
      assertThat(limited.kvs())
          .isEqualTo(descending.subList(0, Math.min(limit, descending.size())));
      assertThat(limited.more()).isEqualTo(expected.size() > limit);
      assertThat(limited.count()).isEqualTo(expected.size());
      Bytes key = key(random);
      assertThat(kv.at(key, at)).isEqualTo(model.at(at).get(key));
    }
    int most = 1 + random.nextInt(5);
    // Revision 1 is the empty store: nothing has changed in it.
    long last = Math.min(current, Math.max(2, revision) + most - 1);
    assertThat(kv.history(revision, current, most))
        .isEqualTo(
            model.changes.stream()
                .filter(record -> record.main() >= revision && record.main() <= last)
                .toList());
  }

  private static Bytes key(Random random) {
    return Bytes.of(
        random.nextInt(3) == 0
            ? new byte[] {(byte) (random.nextInt(5) + 1), (byte) random.nextInt(2)}
            : new byte[] {(byte) (random.nextInt(5) + 1)});
  }

  private static KeyRange range(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> KeyRange.all();
      case 1 -> new KeyRange(key(random), Bytes.ZERO);
      case 2 -> KeyRange.prefix(key(random));
      case 3 -> new KeyRange(key(random), key(random));
      default -> KeyRange.single(key(random));
    };
  }
}
