package io.quorate.store.sqlite;

import io.quorate.apply.StateBatch.AlarmKey;
import io.quorate.apply.StateStore.Loaded;
import io.quorate.command.Bytes;
import io.quorate.command.Command.AlarmType;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.mvcc.Record;
import io.quorate.raft.ConfState;
import io.quorate.raft.LogPosition;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The queries on {@code state.db}, over a connection of their own. One thread at a time. */
final class StateReader implements AutoCloseable {
  private static final String COLUMNS =
      "id, main, sub, create_revision, version, lease, key, value";

  final Database database;
  private final Path file;
  private final PreparedStatement byId;
  private final PreparedStatement from;
  private final PreparedStatement mainFrom;

  StateReader(Path file, Database database) throws SQLException {
    this.file = file;
    this.database = database;
    database.execute("PRAGMA cache_size = -2000");
    byId = database.prepare("SELECT " + COLUMNS + " FROM record WHERE id = ?");
    from = database.prepare("SELECT " + COLUMNS + " FROM record WHERE id >= ? ORDER BY id LIMIT ?");
    mainFrom = database.prepare("SELECT id, main FROM record WHERE id >= ? ORDER BY id LIMIT 1");
  }

  static StateReader open(Path file) throws SQLException {
    Database database = Database.openForReading(file);
    try {
      return new StateReader(file, database);
    } catch (SQLException e) {
      database.closeAfter(e);
      throw e;
    }
  }

  @Nullable Record read(long id) throws SQLException {
    byId.setLong(1, id);
    try (ResultSet row = byId.executeQuery()) {
      return row.next() ? record(row) : null;
    }
  }

  List<Record> scan(long fromId, int limit) throws SQLException {
    from.setLong(1, fromId);
    from.setInt(2, limit);
    List<Record> records = new ArrayList<>();
    try (ResultSet row = from.executeQuery()) {
      while (row.next()) {
        records.add(record(row));
      }
    }
    return records;
  }

  void forEach(Consumer<Record> consumer) throws SQLException {
    from.setLong(1, Long.MIN_VALUE);
    from.setInt(2, -1);
    try (ResultSet row = from.executeQuery()) {
      while (row.next()) {
        consumer.accept(record(row));
      }
    }
  }

  /** Bisection: revisions ascend with ids, so no second index has to be written. */
  long firstIdAtOrAfter(long main) throws SQLException {
    database.begin();
    try {
      long low = 0;
      long high = database.queryLong("SELECT coalesce(max(id), 0) + 1 FROM record");
      long end = high;
      while (low < high) { // the first row at or above high is young enough, none below low is
        long middle = low + (high - low) / 2;
        mainFrom.setLong(1, middle);
        try (ResultSet row = mainFrom.executeQuery()) {
          if (!row.next() || row.getLong(2) >= main) {
            high = middle;
          } else {
            low = row.getLong(1) + 1;
          }
        }
      }
      if (high >= end) {
        return Long.MAX_VALUE;
      }
      mainFrom.setLong(1, high);
      try (ResultSet row = mainFrom.executeQuery()) {
        return row.next() ? row.getLong(1) : Long.MAX_VALUE;
      }
    } finally {
      database.commit();
    }
  }

  long bytesInUse() throws SQLException {
    return (database.queryLong("PRAGMA page_count") - database.queryLong("PRAGMA freelist_count"))
        * database.queryLong("PRAGMA page_size");
  }

  /**
   * Reads everything but the records, in one view.
   *
   * @throws StoreException if it contradicts itself
   */
  Loaded load() throws SQLException, StoreException {
    database.begin();
    try {
      Map<String, String> meta = meta();
      if (meta.isEmpty()) { // nothing was ever committed
        return new Loaded(
            LogPosition.ZERO, ConfState.EMPTY, 1, -1, 1, Map.of(), List.of(), Set.of(), Set.of());
      }
      Loaded loaded =
          new Loaded(
              new LogPosition(number(meta, "applied_term"), number(meta, "applied_index")),
              conf(meta),
              number(meta, "revision"),
              number(meta, "compact_revision"),
              number(meta, "next_record_id"),
              leases(),
              members(),
              removedMembers(),
              alarms());
      requireConsistent(loaded);
      return loaded;
    } finally {
      database.commit();
    }
  }

  @Override
  public void close() throws SQLException {
    database.close();
  }

  private static Record record(ResultSet row) throws SQLException {
    KeyValue kv =
        new KeyValue(
            Bytes.of(row.getBytes(7)),
            Bytes.of(row.getBytes(8)),
            row.getLong(4),
            row.getLong(2),
            row.getLong(5),
            row.getLong(6));
    return new Record(row.getLong(1), row.getLong(3), kv);
  }

  private Map<String, String> meta() throws SQLException {
    Map<String, String> meta = new LinkedHashMap<>();
    query("SELECT key, value FROM meta", row -> meta.put(row.getString(1), row.getString(2)));
    return meta;
  }

  private Map<Long, Long> leases() throws SQLException {
    Map<Long, Long> leases = new LinkedHashMap<>();
    query(
        "SELECT id, ttl_seconds FROM lease ORDER BY id",
        row -> leases.put(row.getLong(1), row.getLong(2)));
    return leases;
  }

  private List<Member> members() throws SQLException, StoreException {
    List<Member> members = new ArrayList<>();
    // Ids are unsigned: those that SQL takes for negative are the highest.
    query(
        "SELECT id, name, peer_urls, client_urls, is_learner FROM member ORDER BY id < 0, id",
        row ->
            members.add(
                new Member(
                    row.getLong(1),
                    row.getString(2),
                    strings(row.getString(3)),
                    strings(row.getString(4)),
                    row.getInt(5) != 0)));
    return members;
  }

  private List<String> strings(String jsonArray) throws SQLException {
    List<String> strings = new ArrayList<>();
    try (PreparedStatement each = database.prepare("SELECT value FROM json_each(?)")) {
      each.setString(1, jsonArray);
      try (ResultSet row = each.executeQuery()) {
        while (row.next()) {
          strings.add(row.getString(1));
        }
      }
    }
    return strings;
  }

  private Set<Long> removedMembers() throws SQLException {
    Set<Long> removed = new LinkedHashSet<>();
    query("SELECT id FROM removed_member ORDER BY id < 0, id", row -> removed.add(row.getLong(1)));
    return removed;
  }

  private Set<AlarmKey> alarms() throws SQLException, StoreException {
    Set<AlarmKey> alarms = new LinkedHashSet<>();
    try {
      query(
          "SELECT member_id, type FROM alarm ORDER BY member_id < 0, member_id, type",
          row -> alarms.add(new AlarmKey(row.getLong(1), AlarmType.valueOf(row.getString(2)))));
    } catch (IllegalArgumentException e) {
      throw new StoreException(file + ": alarm: " + e.getMessage(), e);
    }
    return alarms;
  }

  private long number(Map<String, String> meta, String key) throws StoreException {
    String value = meta.get(key);
    if (value == null) {
      throw new StoreException(file + ": meta: " + key + " is missing");
    }
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new StoreException(file + ": meta: " + key + " is not a number: " + value, e);
    }
  }

  private ConfState conf(Map<String, String> meta) throws StoreException {
    String value = meta.get("conf_state");
    if (value == null) {
      throw new StoreException(file + ": meta: conf_state is missing");
    }
    try {
      return StateText.conf(value);
    } catch (IllegalArgumentException e) {
      throw new StoreException(file + ": meta: conf_state: " + e.getMessage(), e);
    }
  }

  private void requireConsistent(Loaded loaded) throws SQLException, StoreException {
    long lastId = database.queryLong("SELECT coalesce(max(id), 0) FROM record");
    if (lastId >= loaded.nextRecordId()) {
      throw new StoreException(
          file + ": record " + lastId + ": next id was " + loaded.nextRecordId());
    }
    Record last = lastId == 0 ? null : read(lastId);
    if (last != null && last.main() > loaded.revision()) {
      throw new StoreException(
          file
              + ": record "
              + lastId
              + ": its revision "
              + last.main()
              + " is above the newest, "
              + loaded.revision());
    }
  }

  /** Takes in one row. */
  @FunctionalInterface
  private interface Row {
    void take(ResultSet row) throws SQLException;
  }

  private void query(String sql, Row action) throws SQLException {
    try (PreparedStatement select = database.prepare(sql);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        action.take(row);
      }
    }
  }
}
