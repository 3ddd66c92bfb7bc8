package io.quorate.store.sqlite;

import io.quorate.apply.StateBatch;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.command.Role;
import io.quorate.command.User;
import io.quorate.mvcc.Record;
import io.quorate.store.sqlite.ContentDigest.Table;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
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
  private final Syncing syncing;
  private final long pageBytes;
  private final RowInserter insertRecords;
  private final RowInserter insertClocks;
  private final RowInserter upsertMeta;
  private final PreparedStatement deleteRecord;
  private final PreparedStatement dropClocks;
  private final PreparedStatement insertLease;
  private final PreparedStatement deleteLease;
  private final PreparedStatement insertMember;
  private final PreparedStatement deleteMember;
  private final PreparedStatement deleteRemoved;
  private final PreparedStatement insertRemoved;
  private final PreparedStatement deleteAlarm;
  private final PreparedStatement insertAlarm;

  /** Of what the file holds, and while a commit is made of what it will hold. */
  private final ContentDigest content;

  /** The revision of the newest clock. */
  private long lastClock;

  /** What the header says. */
  private long format;

  private volatile boolean isIncremental;

  private StateWriter(Database database, FileChannel wal, ContentDigest content, Syncing syncing)
      throws SQLException {
    this.database = database;
    this.wal = wal;
    this.syncing = syncing;
    this.content = content;
    lastClock = database.queryLong("SELECT coalesce(max(revision), 0) FROM wall_clock");
    pageBytes = database.queryLong("PRAGMA page_size");
    format = database.queryLong("PRAGMA user_version");
    isIncremental = StateSchema.isIncremental(database);
    insertRecords =
        new RowInserter(
            database,
            "INSERT INTO record (id, main, sub, create_revision, version, lease, crc, key, value)",
            9,
            "");
    insertClocks =
        new RowInserter(database, "INSERT INTO wall_clock (revision, millis, crc)", 3, "");
    upsertMeta =
        new RowInserter(
            database,
            "INSERT INTO meta (key, value)",
            2,
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value");
    deleteRecord = database.prepare("DELETE FROM record WHERE id = ? RETURNING crc");
    dropClocks =
        database.prepare(
            "DELETE FROM wall_clock WHERE revision IN (SELECT revision FROM wall_clock"
                + " WHERE revision < ? ORDER BY revision LIMIT "
                + CLOCKS_DROPPED
                + ") RETURNING crc");
    deleteLease = database.prepare("DELETE FROM lease WHERE id = ? RETURNING crc");
    insertLease = database.prepare("INSERT INTO lease (id, ttl_millis, crc) VALUES (?, ?, ?)");
    deleteMember = database.prepare("DELETE FROM member WHERE id = ? RETURNING crc");
    insertMember =
        database.prepare(
            "INSERT INTO member (id, name, peer_urls, client_urls, is_learner, crc)"
                + " VALUES (?, ?, ?, ?, ?, ?)");
    deleteRemoved = database.prepare("DELETE FROM removed_member WHERE id = ? RETURNING crc");
    insertRemoved = database.prepare("INSERT INTO removed_member (id, crc) VALUES (?, ?)");
    deleteAlarm =
        database.prepare("DELETE FROM alarm WHERE member_id = ? AND type = ? RETURNING crc");
    insertAlarm = database.prepare("INSERT INTO alarm (member_id, type, crc) VALUES (?, ?, ?)");
  }

  /**
   * Opens the file and makes what the last life left in the WAL durable.
   *
   * @param content of the file as it was found
   */
  static StateWriter open(Path file, ContentDigest content, Syncing syncing)
      throws SQLException, IOException {
    Database database = Database.openForWriting(file);
    FileChannel wal = null;
    try {
      database.execute("PRAGMA journal_mode = WAL");
      syncing.of(database, "NORMAL");
      database.execute("PRAGMA cache_size = -16000");
      database.execute("PRAGMA journal_size_limit = " + 2 * CHECKPOINT_BYTES);
      if (!database.checkpoint("TRUNCATE").isComplete()) {
        throw new SQLException("another program reads the file, so its WAL cannot be emptied");
      }
      // SQLite takes no locks on the WAL itself, so closing a second descriptor loses none.
      wal = FileChannel.open(StoreFiles.sibling(file, "-wal"), StandardOpenOption.WRITE);
      return new StateWriter(database, wal, content, syncing);
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
    insertRecords.insert(batch.records, this::bind);
    for (long id : batch.deadRecords) {
      deleteRecord.setLong(1, id);
      delete(Table.RECORD, deleteRecord);
    }
    writeLeases(batch.leases);
    writeMembers(batch.members);
    writeAlarms(batch.alarms);
    insertClocks.insert(newClocks(batch), this::bind);
    if (batch.compactRevision > 0) {
      dropClocks.setLong(1, batch.compactRevision);
      delete(Table.WALL_CLOCK, dropClocks);
    }
    int newFormat = StateSchema.formatAt(batch.featureLevel);
    if (newFormat != format) {
      StateSchema.raise(database, format, newFormat);
    }
    if (StateSchema.hasAuth(newFormat)) {
      writeUsers(batch.users);
      writeRoles(batch.roles);
    }
    upsertMeta.insert(
        StateMeta.after(batch, content).rows(),
        (statement, first, row) -> {
          statement.setString(first, row.key());
          statement.setObject(first + 1, row.value());
        });
    database.commit();
    if (newFormat != format) {
      format = newFormat;
      if (mayBeIncremental() && !isIncremental) {
        StateSchema.makeIncrementalIfSmall(database);
        isIncremental = StateSchema.isIncremental(database);
      }
      database.checkpoint("PASSIVE"); // into the file itself, where a release looks that is older
    } else {
      checkpointIfLong();
    }
  }

  boolean mayBeIncremental() {
    return format >= StateSchema.VACUUM_FORMAT;
  }

  /** Whether the file is one that is shortened page by page. Any thread. */
  boolean isIncremental() {
    return isIncremental;
  }

  private void checkpointIfLong() throws SQLException {
    if (walBytes() > CHECKPOINT_BYTES) {
      database.checkpoint("PASSIVE");
    }
  }

  private long walBytes() throws SQLException {
    return database.checkpoint("NOOP").logFrames() * pageBytes;
  }

  /** See {@link io.quorate.apply.StateStore#vacuum}. */
  long vacuum(long maxBytes, long keepBytes) throws SQLException {
    long free = freeBytes();
    if (free <= keepBytes || !isIncremental) {
      return 0;
    }
    if (walBytes() > 2 * CHECKPOINT_BYTES) {
      checkpointIfLong(); // a reader keeps the WAL: what is moved now would make it longer still
      return 0;
    }
    long pages = Math.max(1, Math.min(maxBytes, free - keepBytes) / pageBytes);
    database.beginImmediate();
    database.executeAll("PRAGMA incremental_vacuum(" + pages + ")");
    database.commit();
    long left = freeBytes();
    if (left <= keepBytes) {
      truncateWal();
    } else {
      checkpointIfLong();
    }
    return free - left;
  }

  private long freeBytes() throws SQLException {
    return database.queryLong("PRAGMA freelist_count") * pageBytes;
  }

  /** Unless somebody reads just now. */
  private void truncateWal() throws SQLException {
    database.execute("PRAGMA busy_timeout = 0");
    database.checkpoint("TRUNCATE");
    database.execute("PRAGMA busy_timeout = " + Database.BUSY_TIMEOUT_MILLIS);
  }

  /**
   * Makes all that was committed survive a power cut. A checkpoint syncs the WAL before it copies
   * from it, but copies nothing that a reader still keeps it from, and then syncs nothing either;
   * so the WAL is synced in any case.
   */
  void sync() throws SQLException, IOException {
    database.checkpoint("PASSIVE");
    syncing.channel(wal);
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
      long id = lease.getKey();
      deleteLease.setLong(1, id);
      delete(Table.LEASE, deleteLease);
      if (lease.getValue().isPresent()) {
        long ttlMillis = lease.getValue().get();
        insertLease.setLong(1, id);
        insertLease.setLong(2, ttlMillis);
        insert(Table.LEASE, insertLease, 3, StateCrc.lease(id, ttlMillis));
      }
    }
  }

  private void writeMembers(Map<Long, Optional<Member>> members) throws SQLException {
    for (Map.Entry<Long, Optional<Member>> entry : members.entrySet()) {
      long id = entry.getKey();
      deleteMember.setLong(1, id);
      delete(Table.MEMBER, deleteMember);
      Member member = entry.getValue().orElse(null);
      if (member == null) {
        deleteRemoved.setLong(1, id);
        delete(Table.REMOVED_MEMBER, deleteRemoved);
        insertRemoved.setLong(1, id);
        insert(Table.REMOVED_MEMBER, insertRemoved, 2, StateCrc.removedMember(id));
      } else {
        insert(id, member);
      }
    }
  }

  private void insert(long id, Member member) throws SQLException {
    String peerUrls = StateText.jsonArray(member.peerUrls());
    String clientUrls = StateText.jsonArray(member.clientUrls());
    int isLearner = member.isLearner() ? 1 : 0;
    insertMember.setLong(1, id);
    insertMember.setString(2, member.name());
    insertMember.setString(3, peerUrls);
    insertMember.setString(4, clientUrls);
    insertMember.setInt(5, isLearner);
    long crc =
        StateCrc.member(id, utf8(member.name()), utf8(peerUrls), utf8(clientUrls), isLearner);
    insert(Table.MEMBER, insertMember, 6, crc);
  }

  private void writeAlarms(Map<StateBatch.AlarmKey, Boolean> alarms) throws SQLException {
    for (Map.Entry<StateBatch.AlarmKey, Boolean> alarm : alarms.entrySet()) {
      long member = alarm.getKey().memberId();
      String type = alarm.getKey().type().name();
      deleteAlarm.setLong(1, member);
      deleteAlarm.setString(2, type);
      delete(Table.ALARM, deleteAlarm);
      if (alarm.getValue()) {
        insertAlarm.setLong(1, member);
        insertAlarm.setString(2, type);
        insert(Table.ALARM, insertAlarm, 3, StateCrc.alarm(member, utf8(type)));
      }
    }
  }

  /** The statements are made when they are needed, since users and roles seldom change. */
  private void writeUsers(Map<String, Optional<User>> users) throws SQLException {
    for (Map.Entry<String, Optional<User>> entry : users.entrySet()) {
      delete(Table.AUTH_USER, "DELETE FROM auth_user WHERE name = ? RETURNING crc", entry.getKey());
      if (entry.getValue().isPresent()) {
        insert(entry.getValue().get());
      }
    }
  }

  private void insert(User user) throws SQLException {
    String roles = StateText.jsonArray(user.roles());
    int noPassword = user.noPassword() ? 1 : 0;
    try (PreparedStatement insert =
        database.prepare(
            "INSERT INTO auth_user (name, password, no_password, roles, crc)"
                + " VALUES (?, ?, ?, ?, ?)")) {
      insert.setString(1, user.name());
      insert.setString(2, user.passwordHash());
      insert.setInt(3, noPassword);
      insert.setString(4, roles);
      long crc =
          StateCrc.authUser(utf8(user.name()), utf8(user.passwordHash()), noPassword, utf8(roles));
      insert(Table.AUTH_USER, insert, 5, crc);
    }
  }

  private void writeRoles(Map<String, Optional<Role>> roles) throws SQLException {
    for (Map.Entry<String, Optional<Role>> entry : roles.entrySet()) {
      delete(Table.AUTH_ROLE, "DELETE FROM auth_role WHERE name = ? RETURNING crc", entry.getKey());
      if (entry.getValue().isPresent()) {
        insert(entry.getValue().get());
      }
    }
  }

  private void insert(Role role) throws SQLException {
    String permissions =
        StateText.jsonArray(role.permissions().stream().map(StateText::of).toList());
    try (PreparedStatement insert =
        database.prepare("INSERT INTO auth_role (name, permissions, crc) VALUES (?, ?, ?)")) {
      insert.setString(1, role.name());
      insert.setString(2, permissions);
      insert(Table.AUTH_ROLE, insert, 3, StateCrc.authRole(utf8(role.name()), utf8(permissions)));
    }
  }

  private void delete(Table table, String sql, String name) throws SQLException {
    try (PreparedStatement delete = database.prepare(sql)) {
      delete.setString(1, name);
      delete(table, delete);
    }
  }

  /**
   * An entry that changed something but no key has the revision of an earlier one; that one's clock
   * is the revision's.
   */
  private List<StateBatch.WallClock> newClocks(StateBatch batch) {
    List<StateBatch.WallClock> clocks = new ArrayList<>();
    for (StateBatch.WallClock clock : batch.wallClocks) {
      if (clock.revision() > lastClock) {
        clocks.add(clock);
        lastClock = clock.revision();
      }
    }
    return clocks;
  }

  /** Deletes, and takes what was deleted out of the digest. */
  private void delete(Table table, PreparedStatement returningCrc) throws SQLException {
    try (ResultSet row = returningCrc.executeQuery()) {
      while (row.next()) {
        content.remove(table, row.getLong(1));
      }
    }
  }

  private void insert(Table table, PreparedStatement statement, int column, long crc)
      throws SQLException {
    statement.setLong(column, crc);
    statement.executeUpdate();
    content.add(table, crc);
  }

  private void bind(PreparedStatement statement, int first, Record record) throws SQLException {
    KeyValue kv = record.kv();
    long crc = StateCrc.record(record);
    statement.setLong(first, record.id());
    statement.setLong(first + 1, kv.modRevision());
    statement.setLong(first + 2, record.sub());
    statement.setLong(first + 3, kv.createRevision());
    statement.setLong(first + 4, kv.version());
    statement.setLong(first + 5, kv.lease());
    statement.setLong(first + 6, crc);
    statement.setBytes(first + 7, kv.key().array());
    statement.setBytes(first + 8, kv.value().array());
    content.add(Table.RECORD, crc);
  }

  private void bind(PreparedStatement statement, int first, StateBatch.WallClock clock)
      throws SQLException {
    long crc = StateCrc.wallClock(clock.revision(), clock.wallClockMillis());
    statement.setLong(first, clock.revision());
    statement.setLong(first + 1, clock.wallClockMillis());
    statement.setLong(first + 2, crc);
    content.add(Table.WALL_CLOCK, crc);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
