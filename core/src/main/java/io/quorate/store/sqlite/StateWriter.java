package io.quorate.store.sqlite;

import io.quorate.apply.StateBatch;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.mvcc.Record;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The one connection that changes {@code state.db}. One thread at a time. */
final class StateWriter implements AutoCloseable {
  private static final long CHECKPOINT_BYTES = 32L << 20;

  /** How many wall clocks below the compacted revision go with one commit. */
  private static final int CLOCKS_DROPPED = 10_000;

  private final Database database;
  private final FileChannel wal;
  private final long pageBytes;
  private final RowInserter insertRecords;
  private final RowInserter insertClocks;
  private final RowInserter upsertMeta;
  private final PreparedStatement deleteRecord;
  private final PreparedStatement dropClocks;
  private final PreparedStatement upsertLease;
  private final PreparedStatement deleteLease;
  private final PreparedStatement upsertMember;
  private final PreparedStatement deleteMember;
  private final PreparedStatement insertRemoved;
  private final PreparedStatement raiseAlarm;
  private final PreparedStatement clearAlarm;

  private record MetaRow(String key, Object value) {}

  private StateWriter(Database database, FileChannel wal) throws SQLException {
    this.database = database;
    this.wal = wal;
    pageBytes = database.queryLong("PRAGMA page_size");
    insertRecords =
        new RowInserter(
            database,
            "INSERT INTO record (id, main, sub, create_revision, version, lease, key, value)",
            8,
            "");
    // An entry that changed something but no key has the revision of an earlier one; that one's
    // clock is the revision's.
    insertClocks =
        new RowInserter(
            database,
            "INSERT INTO wall_clock (revision, millis)",
            2,
            "ON CONFLICT (revision) DO NOTHING");
    upsertMeta =
        new RowInserter(
            database,
            "INSERT INTO meta (key, value)",
            2,
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value");
    deleteRecord = database.prepare("DELETE FROM record WHERE id = ?");
    dropClocks =
        database.prepare(
            "DELETE FROM wall_clock WHERE revision IN (SELECT revision FROM wall_clock"
                + " WHERE revision < ? ORDER BY revision LIMIT "
                + CLOCKS_DROPPED
                + ")");
    upsertLease =
        database.prepare(
            "INSERT INTO lease (id, ttl_seconds) VALUES (?, ?)"
                + " ON CONFLICT (id) DO UPDATE SET ttl_seconds = excluded.ttl_seconds");
    deleteLease = database.prepare("DELETE FROM lease WHERE id = ?");
    upsertMember =
        database.prepare(
            "INSERT OR REPLACE INTO member (id, name, peer_urls, client_urls, is_learner)"
                + " VALUES (?, ?, ?, ?, ?)");
    deleteMember = database.prepare("DELETE FROM member WHERE id = ?");
    insertRemoved = database.prepare("INSERT OR IGNORE INTO removed_member (id) VALUES (?)");
    raiseAlarm = database.prepare("INSERT OR IGNORE INTO alarm (member_id, type) VALUES (?, ?)");
    clearAlarm = database.prepare("DELETE FROM alarm WHERE member_id = ? AND type = ?");
  }

  /** Opens the file and makes what the last life left in the WAL durable. */
  static StateWriter open(Path file) throws SQLException, IOException {
    Database database = Database.openForWriting(file);
    FileChannel wal = null;
    try {
      database.execute("PRAGMA journal_mode = WAL");
      database.execute("PRAGMA synchronous = NORMAL");
      database.execute("PRAGMA cache_size = -16000");
      database.execute("PRAGMA journal_size_limit = " + 2 * CHECKPOINT_BYTES);
      if (!database.checkpoint("TRUNCATE").isComplete()) {
        throw new SQLException("another program reads the file, so its WAL cannot be emptied");
      }
      // SQLite takes no locks on the WAL itself, so closing a second descriptor loses none.
      wal = FileChannel.open(StoreFiles.sibling(file, "-wal"), StandardOpenOption.WRITE);
      return new StateWriter(database, wal);
    } catch (SQLException | IOException e) {
      database.closeAfter(e);
      if (wal != null) {
        wal.close();
      }
      throw e;
    }
  }

  void commit(StateBatch batch) throws SQLException {
    database.beginImmediate();
    insertRecords.insert(batch.records, StateWriter::bind);
    for (long id : batch.deadRecords) {
      deleteRecord.setLong(1, id);
      deleteRecord.executeUpdate();
    }
    writeLeases(batch.leases);
    writeMembers(batch.members);
    writeAlarms(batch.alarms);
    insertClocks.insert(
        batch.wallClocks,
        (statement, first, clock) -> {
          statement.setLong(first, clock.revision());
          statement.setLong(first + 1, clock.wallClockMillis());
        });
    if (batch.compactRevision > 0) {
      dropClocks.setLong(1, batch.compactRevision);
      dropClocks.executeUpdate();
    }
    upsertMeta.insert(
        meta(batch),
        (statement, first, row) -> {
          statement.setString(first, row.key());
          statement.setObject(first + 1, row.value());
        });
    database.commit();
    if (database.checkpoint("NOOP").logFrames() * pageBytes > CHECKPOINT_BYTES) {
      database.checkpoint("PASSIVE");
    }
  }

  /**
   * Makes all that was committed survive a power cut. A checkpoint syncs the WAL before it copies
   * from it, but copies nothing that a reader still keeps it from, and then syncs nothing either;
   * so the WAL is synced in any case.
   */
  void sync() throws SQLException, IOException {
    database.checkpoint("PASSIVE");
    wal.force(false);
  }

  /**
   * Moves everything into the database file; false if a reader outside of this process prevents.
   */
  boolean drainWal() throws SQLException {
    return database.checkpoint("FULL").isComplete();
  }

  @Override
  public void close() throws SQLException, IOException {
    try {
      database.close();
    } finally {
      wal.close();
    }
  }

  private void writeLeases(Map<Long, Optional<Long>> leases) throws SQLException {
    for (Map.Entry<Long, Optional<Long>> lease : leases.entrySet()) {
      Optional<Long> ttlSeconds = lease.getValue();
      PreparedStatement statement = ttlSeconds.isPresent() ? upsertLease : deleteLease;
      statement.setLong(1, lease.getKey());
      if (ttlSeconds.isPresent()) {
        statement.setLong(2, ttlSeconds.get());
      }
      statement.executeUpdate();
    }
  }

  private void writeMembers(Map<Long, Optional<Member>> members) throws SQLException {
    for (Map.Entry<Long, Optional<Member>> entry : members.entrySet()) {
      Member member = entry.getValue().orElse(null);
      if (member == null) {
        deleteMember.setLong(1, entry.getKey());
        deleteMember.executeUpdate();
        insertRemoved.setLong(1, entry.getKey());
        insertRemoved.executeUpdate();
      } else {
        upsertMember.setLong(1, entry.getKey());
        upsertMember.setString(2, member.name());
        upsertMember.setString(3, StateText.jsonArray(member.peerUrls()));
        upsertMember.setString(4, StateText.jsonArray(member.clientUrls()));
        upsertMember.setInt(5, member.isLearner() ? 1 : 0);
        upsertMember.executeUpdate();
      }
    }
  }

  private void writeAlarms(Map<StateBatch.AlarmKey, Boolean> alarms) throws SQLException {
    for (Map.Entry<StateBatch.AlarmKey, Boolean> alarm : alarms.entrySet()) {
      PreparedStatement statement = alarm.getValue() ? raiseAlarm : clearAlarm;
      statement.setLong(1, alarm.getKey().memberId());
      statement.setString(2, alarm.getKey().type().name());
      statement.executeUpdate();
    }
  }

  private static List<MetaRow> meta(StateBatch batch) {
    List<MetaRow> rows = new ArrayList<>();
    rows.add(new MetaRow("applied_index", batch.applied.index()));
    rows.add(new MetaRow("applied_term", batch.applied.term()));
    rows.add(new MetaRow("conf_state", StateText.of(batch.conf)));
    rows.add(new MetaRow("revision", batch.revision));
    rows.add(new MetaRow("compact_revision", batch.compactRevision));
    rows.add(new MetaRow("next_record_id", batch.nextRecordId));
    return rows;
  }

  private static void bind(PreparedStatement statement, int first, Record record)
      throws SQLException {
    KeyValue kv = record.kv();
    statement.setLong(first, record.id());
    statement.setLong(first + 1, kv.modRevision());
    statement.setLong(first + 2, record.sub());
    statement.setLong(first + 3, kv.createRevision());
    statement.setLong(first + 4, kv.version());
    statement.setLong(first + 5, kv.lease());
    statement.setBytes(first + 6, kv.key().array());
    statement.setBytes(first + 7, kv.value().array());
  }
}
