package io.quorate.store.sqlite;

import io.quorate.apply.StateStore;
import io.quorate.apply.StateStore.Loaded;
import io.quorate.auth.AuthState;
import io.quorate.command.Bytes;
import io.quorate.command.FeatureLevel;
import io.quorate.command.KeyValue;
import io.quorate.mvcc.Record;
import io.quorate.store.sqlite.ContentDigest.Table;
import io.quorate.store.sqlite.StateSchema.Checked;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The queries on {@code state.db}, over a connection of their own. What does not check is never
 * returned: damage that came after the start ends in a {@link DamagedException} too. One thread at
 * a time.
 */
final class StateReader implements AutoCloseable {
  private static final String COLUMNS =
      "id, main, sub, create_revision, version, lease, crc, key, value";

  private static final int CRC = 7;

  private static final Table[] IN_MEMORY = {
    Table.LEASE, Table.MEMBER, Table.REMOVED_MEMBER, Table.ALARM, Table.AUTH_USER, Table.AUTH_ROLE
  };

  final Database database;
  private final Path file;
  private final PreparedStatement byId;
  private final PreparedStatement from;
  private final PreparedStatement mainFrom;
  private final PreparedStatement lastBelow;

  StateReader(Path file, Database database) throws SQLException {
    this.file = file;
    this.database = database;
    database.execute("PRAGMA cache_size = -2000");
    byId = database.prepare("SELECT " + COLUMNS + " FROM record WHERE id = ?");
    from = database.prepare("SELECT " + COLUMNS + " FROM record WHERE id >= ? ORDER BY id LIMIT ?");
    mainFrom = database.prepare("SELECT id, main FROM record WHERE id >= ? ORDER BY id LIMIT 1");
    lastBelow =
        database.prepare(
            "SELECT " + COLUMNS + " FROM record WHERE id < ? ORDER BY id DESC LIMIT 1");
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

  @Nullable Record read(long id) throws SQLException, DamagedException {
    return single(byId, id);
  }

  List<Record> scan(long fromId, int limit) throws SQLException, DamagedException {
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

  /** Also makes sure that none is missing. */
  void forEach(Consumer<Record> consumer) throws SQLException, IOException {
    database.begin();
    try {
      forEach(new StateTables(file, database).meta(), consumer::accept);
    } finally {
      database.commit();
    }
  }

  /** Everything, in one view. */
  void view(StateStore.ViewUse use) throws SQLException, IOException {
    database.begin();
    try {
      StateTables tables = new StateTables(file, database);
      StateMeta meta = tables.meta();
      Loaded loaded = load(tables, meta);
      use.use(
          new StateStore.View() {
            @Override
            public Loaded loaded() {
              return loaded;
            }

            @Override
            public void forEachRecord(StateStore.RecordVisitor visitor) throws IOException {
              try {
                forEach(meta, visitor);
              } catch (SQLException e) {
                throw Database.failure(file, "reading", e);
              }
            }
          });
    } finally {
      database.commit();
    }
  }

  private void forEach(StateMeta meta, StateStore.RecordVisitor visitor)
      throws SQLException, IOException {
    ContentDigest read = new ContentDigest();
    from.setLong(1, Long.MIN_VALUE);
    from.setInt(2, -1);
    try (ResultSet row = from.executeQuery()) {
      while (row.next()) {
        visitor.visit(record(row));
        read.add(Table.RECORD, row.getLong(CRC));
      }
    }
    StateTables.requireComplete(file, meta, Table.RECORD, read);
  }

  /**
   * Bisection: revisions ascend with ids, so no second index has to be written. It looks at rows
   * without their checksums, so that it need not read their values; but whatever led there, the
   * answer is right if the row it ends at and the one before are, and those are checked.
   */
  long firstIdAtOrAfter(long main) throws SQLException, DamagedException {
    database.begin();
    try {
      long low = 0;
      long high = database.queryLong("SELECT coalesce(max(id), 0) + 1 FROM record");
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
      Record before = single(lastBelow, high);
      List<Record> found = scan(high, 1);
      long youngEnough = found.isEmpty() ? Long.MAX_VALUE : found.get(0).main();
      if (youngEnough < main || (before != null && before.main() >= main)) {
        throw new DamagedException(
            file + ": record: revisions do not ascend with ids around id " + high);
      }
      return found.isEmpty() ? Long.MAX_VALUE : found.get(0).id();
    } finally {
      database.commit();
    }
  }

  private @Nullable Record single(PreparedStatement select, long id)
      throws SQLException, DamagedException {
    select.setLong(1, id);
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? record(row) : null;
    }
  }

  long bytesInUse() throws SQLException {
    return (database.queryLong("PRAGMA page_count") - database.queryLong("PRAGMA freelist_count"))
        * database.queryLong("PRAGMA page_size");
  }

  long bytesFree() throws SQLException {
    return database.queryLong("PRAGMA freelist_count") * StateSchema.PAGE_SIZE_BYTES;
  }

  /**
   * Reads everything but the records and the clocks, in one view.
   *
   * @throws DamagedException if it is not what was written
   */
  Loaded load() throws SQLException, DamagedException {
    database.begin();
    try {
      StateTables tables = new StateTables(file, database);
      return load(tables, tables.meta());
    } finally {
      database.commit();
    }
  }

  /**
   * Reads and checks every row there is, in one view.
   *
   * @throws DamagedException if it is not what was written
   */
  Checked check() throws SQLException, IOException {
    database.begin();
    try {
      StateTables tables = new StateTables(file, database);
      StateMeta meta = tables.meta();
      requireFormat(meta);
      Loaded loaded = load(tables, meta);
      tables.checkWallClocks();
      tables.requireComplete(meta, Table.WALL_CLOCK);
      forEach(meta, record -> {});
      return new Checked(meta, loaded);
    } finally {
      database.commit();
    }
  }

  private void requireFormat(StateMeta meta) throws SQLException, DamagedException {
    long format = database.queryLong("PRAGMA user_version");
    if (format != StateSchema.formatAt(meta.featureLevel())) {
      throw new DamagedException(
          file
              + ": header: format version is "
              + format
              + ", which does not fit feature level "
              + meta.featureLevel());
    }
  }

  private static Loaded load(StateTables tables, StateMeta meta)
      throws SQLException, DamagedException {
    Loaded loaded =
        new Loaded(
            meta.applied(),
            meta.conf(),
            meta.revision(),
            meta.compactRevision(),
            meta.nextRecordId(),
            tables.leases(),
            tables.members(),
            tables.removedMembers(),
            tables.alarms(),
            meta.featureLevel(),
            auth(tables, meta));
    for (Table table : IN_MEMORY) {
      tables.requireComplete(meta, table);
    }
    return loaded;
  }

  private static AuthState auth(StateTables tables, StateMeta meta)
      throws SQLException, DamagedException {
    if (meta.featureLevel() < FeatureLevel.AUTH) {
      return AuthState.INITIAL;
    }
    return AuthState.of(meta.authEnabled(), meta.authRevision(), tables.users(), tables.roles());
  }

  @Override
  public void close() throws SQLException {
    database.close();
  }

  private Record record(ResultSet row) throws SQLException, DamagedException {
    long id = row.getLong(1);
    byte[] key = row.getBytes(8);
    byte[] value = row.getBytes(9);
    KeyValue kv =
        new KeyValue(
            Bytes.of(Soundness.bytes(file, "record " + id, key)),
            Bytes.of(Soundness.bytes(file, "record " + id, value)),
            row.getLong(4),
            row.getLong(2),
            row.getLong(5),
            row.getLong(6));
    Record record = new Record(id, row.getLong(3), kv);
    Soundness.requireCrc(file, "record " + id, StateCrc.record(record), row.getLong(CRC));
    return record;
  }
}
