package io.quorate.store.sqlite;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteOpenMode;

/**
 * One connection to one file. Transactions are begun and ended by this class alone: the driver is
 * told once that it is not in auto-commit mode, after which it adds no statements of its own.
 *
 * <p>One thread at a time.
 */
final class Database implements AutoCloseable {
  /** Older ones can corrupt a WAL database when two connections write and checkpoint. */
  private static final int[] OLDEST_SQLITE = {3, 51, 3};

  static final int BUSY_TIMEOUT_MILLIS = 10_000;

  private final Connection connection;
  private final PreparedStatement begin;
  private final PreparedStatement beginImmediate;
  private final PreparedStatement commit;
  private final PreparedStatement rollback;

  /**
   * How far a checkpoint got.
   *
   * @param busy it could not do all that was asked for
   * @param logFrames frames in the WAL
   * @param checkpointedFrames of those, how many are in the database file
   */
  record Checkpoint(boolean busy, long logFrames, long checkpointedFrames) {
    boolean isComplete() {
      return !busy && logFrames == checkpointedFrames;
    }
  }

  private Database(Connection connection) throws SQLException {
    this.connection = connection;
    connection.setAutoCommit(false);
    begin = connection.prepareStatement("BEGIN");
    beginImmediate = connection.prepareStatement("BEGIN IMMEDIATE");
    commit = connection.prepareStatement("COMMIT");
    rollback = connection.prepareStatement("ROLLBACK");
    commit(); // of what the driver began by itself
  }

  /** Opens an existing file for reading and writing. */
  static Database openForWriting(Path file) throws SQLException {
    return open(file, new SQLiteConfig());
  }

  /** Opens an existing file for reading; closing it never writes to it, not even a checkpoint. */
  static Database openForReading(Path file) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    return open(file, config);
  }

  private static Database open(Path file, SQLiteConfig config) throws SQLException {
    config.resetOpenMode(SQLiteOpenMode.CREATE);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    Properties properties = config.toProperties();
    properties.setProperty("jdbc.get_generated_keys", "false");
    Connection connection = org.sqlite.JDBC.createConnection("jdbc:sqlite:" + file, properties);
    try {
      Database database = new Database(connection);
      requireSoundSqlite(database.queryText("SELECT sqlite_version()"));
      database.execute("PRAGMA mmap_size = 0"); // an I/O error must be an error, not a SIGBUS
      database.execute("PRAGMA temp_store = MEMORY");
      database.execute("PRAGMA wal_autocheckpoint = 0"); // never inside of a commit
      database.execute("PRAGMA trusted_schema = OFF");
      database.execute("PRAGMA cell_size_check = ON"); // of each page that is read
      return database;
    } catch (SQLException | RuntimeException e) {
      try {
        connection.close();
      } catch (SQLException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /** Throws unless the SQLite in the driver has the fix of the WAL reset bug. */
  static void requireSoundSqlite(String version) throws SQLException {
    String[] parts = version.split("\\.");
    for (int i = 0; i < OLDEST_SQLITE.length; i++) {
      int part = i < parts.length ? Integer.parseInt(parts[i]) : 0;
      if (part != OLDEST_SQLITE[i]) {
        if (part > OLDEST_SQLITE[i]) {
          return;
        }
        throw new SQLException(
            "SQLite " + version + " can corrupt a database in WAL mode; 3.51.3 or later is needed");
      }
    }
  }

  void begin() throws SQLException {
    begin.executeUpdate();
  }

  /** Begins and takes the write lock at once, so that no later statement can be refused it. */
  void beginImmediate() throws SQLException {
    beginImmediate.executeUpdate();
  }

  void commit() throws SQLException {
    commit.executeUpdate();
  }

  void rollback() throws SQLException {
    rollback.executeUpdate();
  }

  PreparedStatement prepare(String sql) throws SQLException {
    return connection.prepareStatement(sql);
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Runs {@code sql} to its end, also if it has rows, which nobody looks at. */
  void executeAll(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  long queryLong(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  String queryText(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : "";
    }
  }

  /**
   * Runs a checkpoint.
   *
   * @param mode NOOP (only looks), PASSIVE (waits for no reader), FULL or TRUNCATE (wait for
   *     readers)
   */
  Checkpoint checkpoint(String mode) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(" + mode + ")")) {
      row.next();
      return new Checkpoint(row.getLong(1) != 0, row.getLong(2), row.getLong(3));
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  /**
   * Closes after {@code cause} made the database useless; what that says is kept with the cause.
   */
  void closeAfter(Throwable cause) {
    try {
      connection.close();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  /** True if the error tells of the content of the file, not of the world around it. */
  static boolean isDamage(SQLException error) {
    if (!(error instanceof SQLiteException sqlite)) {
      return false;
    }
    int primary = sqlite.getResultCode().code & 0xff;
    return primary == SQLiteErrorCode.SQLITE_CORRUPT.code
        || primary == SQLiteErrorCode.SQLITE_NOTADB.code
        || primary == SQLiteErrorCode.SQLITE_FORMAT.code
        || primary == SQLiteErrorCode.SQLITE_TOOBIG.code // a length that cannot be
        || primary == SQLiteErrorCode.SQLITE_IOERR.code
        || primary == SQLiteErrorCode.SQLITE_ERROR.code; // a table or column that is not there
  }

  /** What {@code error} means for {@code file}, in one line. */
  static IOException failure(Path file, String doing, SQLException error) {
    String message = file + ": " + doing + " failed: " + String.valueOf(error.getMessage()).strip();
    return isDamage(error)
        ? new DamagedException(message, error)
        : new StoreException(message, error);
  }
}
