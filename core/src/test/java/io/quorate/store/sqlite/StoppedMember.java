package io.quorate.store.sqlite;

import io.quorate.apply.StateBatch;
import io.quorate.apply.StateBatch.AlarmKey;
import io.quorate.apply.StateBatch.WallClock;
import io.quorate.apply.StateStore.Loaded;
import io.quorate.command.Bytes;
import io.quorate.command.Command.AlarmType;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.mvcc.Record;
import io.quorate.node.LogStore.Existing;
import io.quorate.node.LogStore.Identity;
import io.quorate.node.LogStore.Write;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The files of a member that was stopped, with all that can be in them: interior, leaf, overflow
 * and free pages, every table; and if it was killed, commits in both WALs, some of which have been
 * moved into the file already. And what a start must find in them.
 */
final class StoppedMember {
  private static final int BIG_BYTES = 13_000;

  private final Map<String, byte[]> files = new LinkedHashMap<>();

  /** What the state held after each commit of its last life, by applied index, and before. */
  private final Map<Long, Content> states = new LinkedHashMap<>();

  private final Random random = new Random(7);
  private final Path root;
  private final boolean killed;
  private Existing log =
      new Existing(new Identity(77, 7), HardState.EMPTY, LogPosition.ZERO, List.of());
  private long nextId = 1;
  private long applied;

  /** All that a state database holds. */
  record Content(Loaded loaded, List<Record> records, String wallClocks) {}

  /**
   * Writes and stops.
   *
   * @param killed else it was closed, and there is no WAL any more
   */
  StoppedMember(Path root, boolean killed) throws IOException {
    this.root = root;
    this.killed = killed;
    try (DataDirectory directory = DataDirectory.open(root)) {
      writeLog(directory);
      writeState(directory);
    }
  }

  Path root() {
    return root;
  }

  /** What a start must find in the log. */
  Existing log() {
    return log;
  }

  /** What a start must find in the state. */
  Content state() {
    return stateAfter(applied);
  }

  /** What the state held when it was written up to this index. */
  Content stateAfter(long index) {
    return Objects.requireNonNull(states.get(index), () -> "no commit ended at " + index);
  }

  byte[] file(String name) {
    return Objects.requireNonNull(files.get(name), name);
  }

  /** Puts the files back as they were, but for the one that has a new content. */
  void restore(String name, byte[] content) throws IOException {
    Path member = root.resolve("member");
    try (Stream<Path> found = Files.list(member)) {
      for (Path file : found.toList()) {
        if (!files.containsKey(file.getFileName().toString())) {
          Files.delete(file);
        }
      }
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      boolean isChanged = file.getKey().equals(name);
      Files.write(member.resolve(file.getKey()), isChanged ? content : file.getValue());
    }
  }

  /** Reads everything back. */
  static Content read(SqliteStateStore store, Path file) throws IOException {
    try (Database database = Database.openForReading(file)) {
      return new Content(
          store.load(),
          store.scan(Long.MIN_VALUE, Integer.MAX_VALUE),
          database.queryText("SELECT group_concat(revision || ':' || millis) FROM wall_clock"));
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }

  private void keep(DataDirectory directory, String... names) throws IOException {
    for (String name : names) {
      files.put(name, Files.readAllBytes(directory.memberDirectory().resolve(name)));
    }
  }

  private void writeLog(DataDirectory directory) throws IOException {
    List<Entry> entries = new ArrayList<>();
    LogPosition start = new LogPosition(1, 120);
    try (SqliteLogStore store = new SqliteLogStore(directory)) {
      store.recover();
      store.create(log.identity());
      for (int write = 0; write < 30; write++) {
        store.write(
            List.of(new Write(new HardState(2, 7, entries.size()), more(entries, 10), null)));
      }
      store.truncatePrefix(new LogPosition(1, 120));
    }
    try (SqliteLogStore store = new SqliteLogStore(directory)) {
      store.recover();
      store.truncatePrefix(start);
      HardState hard = HardState.EMPTY;
      for (int write = 0; write < 12; write++) {
        hard = new HardState(3 + write / 4, 7, entries.size());
        store.write(List.of(new Write(hard, more(entries, 3), null)));
      }
      if (killed) {
        keep(directory, "log.db", "log.db-wal", "log.db-shm");
      }
      log =
          new Existing(
              log.identity(), hard, start, List.copyOf(entries.subList(120, entries.size())));
    }
    keep(directory, "format", "lock", "log.synced");
    if (!killed) {
      keep(directory, "log.db");
    }
  }

  private List<Entry> more(List<Entry> entries, int count) {
    for (int i = 0; i < count; i++) {
      byte[] data = new byte[entries.size() == 200 ? BIG_BYTES : 10 + random.nextInt(200)];
      random.nextBytes(data);
      Entry.Kind kind = entries.size() % 50 == 3 ? Entry.Kind.CONF_CHANGE : Entry.Kind.NORMAL;
      entries.add(new Entry(new LogPosition(1, entries.size() + 1L), kind, data));
    }
    return entries.subList(entries.size() - count, entries.size());
  }

  private void writeState(DataDirectory directory) throws IOException {
    Path file = directory.stateFile();
    try (SqliteStateStore store = SqliteStateStore.open(directory)) {
      StateBatch first = batch(300);
      for (long lease = -20; lease < 20; lease++) {
        first.leases.put(lease * 1_000_003, Optional.of(lease + 60));
      }
      for (long member : new long[] {1, 2, -3}) {
        List<String> urls = List.of("http://h" + member + ":2380");
        first.members.put(member, Optional.of(new Member(member, "m" + member, urls, urls, false)));
      }
      first.members.put(9L, Optional.empty());
      first.alarms.put(new AlarmKey(1, AlarmType.NOSPACE), true);
      store.commit(first);
      StateBatch compaction = batch(5);
      for (long dead = 2; dead < 160; dead++) { // leaves whole pages free
        compaction.deadRecords.add(dead);
      }
      compaction.compactRevision = 30;
      store.commit(compaction);
    }
    try (SqliteStateStore store = SqliteStateStore.open(directory)) {
      states.put(applied, read(store, file));
      for (int i = 0; i < 8; i++) {
        commit(store, file);
      }
      store.forEach(
          record -> { // while somebody reads, the WAL goes on behind what is in the file already
            if (record.id() == 1) {
              syncAndGoOn(store, file);
            }
          });
      if (killed) {
        keep(directory, "state.db", "state.db-wal", "state.db-shm");
      }
    }
    if (!killed) {
      keep(directory, "state.db");
    }
  }

  private void syncAndGoOn(SqliteStateStore store, Path file) {
    try {
      store.sync();
      for (int i = 0; i < 4; i++) {
        commit(store, file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void commit(SqliteStateStore store, Path file) throws IOException {
    StateBatch batch = batch(4);
    batch.compactRevision = 30;
    batch.deadRecords.add(161 + 11 * applied); // in another page than that of the last commit
    batch.leases.put(1_000_003L * applied, Optional.of(100 + applied));
    batch.members.put(9 + applied, Optional.empty());
    store.commit(batch);
    states.put(applied, read(store, file));
  }

  private StateBatch batch(int records) {
    StateBatch batch = new StateBatch();
    for (int i = 0; i < records; i++) {
      byte[] value = new byte[nextId == 250 ? BIG_BYTES : random.nextInt(150)];
      random.nextBytes(value);
      Bytes key = Bytes.utf8("key/" + nextId % 90);
      batch.records.add(
          new Record(nextId, 0, new KeyValue(key, Bytes.of(value), nextId, nextId + 1, 1, 0)));
      batch.wallClocks.add(new WallClock(nextId + 1, 1_700_000_000_000L + nextId));
      nextId++;
    }
    batch.revision = nextId;
    batch.nextRecordId = nextId;
    batch.conf = new ConfState(List.of(1L, 2L, -3L), List.of(), List.of(), List.of(), false);
    batch.applied = new LogPosition(1, ++applied);
    return batch;
  }

  /** A copy with one bit changed. */
  static byte[] flip(byte[] bytes, int offset, int bit) {
    byte[] flipped = Arrays.copyOf(bytes, bytes.length);
    flipped[offset] ^= (byte) (1 << bit);
    return flipped;
  }
}
