package io.quorate.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.apply.DamagedStateException;
import io.quorate.apply.StateBatch;
import io.quorate.apply.StateStore;
import io.quorate.apply.StateStoreContract;
import io.quorate.command.Bytes;
import io.quorate.command.FeatureLevel;
import io.quorate.command.KeyValue;
import io.quorate.mvcc.Record;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStateStoreTest extends StateStoreContract {
  private final Path temporary;
  private final Map<String, TestDirectory> disks = new HashMap<>();

  SqliteStateStoreTest(@TempDir Path temporary) {
    super(temporary);
    this.temporary = temporary;
  }

  @Override
  protected StateStore open(String name) throws IOException {
    return SqliteStateStore.open(disk(name).open());
  }

  @Override
  protected void crash(String name, StateStore open) throws IOException {
    disk(name).crash(open::close);
  }

  @AfterEach
  void closeDirectories() throws IOException {
    for (TestDirectory disk : disks.values()) {
      disk.close();
    }
  }

  @Test
  void filesAndExportsAreForTheOwnerAlone() throws IOException {
    store("a").commit(puts(1, 10, 1));
    Path export = temporary.resolve("export");
    store("a").export(export);
    for (Path file :
        List.of(
            disk("a").member("state.db"),
            disk("a").member("state.db-wal"),
            disk("a").member("state.db-shm"),
            export)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .as(file.toString())
          .isEqualTo("rw-------");
    }
  }

  /** A copy of the directory after each step, as a crash there would leave it. */
  @Test
  void aCrashAtAnyStepOfAReplacementLeavesTheOldOrTheNewContent() throws IOException {
    store("new").commit(puts(1, 300, 9));
    Path export = temporary.resolve("export");
    store("new").export(export);

    TestDirectory disk = disk("old");
    Map<String, Path> crashed = new HashMap<>();
    try (SqliteStateStore old =
        SqliteStateStore.open(
            disk.open(),
            step -> {
              Path copy = temporary.resolve("crashed " + step);
              crashed.put(step, copy);
              copyOf(disk, copy);
            })) {
      old.commit(puts(1, 5, 1));
      old.sync();
      old.commit(puts(6, 7, 2));
      old.replaceWith(export);
      assertThat(old.scan(0, 1000)).hasSize(300);
    }

    assertThat(crashed.keySet())
        .containsExactlyInAnyOrder("moved beside", "wal emptied", "closed", "renamed");
    for (Map.Entry<String, Path> step : crashed.entrySet()) {
      boolean renamed = step.getKey().equals("renamed");
      try (DataDirectory directory = DataDirectory.open(step.getValue());
          SqliteStateStore found = SqliteStateStore.open(directory)) {
        assertThat(found.load().applied().index()).as(step.getKey()).isEqualTo(renamed ? 9 : 2);
        assertThat(found.scan(0, 1000)).as(step.getKey()).hasSize(renamed ? 300 : 7);
        assertThat(directory.memberDirectory().resolve("state.db.new")).doesNotExist();
        found.commit(puts(301, 302, 10));
      }
    }
  }

  @Test
  void aStoreThatWasHalfCreatedIsCreatedAgain() throws IOException {
    disk("a").open();
    Files.writeString(disk("a").member("state.db.new"), "half");
    assertThat(store("a").load().revision()).isEqualTo(1);
    assertThat(disk("a").member("state.db.new")).doesNotExist();
  }

  /** Not in the WAL alone: a release that does not know the level looks at the header. */
  @Test
  void theHeaderOfTheFileSaysAtOnceThatTheFeatureLevelHasRisen() throws IOException {
    Path file = disk("a").member("state.db");
    store("a").commit(puts(1, 3, 1));
    assertThat(format(file)).isEqualTo(StateSchema.OLDEST_FORMAT);
    StateBatch raised = puts(4, 4, 2);
    raised.featureLevel = FeatureLevel.NEWEST;
    store("a").commit(raised);
    assertThat(format(file)).isEqualTo(StateSchema.formatAt(FeatureLevel.NEWEST));
    crash("a");
    assertThat(store("a").load().featureLevel()).isEqualTo(FeatureLevel.NEWEST);
  }

  @Test
  void freeSpaceIsGivenBackSliceBySlice() throws Exception {
    StateStore store = store("a");
    StateBatch raised = puts(1, 3_000, 1);
    raised.featureLevel = FeatureLevel.AUTH;
    store.commit(raised);
    StateBatch deletes = emptied(3_000, 2);
    store.commit(deletes);
    long free = store.freeBytes();
    assertThat(free).isGreaterThan(store.sizeInUseBytes());

    long given = store.vacuum(64 << 10, 0);
    assertThat(given).isBetween(1L, 64L << 10);
    assertThat(store.freeBytes()).isEqualTo(free - given);
    crash("a");

    store = store("a");
    while (store.freeBytes() > 0) {
      assertThat(store.vacuum(64 << 10, 0)).isPositive();
    }
    assertThat(store.vacuum(64 << 10, 0)).isZero();
    assertThat(store.sizeBytes()).isEqualTo(store.sizeInUseBytes());
    assertThat(store.scan(0, 5_000)).hasSize(100);
    crash("a");
    assertThat(store("a").scan(0, 5_000)).hasSize(100);
  }

  /** A reader keeps the WAL from being emptied: space is given back once it has ended. */
  @Test
  void aReaderInTheMiddleIsNotWaitedFor() throws Exception {
    StateStore store = store("a");
    StateBatch raised = puts(1, 3_000, 1);
    raised.featureLevel = FeatureLevel.AUTH;
    store.commit(raised);
    List<Long> seen = new ArrayList<>();
    store.forEach(
        record -> {
          if (seen.isEmpty()) {
            giveAllBack(store);
          }
          seen.add(record.id());
        });
    assertThat(seen).hasSize(3_000);
    assertThat(store.sizeBytes()).isGreaterThan(2 * store.sizeInUseBytes());
    store.sync();
    StateBatch more = puts(3_001, 3_001, 3);
    more.featureLevel = FeatureLevel.AUTH;
    store.commit(more);
    store.sync();
    assertThat(Files.size(disk("a").member("state.db"))).isEqualTo(store.sizeInUseBytes());
  }

  private void giveAllBack(StateStore store) {
    try {
      store.commit(emptied(3_000, 2));
      while (store.freeBytes() > 0) {
        assertThat(store.vacuum(64 << 10, 0)).isPositive();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes all but the first hundred. */
  private StateBatch emptied(long last, long index) {
    StateBatch deletes = puts(last + 1, last, index);
    deletes.featureLevel = FeatureLevel.AUTH;
    for (long id = 101; id <= last; id++) {
      deletes.deadRecords.add(id);
    }
    return deletes;
  }

  /** As the release that did not know of it left the file: large, and the level had risen. */
  @Test
  void aFileThatCannotBeShortenedIsWrittenAnewAtTheNextStart() throws Exception {
    StateBatch raised = puts(1, 3_000, 1);
    raised.featureLevel = FeatureLevel.AUTH;
    store("a").commit(raised);
    store("a").close();
    crash("a");
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + disk("a").member("state.db"));
        Statement statement = connection.createStatement()) {
      int unused = statement.executeUpdate("PRAGMA auto_vacuum = NONE; VACUUM");
    }
    assertThat(lastRootPage(disk("a").member("state.db"))).isZero();

    StateStore store = store("a");
    store.commit(emptied(3_000, 2));
    assertThat(store.freeBytes()).isPositive();
    assertThat(disk("a").member("state.db.anew")).doesNotExist();
    assertThat(store.scan(0, 5_000)).hasSize(100);
  }

  /** An older release takes a file that can be shortened for a damaged one. */
  @Test
  void belowTheLevelNeitherFileNorCopyCanBeShortened() throws IOException {
    StateBatch before = puts(1, 300, 1);
    before.featureLevel = FeatureLevel.CALLERS;
    store("a").commit(before);
    assertThat(store("a").freeBytes()).isZero();
    Path old = temporary.resolve("old");
    store("a").export(old);
    assertThat(lastRootPage(old)).isZero();

    StateBatch raised = puts(301, 301, 2);
    raised.featureLevel = FeatureLevel.AUTH;
    store("a").commit(raised);
    Path copy = temporary.resolve("new");
    store("a").export(copy);
    assertThat(lastRootPage(copy)).isEqualTo(11);
  }

  private static int lastRootPage(Path file) throws IOException {
    FileHeader header = FileHeader.read(file);
    return header == null ? -1 : header.lastRootPage();
  }

  private static int format(Path file) throws IOException {
    FileHeader header = FileHeader.read(file);
    return header == null ? 0 : header.userVersion();
  }

  @Test
  void aForeignOrNewerOrBrokenFileIsNamedAndLeftAsItIs() throws Exception {
    store("a").commit(puts(1, 2000, 1));
    store("a").close();
    crash("a");
    TestDirectory disk = disk("a");
    disk.open();
    byte[] good = Files.readAllBytes(disk.member("state.db"));

    disk.sql("state.db", "PRAGMA user_version = 5");
    assertRefused("state.db: format version is 5, this version knows 2 to 4: ");
    disk.sql("state.db", "PRAGMA user_version = 3");
    assertRefused("header: format version is 3, which does not fit feature level 1");

    Files.write(disk.member("state.db"), good);
    disk.sql("state.db", "PRAGMA application_id = 77");
    assertRefused("state.db: application id is 0000004d, expected 51725374");

    Files.writeString(disk.member("state.db"), "not a database");
    assertRefused("state.db: not a SQLite database (14 bytes long)");

    Files.write(disk.member("state.db"), new byte[0]);
    assertRefused("state.db: not a SQLite database (0 bytes long)");

    Files.write(disk.member("state.db"), good);
    try (RandomAccessFile file = new RandomAccessFile(disk.member("state.db").toFile(), "rw")) {
      byte[] garbage = new byte[5000];
      new Random(1).nextBytes(garbage);
      file.seek(file.length() / 2);
      file.write(garbage);
    }
    assertRefused("state.db: damaged: ");

    Files.write(disk.member("state.db"), Arrays.copyOf(good, good.length / 2));
    assertRefused("state.db: ");

    Files.write(disk.member("state.db"), good);
    disk.sql("state.db", "UPDATE meta SET value = 1500 WHERE key = 'next_record_id'");
    assertRefused("state.db: meta: crc is '");

    Files.write(disk.member("state.db"), good);
    disk.sql("state.db", "UPDATE meta SET value = 'some' WHERE key = 'conf_state'");
    assertRefused("state.db: meta: conf_state: not a configuration: some");

    Files.write(disk.member("state.db"), good);
    assertThat(store("a").scan(0, 5000)).hasSize(2000);
  }

  @Test
  void noCopyIsMadeOfADamagedStoreAndItSaysSo() throws Exception {
    StateStore store = store("a");
    store.commit(puts(1, 2000, 1));
    store.sync();
    disk("a").sql("state.db", "UPDATE record SET value = 'other' WHERE id = 1000");
    Path export = temporary.resolve("export");
    assertThatThrownBy(() -> store.export(export))
        .isInstanceOf(DamagedStateException.class)
        .hasMessageContaining("record 1000");
    assertThat(export).doesNotExist();
  }

  @Test
  void aFailedCommitStopsTheStoreAndNothingOfItIsThereAfterwards() throws Exception {
    StateStore store = store("a");
    store.commit(puts(1, 3, 1));
    disk("a")
        .sql(
            "state.db",
            "CREATE TRIGGER full BEFORE INSERT ON record WHEN new.id = 80"
                + " BEGIN SELECT raise(FAIL, 'disk is full'); END");
    assertThatThrownBy(() -> store.commit(puts(4, 90, 2)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("state.db: a commit failed: ")
        .hasMessageContaining("disk is full");
    assertThatThrownBy(() -> store.commit(puts(4, 5, 2)))
        .hasMessageContaining("stopped after an earlier failure");
    assertThatThrownBy(store::sync).isInstanceOf(IOException.class);
    crash("a");
    assertThat(store("a").load().applied()).isEqualTo(new LogPosition(1, 1));
    assertThat(store("a").scan(0, 100)).hasSize(3);
  }

  @Test
  void anOpenReaderNeitherStopsCommitsNorSync() throws IOException {
    store("a").commit(puts(1, 100, 1));
    boolean[] written = new boolean[1];
    store("a")
        .forEach(
            put -> {
              if (!written[0]) {
                written[0] = true;
                commitAndSync();
              }
              assertThat(put.id()).isLessThanOrEqualTo(100);
            });
    assertThat(store("a").synced()).isEqualTo(new LogPosition(1, 2));
    assertThat(store("a").scan(0, 1000)).hasSize(200);
  }

  @Test
  void theViewsShowStateAndHistoryToPeople() throws Exception {
    StateBatch batch = new StateBatch();
    batch.records.add(record(1, 2, 2, 1, "a", "one"));
    batch.records.add(record(2, 3, 3, 1, "b", "two"));
    batch.records.add(record(3, 4, 2, 2, "a", "three"));
    batch.records.add(new Record(4, 0, KeyValue.tombstone(Bytes.utf8("b"), 5)));
    batch.wallClocks.add(new StateBatch.WallClock(3, 1_700_000_000_000L));
    batch.wallClocks.add(new StateBatch.WallClock(5, 1_700_000_001_500L));
    batch.revision = 5;
    batch.nextRecordId = 5;
    batch.compactRevision = 3;
    batch.applied = new LogPosition(1, 2);
    store("a").commit(batch);
    TestDirectory disk = disk("a");
    assertThat(disk.sql("state.db", "SELECT * FROM kv_current"))
        .containsExactly("a|three|2|4|2|0|61|7468726565");
    assertThat(disk.sql("state.db", "SELECT revision, type, key, value, time FROM history"))
        .containsExactly(
            "2|put|a|one|null",
            "3|put|b|two|2023-11-14T22:13:20.000Z",
            "4|put|a|three|2023-11-14T22:13:21.500Z",
            "5|delete|b||2023-11-14T22:13:21.500Z");
  }

  @Test
  void clocksOfCompactedRevisionsAreForgotten() throws Exception {
    StateBatch batch = puts(1, 20, 1);
    for (long revision = 2; revision <= 21; revision++) {
      batch.wallClocks.add(new StateBatch.WallClock(revision, revision));
    }
    batch.compactRevision = 15;
    store("a").commit(batch);
    assertThat(disk("a").sql("state.db", "SELECT min(revision), count(*) FROM wall_clock"))
        .containsExactly("15|7");
  }

  private TestDirectory disk(String name) {
    return disks.computeIfAbsent(name, key -> new TestDirectory(temporary.resolve(key)));
  }

  private void commitAndSync() {
    try {
      store("a").commit(puts(101, 200, 2));
      assertThat(store("a").sync()).isEqualTo(new LogPosition(1, 2));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void assertRefused(String reason) throws IOException {
    Path file = disk("a").member("state.db");
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> open("a"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(reason)
        .message()
        .doesNotContain("\n");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  private static void copyOf(TestDirectory disk, Path to) {
    try {
      TestDirectory.copy(disk.member(""), to.resolve("member"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Record record(
      long id, long main, long create, long version, String key, String value) {
    return new Record(
        id, 0, new KeyValue(Bytes.utf8(key), Bytes.utf8(value), create, main, version, 0));
  }
}
