package io.quorate.store.sqlite;

import io.quorate.apply.StateBatch;
import io.quorate.apply.StateStore.Loaded;
import io.quorate.command.FeatureLevel;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/** Tables, views and the check of {@code state.db}. */
final class StateSchema {
  static final int APPLICATION_ID = 0x51725374; // "QrSt"

  /** Format of a state whose cluster is at the first feature level. */
  static final int OLDEST_FORMAT = 2;

  static final int NEWEST_FORMAT = formatAt(FeatureLevel.NEWEST);

  /**
   * From this format on the file can be one that is shortened page by page ({@code auto_vacuum =
   * INCREMENTAL}); a release that does not know the format would take that for damage.
   */
  static final int VACUUM_FORMAT = formatAt(FeatureLevel.AUTH);

  /** Larger ones are made so at the next start: it takes as long as writing the file anew. */
  private static final long LARGEST_MADE_ANEW_BYTES = 16L << 20;

  static final int PAGE_SIZE_BYTES = 4096;

  /** Root page of the last table in a file that is shortened page by page: two come before. */
  private static final int LAST_ROOT_PAGE = 11;

  /** From here on there are {@link #AUTH_TABLES}. */
  private static final int FORMAT_WITH_AUTH = formatAt(FeatureLevel.AUTH);

  private static final String[] TABLES = {
    // Each row has a checksum, see StateCrc. The value comes last: reading the others never follows
    // its overflow pages.
    "CREATE TABLE record (id INTEGER PRIMARY KEY, main INTEGER NOT NULL, sub INTEGER NOT NULL,"
        + " create_revision INTEGER NOT NULL, version INTEGER NOT NULL, lease INTEGER NOT NULL,"
        + " crc INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL)",
    "CREATE TABLE lease (id INTEGER PRIMARY KEY, ttl_millis INTEGER NOT NULL,"
        + " crc INTEGER NOT NULL)",
    "CREATE TABLE member (id INTEGER PRIMARY KEY, name TEXT NOT NULL, peer_urls TEXT NOT NULL,"
        + " client_urls TEXT NOT NULL, is_learner INTEGER NOT NULL,"
        + " crc INTEGER NOT NULL)",
    "CREATE TABLE removed_member (id INTEGER PRIMARY KEY, crc INTEGER NOT NULL)",
    "CREATE TABLE alarm (member_id INTEGER NOT NULL, type TEXT NOT NULL, crc INTEGER NOT NULL,"
        + " PRIMARY KEY (member_id, type)) WITHOUT ROWID",
    "CREATE TABLE wall_clock (revision INTEGER PRIMARY KEY, millis INTEGER NOT NULL,"
        + " crc INTEGER NOT NULL)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
  };

  /**
   * The password is bcrypt's hash. Permissions are an array of texts, each the type and then start
   * and end of the range in hex.
   */
  private static final String[] AUTH_TABLES = {
    "CREATE TABLE auth_user (name TEXT PRIMARY KEY, password TEXT NOT NULL,"
        + " no_password INTEGER NOT NULL, roles TEXT NOT NULL, crc INTEGER NOT NULL)"
        + " WITHOUT ROWID",
    "CREATE TABLE auth_role (name TEXT PRIMARY KEY, permissions TEXT NOT NULL,"
        + " crc INTEGER NOT NULL) WITHOUT ROWID",
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

  private static final List<String> STATEMENTS =
      Stream.concat(Stream.of(TABLES), Stream.of(VIEWS)).toList();

  private static final List<String> STATEMENTS_WITH_AUTH =
      Stream.concat(STATEMENTS.stream(), Stream.of(AUTH_TABLES)).toList();

  private StateSchema() {}

  /**
   * The format rises together with the {@link FeatureLevel}: a release that does not know the level
   * refuses the file by its header, and one that does not know what is new may have it back as long
   * as the level has not risen.
   */
  static int formatAt(int featureLevel) {
    return OLDEST_FORMAT + featureLevel - FeatureLevel.FIRST;
  }

  static boolean hasAuth(long format) {
    return format >= FORMAT_WITH_AUTH;
  }

  /** Makes what a file of a lower format does not have; in the transaction that raises it. */
  static void raise(Database database, long format, int newFormat) throws SQLException {
    if (hasAuth(newFormat) && !hasAuth(format)) {
      for (String statement : AUTH_TABLES) {
        database.execute(statement);
      }
    }
    database.execute("PRAGMA user_version = " + newFormat);
  }

  /** Whether the file is one that is shortened page by page. */
  static boolean isIncremental(Database database) throws SQLException {
    return database.queryLong("PRAGMA auto_vacuum") == 2;
  }

  /**
   * What is written by the next {@code VACUUM}, also {@code INTO} another file, is shortened page
   * by page, if the format is such.
   */
  static void writeIncremental(Database database) throws SQLException {
    // the first query also has the connection look at the header
    if (database.queryLong("PRAGMA user_version") >= VACUUM_FORMAT && !isIncremental(database)) {
      database.execute("PRAGMA auto_vacuum = INCREMENTAL");
    }
  }

  /** If the file is small, makes it one that is shortened page by page. */
  static void makeIncrementalIfSmall(Database database) throws SQLException {
    long bytes = database.queryLong("PRAGMA page_count") * PAGE_SIZE_BYTES;
    if (bytes <= LARGEST_MADE_ANEW_BYTES) {
      writeIncremental(database);
      database.execute("VACUUM");
    }
  }

  /**
   * What a check found.
   *
   * @param meta with the digest of all content
   * @param loaded what is kept in memory of it
   */
  record Checked(StateMeta meta, Loaded loaded) {}

  /** Makes an empty state in an empty file. */
  static void create(Database database, Syncing syncing) throws SQLException {
    database.execute("PRAGMA page_size = " + PAGE_SIZE_BYTES);
    database.execute("PRAGMA journal_mode = WAL");
    syncing.of(database, "FULL");
    database.beginImmediate();
    database.execute("PRAGMA application_id = " + APPLICATION_ID);
    database.execute("PRAGMA user_version = " + OLDEST_FORMAT);
    for (String statement : STATEMENTS) {
      database.execute(statement);
    }
    StateMeta fresh = StateMeta.after(new StateBatch(), new ContentDigest());
    try (PreparedStatement insert =
        database.prepare("INSERT INTO meta (key, value) VALUES (?, ?)")) {
      for (StateMeta.Row row : fresh.rows()) {
        insert.setString(1, row.key());
        insert.setObject(2, row.value());
        insert.executeUpdate();
      }
    }
    database.commit();
  }

  /**
   * Reads and checks all that is there, every row of it, without changing the file.
   *
   * @throws DamagedException if it is not what was written
   * @throws StoreException if it is not a state database of this format
   */
  static Checked check(Path file) throws IOException {
    FileHeader header =
        FileHeader.require(file, APPLICATION_ID, OLDEST_FORMAT, NEWEST_FORMAT, PAGE_SIZE_BYTES);
    header.requireVacuum(file, header.userVersion() >= VACUUM_FORMAT ? LAST_ROOT_PAGE : 0);
    try (Database database = Database.openForReading(file)) {
      boolean hasAuth = hasAuth(database.queryLong("PRAGMA user_version"));
      Soundness.require(file, database, hasAuth ? STATEMENTS_WITH_AUTH : STATEMENTS);
      try (StateReader reader = new StateReader(file, database)) {
        return reader.check();
      }
    } catch (SQLException e) {
      throw Database.failure(file, "checking the state database", e);
    }
  }
}
