package io.quorate.mvcc;

import static io.quorate.mvcc.StoreFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.mvcc.StoreFixture.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readers beside a writer that flushes, compacts and sweeps. */
@Timeout(60)
class ConcurrentReadTest {
  private static final int KEYS = 20;
  private static final int WRITES = 4000;

  private final StoreFixture store = new StoreFixture(1500);
  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicLong reads = new AtomicLong();

  @Test
  void noReaderSeesHalfATransaction() throws Exception {
    write(0);
    ExecutorService pool = Executors.newFixedThreadPool(3);
    try {
      List<Future<?>> readers = new ArrayList<>();
      Callable<Void> newest = () -> readUntilDone(this::readNewest);
      Callable<Void> old = () -> readUntilDone(this::readOld);
      Callable<Void> history = () -> readUntilDone(this::readHistory);
      for (Callable<Void> reader : List.of(newest, old, history)) {
        readers.add(pool.submit(reader));
      }
      try {
        for (int i = 1; i < WRITES || reads.get() < 1000; i++) {
          write(i);
          if (i % 50 == 0) {
            store.flush();
          }
          if (i % 200 == 0) {
            store.kv.compact(store.kv.revision() - 20);
            store.sweep();
          }
        }
      } finally {
        done.set(true);
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
    } finally {
      pool.shutdown();
      assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** All keys get the same value; every third transaction deletes them all first. */
  private void write(int i) {
    WriteTxn txn = store.kv.begin();
    if (i % 3 == 0) {
      txn.delete(KeyRange.all());
    }
    for (int k = 0; k < KEYS; k++) {
      txn.put(bytes("k" + k), bytes("v" + i), 0);
    }
    store.end(txn);
  }

  private Void readUntilDone(Runnable read) {
    while (!done.get()) {
      read.run();
      reads.incrementAndGet();
    }
    return null;
  }

  private static void assertWhole(Result.Ranged ranged) {
    assertThat(ranged.count()).isEqualTo(KEYS);
    assertThat(ranged.kvs()).hasSize(KEYS);
    Bytes value = ranged.kvs().get(0).value();
    long mod = ranged.kvs().get(0).modRevision();
    assertThat(ranged.kvs()).allMatch(kv -> kv.value().equals(value) && kv.modRevision() == mod);
    assertThat(mod).isLessThanOrEqualTo(ranged.revision());
  }

  private void readNewest() {
    long before = store.kv.revision();
    Result.Ranged ranged = store.kv.range(Command.Range.of(KeyRange.all()));
    assertWhole(ranged);
    assertThat(ranged.revision()).isGreaterThanOrEqualTo(before);
    assertThat(ranged.kvs().get(0).modRevision()).isEqualTo(ranged.revision());
    Result.Ranged memory =
        store.kv.rangeFromMemory(Command.Range.of(KeyRange.all()), Long.MAX_VALUE);
    if (memory != null) {
      assertWhole(memory);
    }
  }

  private void readOld() {
    long at = Math.max(2, store.kv.revision() - 30);
    try {
      Result.Ranged ranged = store.kv.range(new Query(KeyRange.all()).revision(at).build());
      assertWhole(ranged);
      assertThat(ranged.kvs().get(0).modRevision()).isEqualTo(at);
    } catch (EtcdException e) {
      assertThat(store.kv.compactRevision()).isGreaterThan(at);
    }
  }

  private void readHistory() {
    long to = store.kv.revision();
    long from = Math.max(2, to - 25);
    try {
      List<Record> records = store.kv.history(from, to, 10);
      long expected = from;
      long sub = 0;
      for (Record record : records) {
        if (record.main() != expected) {
          expected++;
          sub = 0;
        }
        assertThat(record.main()).isEqualTo(expected);
        assertThat(record.sub()).isEqualTo(sub++);
      }
      assertThat(expected).isEqualTo(Math.min(to, from + 9));
    } catch (EtcdException e) {
      assertThat(store.kv.compactRevision()).isGreaterThan(from);
    }
  }
}
