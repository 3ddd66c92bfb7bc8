package io.quorate.store.sqlite;

import io.quorate.node.LogStore.Existing;
import io.quorate.node.LogStore.Identity;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Tables, checksums and verification of {@code log.db}.
 *
 * <p>Every row carries a CRC32C. That finds changed rows; rows that went missing are found because
 * {@code log_state} says where the log begins and ends, and is written in the same transaction; and
 * transactions that went missing because {@link SyncMark} knows how many there have been.
 */
final class LogSchema {
  static final int APPLICATION_ID = 0x51724c67; // "QrLg"
  static final int FORMAT = 2;

  /** Measured: larger pages double the time of a commit of 128 entries and gain nothing for one. */
  private static final int PAGE_SIZE_BYTES = 4096;

  private static final int NORMAL = 1;
  private static final int CONF_CHANGE = 2;

  private static final String[] TABLES = {
    "CREATE TABLE entry (idx INTEGER PRIMARY KEY, term INTEGER NOT NULL, kind INTEGER NOT NULL,"
        + " crc INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE identity (id INTEGER PRIMARY KEY CHECK (id = 1), cluster_id INTEGER NOT NULL,"
        + " member_id INTEGER NOT NULL, crc INTEGER NOT NULL)",
    "CREATE TABLE log_state (id INTEGER PRIMARY KEY CHECK (id = 1), term INTEGER NOT NULL,"
        + " vote INTEGER NOT NULL, commit_index INTEGER NOT NULL, start_term INTEGER NOT NULL,"
        + " start_index INTEGER NOT NULL, last_term INTEGER NOT NULL, last_index INTEGER NOT NULL,"
        + " commits INTEGER NOT NULL, crc INTEGER NOT NULL)",
    "CREATE VIEW log AS SELECT idx, term,"
        + " CASE kind WHEN 1 THEN 'normal' WHEN 2 THEN 'conf_change' ELSE kind END AS kind,"
        + " length(data) AS bytes FROM entry WHERE idx > (SELECT start_index FROM log_state)"
        + " ORDER BY idx",
    "CREATE VIEW summary AS SELECT printf('%x', cluster_id) AS cluster,"
        + " printf('%x', member_id) AS member, term, printf('%x', vote) AS vote, commit_index,"
        + " start_term, start_index, last_term, last_index, commits FROM identity, log_state"
  };

  private LogSchema() {}

  /**
   * What is known of the log beside its entries.
   *
   * @param commits how many there have been since the log was made
   */
  record State(HardState hardState, LogPosition start, LogPosition last, long commits) {
    static final State EMPTY = new State(HardState.EMPTY, LogPosition.ZERO, LogPosition.ZERO, 0);

    /** As of after the next commit. */
    State committed() {
      return new State(hardState, start, last, commits + 1);
    }

    long crc() {
      return LogSchema.crc(
          hardState.term(),
          hardState.vote(),
          hardState.commit(),
          start.term(),
          start.index(),
          last.term(),
          last.index(),
          commits);
    }
  }

  /**
   * What a log was found to hold.
   *
   * @param commits as in {@link State}
   */
  record Found(Existing existing, long commits) {}

  /** Makes an empty log in an empty file. */
  static void create(Database database, Identity identity) throws SQLException {
    database.execute("PRAGMA page_size = " + PAGE_SIZE_BYTES);
    database.execute("PRAGMA journal_mode = WAL");
    database.execute("PRAGMA synchronous = FULL");
    database.beginImmediate();
    database.execute("PRAGMA application_id = " + APPLICATION_ID);
    database.execute("PRAGMA user_version = " + FORMAT);
    for (String table : TABLES) {
      database.execute(table);
    }
    try (PreparedStatement insert = database.prepare("INSERT INTO identity VALUES (1, ?, ?, ?)")) {
      insert.setLong(1, identity.clusterId());
      insert.setLong(2, identity.memberId());
      insert.setLong(3, crc(identity.clusterId(), identity.memberId()));
      insert.executeUpdate();
    }
    try (PreparedStatement insert =
        database.prepare("INSERT INTO log_state VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, ?)")) {
      insert.setLong(1, State.EMPTY.crc());
      insert.executeUpdate();
    }
    database.commit();
  }

  /**
   * Reads and checks all of it, without changing the file.
   *
   * @throws DamagedException if it is not what was written
   * @throws StoreException if it is not a log of this format
   */
  static Found read(Path file, Path syncMark) throws SQLException, IOException {
    FileHeader.require(file, APPLICATION_ID, FORMAT, FORMAT, PAGE_SIZE_BYTES)
        .requireVacuum(file, 0);
    String damage = WalAudit.findDamage(StoreFiles.sibling(file, "-wal"));
    if (damage != null) {
      throw new DamagedException(damage);
    }
    try (Database database = Database.openForReading(file)) {
      Soundness.require(file, database, List.of(TABLES));
      Identity identity = readIdentity(file, database);
      State state = readState(file, database);
      if (state.commits() > 0 || Files.exists(syncMark)) { // it is made after the log
        requireAllSynced(file, state, SyncMark.read(syncMark));
      }
      List<Entry> entries = readEntries(file, database, state);
      return new Found(
          new Existing(identity, state.hardState(), state.start(), entries), state.commits());
    }
  }

  private static void requireAllSynced(Path file, State found, long synced)
      throws DamagedException {
    if (found.commits() < synced) {
      throw new DamagedException(
          file
              + "-wal: the end is damaged or missing: commit "
              + synced
              + " had been synced, what is there ends with commit "
              + found.commits()
              + " (log index "
              + found.last().index()
              + ", term "
              + found.hardState().term()
              + ")");
    }
  }

  private static Identity readIdentity(Path file, Database database)
      throws SQLException, DamagedException {
    try (PreparedStatement select =
            database.prepare("SELECT cluster_id, member_id, crc FROM identity");
        ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        throw new DamagedException(file + ": identity: the row is missing");
      }
      Identity identity = new Identity(row.getLong(1), row.getLong(2));
      Soundness.requireCrc(
          file, "identity", crc(identity.clusterId(), identity.memberId()), row.getLong(3));
      return identity;
    }
  }

  private static State readState(Path file, Database database)
      throws SQLException, DamagedException {
    try (PreparedStatement select =
            database.prepare(
                "SELECT term, vote, commit_index, start_term, start_index, last_term, last_index,"
                    + " commits, crc FROM log_state");
        ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        throw new DamagedException(file + ": log_state: the row is missing");
      }
      State state =
          new State(
              new HardState(row.getLong(1), row.getLong(2), row.getLong(3)),
              new LogPosition(row.getLong(4), row.getLong(5)),
              new LogPosition(row.getLong(6), row.getLong(7)),
              row.getLong(8));
      Soundness.requireCrc(file, "log_state", state.crc(), row.getLong(9));
      return state;
    }
  }

  private static List<Entry> readEntries(Path file, Database database, State state)
      throws SQLException, DamagedException {
    List<Entry> entries = new ArrayList<>();
    LogPosition previous = state.start();
    try (PreparedStatement select =
        database.prepare(
            "SELECT idx, term, kind, crc, data FROM entry WHERE idx > ? ORDER BY idx")) {
      select.setLong(1, state.start().index());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          Entry entry = readEntry(file, row, previous);
          entries.add(entry);
          previous = entry.position();
        }
      }
    }
    if (!previous.equals(state.last())) {
      throw new DamagedException(
          file
              + ": entry: the log ends at index "
              + previous.index()
              + " of term "
              + previous.term()
              + ", but index "
              + state.last().index()
              + " of term "
              + state.last().term()
              + " had been written");
    }
    return entries;
  }

  private static Entry readEntry(Path file, ResultSet row, LogPosition previous)
      throws SQLException, DamagedException {
    long index = row.getLong(1);
    if (index != previous.index() + 1) {
      throw new DamagedException(
          file
              + ": entry "
              + (previous.index() + 1)
              + ": the row is missing, the next is "
              + index);
    }
    LogPosition position = new LogPosition(row.getLong(2), index);
    int code = row.getInt(3);
    byte @Nullable [] data = row.getBytes(5);
    if (data == null) {
      throw new DamagedException(file + ": entry " + index + ": there is no data in the row");
    }
    Soundness.requireCrc(file, "entry " + index, crc(position, code, data), row.getLong(4));
    if (code != NORMAL && code != CONF_CHANGE) {
      throw new DamagedException(file + ": entry " + index + ": kind " + code + " is not known");
    }
    if (position.term() < previous.term()) {
      throw new DamagedException(
          file
              + ": entry "
              + index
              + ": term "
              + position.term()
              + " is lower than term "
              + previous.term()
              + " before it");
    }
    return new Entry(position, code == NORMAL ? Entry.Kind.NORMAL : Entry.Kind.CONF_CHANGE, data);
  }

  static void bind(PreparedStatement statement, int first, Entry entry) throws SQLException {
    int code = entry.kind() == Entry.Kind.NORMAL ? NORMAL : CONF_CHANGE;
    statement.setLong(first, entry.index());
    statement.setLong(first + 1, entry.term());
    statement.setInt(first + 2, code);
    statement.setLong(first + 3, crc(entry.position(), code, entry.data()));
    statement.setBytes(first + 4, entry.data());
  }

  private static long crc(LogPosition position, int kind, byte[] data) {
    ByteBuffer head = ByteBuffer.allocate(20);
    head.putLong(position.index()).putLong(position.term()).putInt(kind).flip();
    CRC32C crc = new CRC32C();
    crc.update(head);
    crc.update(data);
    return crc.getValue();
  }

  private static long crc(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length);
    for (long value : values) {
      bytes.putLong(value);
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes.flip());
    return crc.getValue();
  }
}
