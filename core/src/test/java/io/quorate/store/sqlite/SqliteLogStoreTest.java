package io.quorate.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.node.LogStore;
import io.quorate.node.LogStore.Damaged;
import io.quorate.node.LogStore.Existing;
import io.quorate.node.LogStore.Recovered;
import io.quorate.node.LogStoreContract;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteLogStoreTest extends LogStoreContract {
  private final TestDirectory disk;

  SqliteLogStoreTest(@TempDir Path temporary) {
    disk = new TestDirectory(temporary);
  }

  @Override
  protected LogStore open() throws IOException {
    return new SqliteLogStore(disk.open());
  }

  @Override
  protected void crash(LogStore open) throws IOException {
    disk.crash(open::close);
  }

  @AfterEach
  void closeDirectory() throws IOException {
    disk.close();
  }

  @Test
  void filesAreForTheOwnerAlone() throws IOException {
    createdStore().write(List.of(entries(1, 1, 1)));
    for (String name :
        List.of("log.db", "log.db-wal", "log.db-shm", "log.synced", "lock", "format")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(disk.member(name))))
          .as(name)
          .isEqualTo("rw-------");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(disk.member(""))))
        .isEqualTo("rwx------");
  }

  @Test
  void aLogThatWasHalfCreatedIsFresh() throws IOException {
    disk.open();
    Files.writeString(disk.member("log.db.new"), "half");
    Files.writeString(disk.member("log.db.new-wal"), "half");
    createdStore();
    assertThat(disk.member("log.db.new")).doesNotExist();
    assertThat(disk.member("log.db.new-wal")).doesNotExist();
  }

  @Test
  void aChangedRowIsDamage() throws Exception {
    writeThenClose();
    disk.sql("log.db", "UPDATE entry SET data = x'00' WHERE idx = 17");
    assertDamaged("log.db: entry 17: checksum of the row is ");
  }

  @Test
  void aRowWithAnotherTermOrKindIsDamage() throws Exception {
    writeThenClose();
    disk.sql("log.db", "UPDATE entry SET term = 2 WHERE idx = 30");
    assertDamaged("log.db: entry 30: checksum of the row is ");
    disk.sql("log.db", "UPDATE entry SET term = 1, kind = 2 WHERE idx = 30");
    assertDamaged("log.db: entry 30: checksum of the row is ");
  }

  @Test
  void aMissingRowIsDamage() throws Exception {
    writeThenClose();
    disk.sql("log.db", "DELETE FROM entry WHERE idx = 17");
    assertDamaged("log.db: entry 17: the row is missing, the next is 18");
  }

  @Test
  void aMissingEndIsDamage() throws Exception {
    writeThenClose();
    disk.sql("log.db", "DELETE FROM entry WHERE idx > 28");
    assertDamaged("log.db: entry: the log ends at index 28 of term 1, but index 30 of term 1");
  }

  @Test
  void aChangedVoteIsDamage() throws Exception {
    writeThenClose();
    disk.sql("log.db", "UPDATE log_state SET vote = 2");
    assertDamaged("log.db: log_state: checksum of the row is ");
  }

  @Test
  void aChangedIdentityIsDamage() throws Exception {
    writeThenClose();
    disk.sql("log.db", "UPDATE identity SET member_id = 8");
    assertDamaged("log.db: identity: checksum of the row is ");
  }

  @Test
  void aMissingTableIsDamage() throws Exception {
    writeThenClose();
    disk.sql("log.db", "DROP TABLE identity");
    assertDamaged("log.db: damaged: the definition of table identity is not as it was made");
  }

  @Test
  void aNewerFormatIsNamedWithTheOneThatIsKnown() throws Exception {
    writeThenClose();
    disk.sql("log.db", "PRAGMA user_version = 9");
    assertRefused("log.db: format version is 9, this version knows 2: ");
  }

  @Test
  void aDatabaseOfAnotherApplicationIsRefused() throws Exception {
    writeThenClose();
    disk.sql("log.db", "PRAGMA application_id = 1");
    assertRefused("log.db: application id is 00000001, expected 51724c67");
  }

  @Test
  void aFileThatIsNoDatabaseIsRefusedAndLeftAlone() throws Exception {
    writeThenClose();
    Files.writeString(disk.member("log.db"), "hello");
    assertDamaged("log.db: not a SQLite database (5 bytes long)");
    assertThat(disk.member("log.db")).hasContent("hello");
  }

  @Test
  void anOverwrittenPageIsDamage() throws Exception {
    writeThenClose();
    try (RandomAccessFile file = new RandomAccessFile(disk.member("log.db").toFile(), "rw")) {
      byte[] garbage = new byte[(int) file.length() - 4096];
      new Random(1).nextBytes(garbage);
      file.seek(4096);
      file.write(garbage);
    }
    assertDamaged("log.db: ");
  }

  @Test
  void aWriteAheadLogWithoutItsDatabaseIsDamage() throws Exception {
    createdStore().write(List.of(entries(1, 1, 3)));
    disk.crash(() -> {});
    Files.delete(disk.member("log.db"));
    assertDamaged("log.db: the file is missing, but log.db-wal is there");
  }

  @Test
  void aFailedWriteStopsTheStoreAndNothingOfItIsThereAfterwards() throws Exception {
    LogStore store = createdStore();
    store.write(List.of(entries(1, 1, 3)));
    disk.sql(
        "log.db",
        "CREATE TRIGGER full BEFORE INSERT ON entry WHEN new.idx = 80"
            + " BEGIN SELECT raise(FAIL, 'disk is full'); END");
    assertThatThrownBy(() -> store.write(List.of(entries(1, 4, 90))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("log.db: writing 87 entries up to index 90 failed: ")
        .hasMessageContaining("disk is full");
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> store.write(List.of(entries(1, 4, 4))))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("stopped after an earlier failure");
    }
    assertThatThrownBy(store::maintain).isInstanceOf(IOException.class);
    assertThat(positions(recoverAfterCrash())).containsExactly("1/1", "1/2", "1/3");
  }

  @Test
  void noFlippedBitInTheWriteAheadLogPassesUnnoticed() throws Exception {
    Path crashed = crashedStoreWithWrites(12);
    byte[] wal = Files.readAllBytes(crashed.resolve("log.db-wal"));
    for (byte[] flipped : flippedInEachFrame(wal)) {
      Recovered found = recoverWith(crashed, flipped);
      assertThat(found).isInstanceOf(Damaged.class);
      assertThat(((Damaged) found).what()).contains("log.db-wal: ");
    }
  }

  /** The mark of the last sync is not synced itself, so it can be an older one then. */
  @Test
  void afterAPowerCutNoFlippedBitLosesMoreThanTheLastWriteUnnoticed() throws Exception {
    Path crashed = crashedStoreWithWrites(12);
    forgetSyncs(crashed);
    byte[] wal = Files.readAllBytes(crashed.resolve("log.db-wal"));
    int frameBytes = frameBytes(wal);
    int lastTransaction = lastTransactionStart(wal, frameBytes, (wal.length - 32) / frameBytes);
    int number = 0;
    for (byte[] flipped : flippedInEachFrame(wal)) {
      Recovered found = recoverWith(crashed, flipped);
      int frame = number++ / 2;
      if (frame < lastTransaction) {
        assertThat(found).as("frame %d", frame).isInstanceOf(Damaged.class);
        assertThat(((Damaged) found).what())
            .contains("log.db-wal: frame " + (frame + 1) + " is damaged, and ");
      } else {
        assertThat(((Existing) found).entries()).as("frame %d", frame).hasSize(11 * 5);
      }
    }
  }

  @Test
  void aWriteAheadLogThatIsGoneIsDamage() throws Exception {
    Path crashed = crashedStoreWithWrites(3);
    Recovered found = recoverWith(crashed, new byte[0]);
    assertThat(((Damaged) found).what())
        .contains("log.db-wal: the end is damaged or missing: commit 3 had been synced");
  }

  @Test
  void aMarkOfTheLastSyncThatIsGoneOrChangedIsDamage() throws Exception {
    writeThenClose();
    byte[] mark = Files.readAllBytes(disk.member("log.synced"));
    for (int bit = 0; bit < mark.length * 8; bit++) {
      byte[] flipped = mark.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(disk.member("log.synced"), flipped);
      assertDamaged("log.synced: damaged: ");
    }
    Files.delete(disk.member("log.synced"));
    assertDamaged("log.synced: the file is missing");
  }

  @Test
  void aLogThatIsGoneWhileItsMarkIsThereIsDamage() throws Exception {
    writeThenClose();
    Files.delete(disk.member("log.db"));
    assertDamaged("log.db: the file is missing, but log.synced is there");
  }

  @Test
  void aFlippedBitInTheHeaderOfTheWriteAheadLogIsDamage() throws Exception {
    Path crashed = crashedStoreWithWrites(3);
    byte[] wal = Files.readAllBytes(crashed.resolve("log.db-wal"));
    for (int offset = 0; offset < 32; offset++) {
      byte[] flipped = wal.clone();
      flipped[offset] ^= 4;
      assertThat(recoverWith(crashed, flipped))
          .as("byte %d", offset)
          .asString()
          .contains(walOf(crashed) + ": header is damaged, and frames follow it; ");
    }
  }

  @Test
  void aTornEndOfTheWriteAheadLogLosesOnlyWhatWasTorn() throws Exception {
    Path crashed = crashedStoreWithWrites(6);
    forgetSyncs(crashed);
    byte[] wal = Files.readAllBytes(crashed.resolve("log.db-wal"));
    int before = -1;
    for (int length = 0; length <= wal.length; length += 509) {
      byte[] torn = Arrays.copyOf(wal, length);
      Existing found = (Existing) recoverWith(crashed, torn);
      assertThat(found.entries().size() % 5).isZero();
      assertThat(found.entries().size()).isGreaterThanOrEqualTo(before);
      before = found.entries().size();
    }
    assertThat(before).isGreaterThanOrEqualTo(5 * 5);
  }

  @Test
  void aLastTransactionWhosePartsArrivedOutOfOrderIsATornEnd() throws Exception {
    Path crashed = crashedStoreWithWrites(6);
    forgetSyncs(crashed);
    byte[] wal = Files.readAllBytes(crashed.resolve("log.db-wal"));
    int frameBytes = 24 + ByteBuffer.wrap(wal).getInt(8);
    int first = lastTransactionStart(wal, frameBytes, (wal.length - 32) / frameBytes);
    Arrays.fill(wal, 32 + first * frameBytes, 32 + first * frameBytes + frameBytes, (byte) 0);
    assertThat(((Existing) recoverWith(crashed, wal)).entries()).hasSize(5 * 5);
  }

  @Test
  void theViewsShowTheLogToPeople() throws Exception {
    writeThenClose();
    assertThat(disk.sql("log.db", "SELECT cluster, member, last_index FROM summary"))
        .containsExactly("fedcba9876543210|7|30");
    assertThat(disk.sql("log.db", "SELECT idx, term, kind, bytes FROM log WHERE idx = 3"))
        .containsExactly("3|1|normal|17");
  }

  @Test
  void anSqliteThatCanCorruptAWriteAheadLogIsRefused() throws SQLException {
    for (String version : List.of("3.51.3", "3.52.0", "4.0", "3.54.1")) {
      Database.requireSoundSqlite(version);
    }
    for (String version : List.of("3.51.2", "3.7.0", "2.99.99", "3.51")) {
      assertThatThrownBy(() -> Database.requireSoundSqlite(version)).hasMessageContaining(version);
    }
  }

  private void writeThenClose() throws IOException {
    LogStore store = createdStore();
    store.write(List.of(entries(1, 1, 30)));
    store.close();
  }

  private void assertRefused(String why) throws IOException {
    try (LogStore store = new SqliteLogStore(disk.open())) {
      assertThatThrownBy(store::recover)
          .isInstanceOf(StoreException.class)
          .isNotInstanceOf(DamagedException.class)
          .hasMessageContaining(why);
    }
  }

  private void assertDamaged(String what) throws IOException {
    try (LogStore store = new SqliteLogStore(disk.open())) {
      Recovered found = store.recover();
      assertThat(found).isInstanceOf(Damaged.class);
      assertThat(((Damaged) found).what()).contains(what).doesNotContain("\n");
      assertThatThrownBy(() -> store.write(List.of(entries(1, 31, 31))))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> store.create(IDENTITY)).isInstanceOf(IllegalStateException.class);
    }
  }

  /** Copies of the files of a store that wrote 5 entries {@code writes} times and was killed. */
  private Path crashedStoreWithWrites(int writes) throws IOException {
    LogStore store = createdStore();
    for (int i = 0; i < writes; i++) {
      store.write(List.of(entries(1, i * 5L + 1, i * 5L + 5)));
    }
    disk.crash(store::close);
    return disk.root().resolve("member");
  }

  private static Path walOf(Path member) {
    return member.resolveSibling("again").resolve("member").resolve("log.db-wal");
  }

  private static Recovered recoverWith(Path crashed, byte[] wal) throws IOException {
    Path again = crashed.resolveSibling("again");
    TestDirectory.copy(crashed, again.resolve("member"));
    Files.write(walOf(crashed), wal);
    try (DataDirectory directory = DataDirectory.open(again);
        LogStore store = new SqliteLogStore(directory)) {
      return store.recover();
    } finally {
      TestDirectory.delete(again);
    }
  }

  /** As a power cut may leave it: it is not synced once it was made. */
  private static void forgetSyncs(Path member) throws IOException {
    SyncMark.open(member.resolve("log.synced"), 0).close();
  }

  /** Two copies a frame, with one bit changed in its header and in its page. */
  private static List<byte[]> flippedInEachFrame(byte[] wal) {
    Random random = new Random(42);
    List<byte[]> copies = new ArrayList<>();
    for (int frame = 32; frame < wal.length; frame += frameBytes(wal)) {
      for (int offset : new int[] {random.nextInt(24), 24 + random.nextInt(4096)}) {
        byte[] flipped = wal.clone();
        flipped[frame + offset] ^= (byte) (1 << random.nextInt(8));
        copies.add(flipped);
      }
    }
    return copies;
  }

  private static int frameBytes(byte[] wal) {
    return 24 + ByteBuffer.wrap(wal).getInt(8);
  }

  private static int lastTransactionStart(byte[] wal, int frameBytes, int frames) {
    for (int frame = frames - 2; frame >= 0; frame--) {
      if (ByteBuffer.wrap(wal).getInt(32 + frame * frameBytes + 4) != 0) {
        return frame + 1;
      }
    }
    return 0;
  }
}
