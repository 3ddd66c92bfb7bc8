package io.quorate.store.sqlite;

import io.quorate.apply.StateStore.Loaded;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;

/** Tables, views and the check of {@code state.db}. */
final class StateSchema {
  static final int APPLICATION_ID = 0x51725374; // "QrSt"
  static final int FORMAT = 1;

  private static final int PAGE_SIZE_BYTES = 4096;

  private static final String[] TABLES = {
    // The value comes last: reading the others never follows its overflow pages.
    "CREATE TABLE record (id INTEGER PRIMARY KEY, main INTEGER NOT NULL, sub INTEGER NOT NULL,"
        + " create_revision INTEGER NOT NULL, version INTEGER NOT NULL, lease INTEGER NOT NULL,"
        + " key BLOB NOT NULL, value BLOB NOT NULL)",
    "CREATE TABLE lease (id INTEGER PRIMARY KEY, ttl_seconds INTEGER NOT NULL)",
    "CREATE TABLE member (id INTEGER PRIMARY KEY, name TEXT NOT NULL, peer_urls TEXT NOT NULL,"
        + " client_urls TEXT NOT NULL, is_learner INTEGER NOT NULL)",
    "CREATE TABLE removed_member (id INTEGER PRIMARY KEY)",
    "CREATE TABLE alarm (member_id INTEGER NOT NULL, type TEXT NOT NULL,"
        + " PRIMARY KEY (member_id, type)) WITHOUT ROWID",
    "CREATE TABLE wall_clock (revision INTEGER PRIMARY KEY, millis INTEGER NOT NULL)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
  };

  /**
   * For people. {@code kv_current} is what a range over everything returns; {@code history} is
   * every change that has not been compacted, with the leader's clock at that time.
   */
  private static final String[] VIEWS = {
    "CREATE VIEW kv_current AS SELECT CAST(key AS TEXT) AS key, CAST(value AS TEXT) AS value,"
        + " create_revision, main AS mod_revision, version, printf('%x', lease) AS lease,"
        + " hex(key) AS key_hex, hex(value) AS value_hex"
        + " FROM (SELECT *, max(id) FROM record GROUP BY key) WHERE version > 0 ORDER BY key_hex",
    "CREATE VIEW history AS SELECT main AS revision, sub,"
        + " CASE version WHEN 0 THEN 'delete' ELSE 'put' END AS type,"
        + " CAST(key AS TEXT) AS key, CAST(value AS TEXT) AS value, create_revision, version,"
        + " printf('%x', lease) AS lease, CASE WHEN main >= (SELECT value FROM meta"
        + " WHERE key = 'compact_revision') THEN (SELECT"
        + " strftime('%Y-%m-%dT%H:%M:%fZ', millis / 1000.0, 'unixepoch') FROM wall_clock"
        + " WHERE wall_clock.revision >= main ORDER BY wall_clock.revision LIMIT 1) END AS time,"
        + " hex(key) AS key_hex, hex(value) AS value_hex FROM record ORDER BY id",
    "CREATE VIEW members AS SELECT printf('%x', id) AS id, name, peer_urls, client_urls,"
        + " is_learner FROM member ORDER BY 1",
  };

  private StateSchema() {}

  /** Makes the tables in an empty file. */
  static void create(Database database) throws SQLException {
    database.execute("PRAGMA page_size = " + PAGE_SIZE_BYTES);
    database.execute("PRAGMA journal_mode = WAL");
    database.execute("PRAGMA synchronous = FULL");
    database.beginImmediate();
    database.execute("PRAGMA application_id = " + APPLICATION_ID);
    database.execute("PRAGMA user_version = " + FORMAT);
    for (String table : TABLES) {
      database.execute(table);
    }
    for (String view : VIEWS) {
      database.execute(view);
    }
    database.commit();
  }

  /**
   * Reads what is there without changing the file.
   *
   * @throws StoreException if this is not a sound state database of a known format
   */
  static Loaded check(Path file) throws IOException {
    FileHeader.require(file, APPLICATION_ID, FORMAT);
    try (Database database = Database.openForReading(file)) {
      String verdict = database.queryText("PRAGMA quick_check(1)");
      if (!verdict.equals("ok")) {
        throw new StoreException(file + ": damaged: " + verdict.replace('\n', ' ').strip());
      }
      try (StateReader reader = new StateReader(file, database)) {
        return reader.load();
      }
    } catch (SQLException e) {
      throw Database.failure(file, "checking the state database", e);
    }
  }
}
