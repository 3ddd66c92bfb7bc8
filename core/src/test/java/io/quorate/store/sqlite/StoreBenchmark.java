package io.quorate.store.sqlite;

import io.quorate.apply.StateBatch;
import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.mvcc.Record;
import io.quorate.node.LogStore;
import io.quorate.node.LogStore.Write;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Measures both stores on a real disk: {@code StoreBenchmark <directory> [seconds a case]}. Prints
 * one line a case; the directory is emptied again.
 */
final class StoreBenchmark {
  private static final int CUT_EVERY = 20_000;

  private StoreBenchmark() {}

  public static void main(String[] args) throws IOException {
    Path directory = Files.createTempDirectory(Path.of(args[0]), "stores");
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    try {
      for (int warm : new int[] {128, 16, 1}) {
        log(directory, warm, 1, false);
      }
      for (boolean cutting : new boolean[] {false, true}) {
        for (int entries : new int[] {1, 16, 128}) {
          log(directory, entries, seconds, cutting);
        }
      }
      state(directory, seconds);
    } finally {
      TestDirectory.delete(directory);
    }
  }

  /**
   * Appends groups of entries of 300 bytes; cutting keeps the log between one and two cuts long.
   */
  private static void log(Path directory, int entries, int seconds, boolean cutting)
      throws IOException {
    Path data = directory.resolve("log");
    List<Long> nanos = new ArrayList<>();
    byte[] content = new byte[300];
    new Random(1).nextBytes(content);
    long index = 0;
    long start = System.nanoTime();
    try (DataDirectory opened = DataDirectory.open(data);
        LogStore store = new SqliteLogStore(opened)) {
      store.recover();
      store.create(new LogStore.Identity(1, 1));
      while (System.nanoTime() - start < seconds * 1_000_000_000L) {
        List<Entry> group = new ArrayList<>();
        for (int i = 0; i < entries; i++) {
          group.add(new Entry(new LogPosition(1, ++index), Entry.Kind.NORMAL, content));
        }
        long before = System.nanoTime();
        store.write(List.of(new Write(null, group, null)));
        nanos.add(System.nanoTime() - before);
        store.maintain();
        if (cutting && index % CUT_EVERY < entries && index > 2 * CUT_EVERY) {
          store.truncatePrefix(new LogPosition(1, index - CUT_EVERY));
        }
      }
      double elapsed = (System.nanoTime() - start) / 1e9;
      print(
          "log, %3d entries of 300 B a commit%s: %,8.0f commits/s %,9.0f entries/s; commit %s;"
              + " %,d MB on disk",
          entries,
          cutting ? ", cut" : "     ",
          nanos.size() / elapsed,
          index / elapsed,
          percentiles(nanos),
          store.sizeBytes() >> 20);
    }
    long before = System.nanoTime();
    try (DataDirectory opened = DataDirectory.open(data);
        LogStore store = new SqliteLogStore(opened)) {
      int found = ((LogStore.Existing) store.recover()).entries().size();
      print("  recovering %,d entries: %,d ms", found, (System.nanoTime() - before) / 1_000_000);
    }
    TestDirectory.delete(data);
  }

  private static void state(Path directory, int seconds) throws IOException {
    Path data = directory.resolve("state");
    List<Long> nanos = new ArrayList<>();
    List<Long> syncs = new ArrayList<>();
    Random random = new Random(1);
    byte[] value = new byte[256];
    long id = 0;
    try (DataDirectory opened = DataDirectory.open(data);
        SqliteStateStore store = SqliteStateStore.open(opened)) {
      long start = System.nanoTime();
      while (System.nanoTime() - start < 2L * seconds * 1_000_000_000L) {
        StateBatch batch = new StateBatch();
        for (int i = 0; i < 1000; i++) {
          id++;
          Bytes key = Bytes.utf8(String.format("/registry/pods/default/pod-%08d", id));
          batch.records.add(
              new Record(id, 0, new KeyValue(key, Bytes.of(value), id + 1, id + 1, 1, 0)));
        }
        batch.revision = id + 1;
        batch.nextRecordId = id + 1;
        batch.applied = new LogPosition(1, id);
        batch.wallClocks.add(new StateBatch.WallClock(id + 1, id));
        long before = System.nanoTime();
        store.commit(batch);
        long after = System.nanoTime();
        nanos.add(after - before);
        if (id % 20_000 == 0) {
          store.sync();
          syncs.add(System.nanoTime() - after);
        }
      }
      double elapsed = (System.nanoTime() - start) / 1e9;
      print(
          "state, 1,000 records a commit: %,.0f records/s with a sync each 20,000; commit %s;"
              + " sync %s; %,d MB",
          id / elapsed, percentiles(nanos), percentiles(syncs), store.sizeBytes() >> 20);

      long before = System.nanoTime();
      for (int i = 0; i < 100_000; i++) {
        store.read(1 + (long) (random.nextDouble() * id));
      }
      print("state, read by id: %.1f us", (System.nanoTime() - before) / 1e3 / 100_000);
      before = System.nanoTime();
      for (int i = 0; i < 1000; i++) {
        store.firstIdAtOrAfter(1 + (long) (random.nextDouble() * id));
      }
      print("state, first id of a revision: %.1f us", (System.nanoTime() - before) / 1e3 / 1000);
      long[] count = new long[1];
      before = System.nanoTime();
      store.forEach(put -> count[0]++);
      print("state, all %,d records: %,d ms", count[0], (System.nanoTime() - before) / 1_000_000);
      before = System.nanoTime();
      store.export(directory.resolve("export"));
      print("state, export: %,d ms", (System.nanoTime() - before) / 1_000_000);
      before = System.nanoTime();
      store.replaceWith(directory.resolve("export"));
      print("state, replace: %,d ms", (System.nanoTime() - before) / 1_000_000);
      StateBatch compaction = new StateBatch();
      for (long dead = 1; dead < 20_000; dead += 2) {
        compaction.deadRecords.add(dead);
      }
      compaction.revision = id + 1;
      compaction.nextRecordId = id + 1;
      before = System.nanoTime();
      store.commit(compaction);
      print("state, 10,000 dead records: %,d ms", (System.nanoTime() - before) / 1_000_000);
    }
    long before = System.nanoTime();
    try (DataDirectory opened = DataDirectory.open(data);
        SqliteStateStore store = SqliteStateStore.open(opened)) {
      print("state, opening: %,d ms", (System.nanoTime() - before) / 1_000_000);
    }
  }

  private static String percentiles(List<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    if (sorted.length == 0) {
      return "-";
    }
    return String.format(
        Locale.ROOT,
        "p50 %,d us, p99 %,d us, max %,d us",
        sorted[sorted.length / 2] / 1000,
        sorted[sorted.length * 99 / 100] / 1000,
        Arrays.stream(sorted).max().orElse(0) / 1000);
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
