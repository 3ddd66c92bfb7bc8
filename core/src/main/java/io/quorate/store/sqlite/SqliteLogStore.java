package io.quorate.store.sqlite;

import io.quorate.node.LogStore;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Raft log in {@code log.db}: WAL mode with synchronous=FULL, so that a commit has been synced
 * when it returns. One thread, except for {@link #sizeBytes}.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>The file appears under its name only once it is complete and synced, with its identity.
 *   <li>The write-ahead log is emptied at each start before anything is written, so that no frames
 *       of an earlier life lie behind new ones; {@link WalAudit} depends on it.
 *   <li>After a failed write nothing is written any more, not even a checkpoint of ours: what the
 *       disk holds is not known, and a second fsync could succeed over lost pages.
 * </ol>
 */
public final class SqliteLogStore implements LogStore {
  private static final long CHECKPOINT_BYTES = 16L << 20;

  /**
   * WAL size at which a write does the checkpoint itself because {@link #maintain} was not called.
   */
  private static final long CHECKPOINT_AT_LAST_BYTES = 4 * CHECKPOINT_BYTES;

  /** How much may be written before the size of the write-ahead log is looked at again. */
  private static final long LOOK_BYTES = 1L << 20;

  /** Pages a commit writes beside its entries: the right edge of the tree and log_state. */
  private static final long COMMIT_OVERHEAD_BYTES = 3 * 4096;

  private static final long ROW_OVERHEAD_BYTES = 20;

  private final Path file;
  private final Path syncMark;
  private @Nullable Writer writer;
  private @Nullable IOException failure;
  private boolean recovered;
  private boolean closed;

  public SqliteLogStore(DataDirectory directory) {
    this.file = directory.logFile();
    this.syncMark = directory.syncMarkFile();
  }

  @Override
  public Recovered recover() throws IOException {
    if (recovered || closed) {
      throw new IllegalStateException("recover is the first call, and made once");
    }
    StoreFiles.deleteDatabase(unfinished());
    if (!Files.exists(file)) {
      for (Path left : List.of(StoreFiles.sibling(file, "-wal"), syncMark)) {
        if (Files.exists(left)) {
          return damaged(
              new DamagedException(
                  file + ": the file is missing, but " + left.getFileName() + " is there"));
        }
      }
      recovered = true;
      return new Fresh();
    }
    LogSchema.Found found;
    try {
      found = read();
    } catch (DamagedException e) {
      return damaged(e);
    }
    Existing existing = found.existing();
    openWriter(
        new LogSchema.State(
            existing.hardState(), existing.start(), lastOf(existing), found.commits()));
    recovered = true;
    return existing;
  }

  @Override
  public void create(Identity identity) throws IOException {
    if (!recovered || writer != null || closed) {
      throw new IllegalStateException("create is for a log that was found to be fresh");
    }
    refuseIfDead();
    Path unfinished = unfinished();
    try {
      StoreFiles.createPrivateFile(unfinished);
      try (Database database = Database.openForWriting(unfinished)) {
        LogSchema.create(database, identity);
      } // the last one to close moves everything into the file
      if (StoreFiles.size(StoreFiles.sibling(unfinished, "-wal")) > 0) {
        throw new StoreException(unfinished + ": its WAL could not be moved into it");
      }
      StoreFiles.fsync(unfinished);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      StoreFiles.fsyncDirectoryOf(file);
    } catch (SQLException e) {
      throw dead(Database.failure(file, "creating the log", e));
    } catch (IOException e) {
      throw dead(e);
    }
    openWriter(LogSchema.State.EMPTY);
  }

  @Override
  public void write(List<Write> writes) throws IOException {
    Writer open = writer();
    Change change = Change.of(open.state, writes);
    if (change.isNothing(open.state)) {
      return;
    }
    try {
      open.commit(change);
    } catch (SQLException e) {
      throw dead(Database.failure(file, "writing " + change, e));
    } catch (IOException e) {
      throw dead(e);
    }
  }

  @Override
  public void truncatePrefix(LogPosition upTo) throws IOException {
    Writer open = writer();
    LogSchema.State state = open.state;
    if (upTo.index() <= state.start().index()) {
      return;
    }
    if (upTo.index() > state.last().index()) {
      throw new IllegalStateException("cutting the log at " + upTo + ", behind its end " + state);
    }
    open.state = new LogSchema.State(state.hardState(), upTo, state.last(), state.commits());
  }

  @Override
  public void maintain() throws IOException {
    Writer open = writer();
    try {
      open.checkpointAbove(CHECKPOINT_BYTES);
    } catch (SQLException e) {
      throw dead(Database.failure(file, "a checkpoint", e));
    }
  }

  @Override
  public long sizeBytes() {
    try {
      return StoreFiles.size(file) + StoreFiles.size(StoreFiles.sibling(file, "-wal"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    Writer open = writer;
    writer = null;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException e) {
        throw new UncheckedIOException(Database.failure(file, "closing", e));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private Path unfinished() {
    return StoreFiles.sibling(file, ".new");
  }

  private static Damaged damaged(DamagedException found) {
    return new Damaged(String.valueOf(found.getMessage()));
  }

  private LogSchema.Found read() throws IOException {
    try {
      return LogSchema.read(file, syncMark);
    } catch (SQLException e) {
      throw Database.failure(file, "reading the log", e);
    }
  }

  private static LogPosition lastOf(Existing existing) {
    List<Entry> entries = existing.entries();
    return entries.isEmpty() ? existing.start() : entries.get(entries.size() - 1).position();
  }

  private void openWriter(LogSchema.State state) throws IOException {
    Database database = null;
    try {
      StoreFiles.makeFilePrivate(file);
      database = Database.openForWriting(file);
      writer = new Writer(database, state, syncMark);
    } catch (SQLException | IOException e) {
      if (database != null) {
        database.closeAfter(e);
      }
      throw dead(
          e instanceof SQLException sql
              ? Database.failure(file, "opening for writing", sql)
              : (IOException) e);
    }
  }

  private Writer writer() throws IOException {
    refuseIfDead();
    if (writer == null) {
      throw new IllegalStateException("the log is not open: recover it, or create it if fresh");
    }
    return writer;
  }

  private void refuseIfDead() throws IOException {
    if (failure != null) {
      throw new StoreException(file + ": stopped after an earlier failure", failure);
    }
  }

  private IOException dead(IOException reason) {
    failure = reason;
    return reason;
  }

  /**
   * What a list of writes comes to: entries that were overwritten before they reached the disk
   * never do.
   *
   * @param resets nothing of the log that was there stays
   * @param deleteFrom entries of the log that was there go from this index on
   * @param state as of afterwards, but for the count of commits
   */
  private record Change(
      boolean resets, long deleteFrom, List<Entry> entries, LogSchema.State state) {

    static Change of(LogSchema.State before, List<Write> writes) {
      HardState hardState = before.hardState();
      LogPosition start = before.start();
      LogPosition last = before.last();
      boolean resets = false;
      long deleteFrom = Long.MAX_VALUE;
      List<Entry> entries = new ArrayList<>();
      for (Write write : writes) {
        LogPosition resetTo = write.resetTo();
        if (resetTo != null) {
          resets = true;
          entries.clear();
          start = resetTo;
          last = resetTo;
        }
        for (Entry entry : write.entries()) {
          long index = entry.index();
          if (index <= start.index() || index > last.index() + 1) {
            throw new IllegalStateException(
                "entry " + entry.position() + " for a log from " + start + " to " + last);
          }
          if (index <= last.index()) {
            if (index != write.entries().get(0).index()) {
              throw new IllegalStateException("entries out of order at " + entry.position());
            }
            while (!entries.isEmpty() && entries.get(entries.size() - 1).index() >= index) {
              entries.remove(entries.size() - 1);
            }
            deleteFrom = Math.min(deleteFrom, index);
          }
          entries.add(entry);
          last = entry.position();
        }
        HardState changed = write.hardState();
        if (changed != null) {
          hardState = changed;
        }
      }
      return new Change(
          resets,
          deleteFrom,
          entries,
          new LogSchema.State(hardState, start, last, before.commits()));
    }

    boolean truncates(LogPosition lastBefore) {
      return !resets && deleteFrom <= lastBefore.index();
    }

    boolean isNothing(LogSchema.State before) {
      return !resets && entries.isEmpty() && state.equals(before);
    }

    long bytes() {
      long bytes = COMMIT_OVERHEAD_BYTES;
      for (Entry entry : entries) {
        bytes += entry.data().length + ROW_OVERHEAD_BYTES;
      }
      return bytes;
    }

    @Override
    public String toString() {
      return entries.size() + " entries up to index " + state.last().index();
    }
  }

  /** The open database with its statements, and what it holds. */
  private static final class Writer implements AutoCloseable {
    private final Database database;
    private final SyncMark mark;
    LogSchema.State state;

    /** Lowest index that has a row; rows up to the start are left over from cutting the log. */
    private long firstRow;

    private long bytesSinceLook;
    private long walBytes;
    private final RowInserter insertEntries;
    private final PreparedStatement deleteFrom;
    private final PreparedStatement deleteBelow;
    private final PreparedStatement deleteAll;
    private final PreparedStatement updateState;
    private final long pageBytes;

    Writer(Database database, LogSchema.State state, Path syncMark)
        throws SQLException, IOException {
      this.database = database;
      this.state = state;
      database.execute("PRAGMA journal_mode = WAL");
      database.execute("PRAGMA synchronous = FULL");
      database.execute("PRAGMA cache_size = -8000");
      database.execute("PRAGMA journal_size_limit = " + CHECKPOINT_AT_LAST_BYTES);
      if (!database.checkpoint("TRUNCATE").isComplete()) {
        throw new SQLException("another program reads the file, so its WAL cannot be emptied");
      }
      pageBytes = database.queryLong("PRAGMA page_size");
      insertEntries =
          new RowInserter(database, "INSERT INTO entry (idx, term, kind, crc, data)", 5, "");
      deleteFrom = database.prepare("DELETE FROM entry WHERE idx >= ?");
      deleteBelow = database.prepare("DELETE FROM entry WHERE idx < ?");
      deleteAll = database.prepare("DELETE FROM entry");
      updateState =
          database.prepare(
              "UPDATE log_state SET term = ?, vote = ?, commit_index = ?, start_term = ?,"
                  + " start_index = ?, last_term = ?, last_index = ?, commits = ?, crc = ?"
                  + " WHERE id = 1");
      firstRow = database.queryLong("SELECT coalesce(min(idx), " + Long.MAX_VALUE + ") FROM entry");
      mark = SyncMark.open(syncMark, state.commits());
    }

    void commit(Change change) throws SQLException, IOException {
      database.beginImmediate();
      if (change.resets) {
        deleteAll.executeUpdate();
        firstRow = Long.MAX_VALUE;
      } else if (change.truncates(state.last())) {
        deleteFrom.setLong(1, change.deleteFrom);
        deleteFrom.executeUpdate();
      }
      insertEntries.insert(change.entries, LogSchema::bind);
      if (!change.entries.isEmpty()) {
        firstRow = Math.min(firstRow, change.entries.get(0).index());
      }
      deleteSomeLeftOvers(change);
      LogSchema.State committed = change.state.committed();
      update(committed);
      database.commit();
      mark.write(committed.commits());
      state = committed;
      bytesSinceLook += change.bytes();
      checkpointAbove(CHECKPOINT_AT_LAST_BYTES);
    }

    /**
     * Cutting the log only moves its start; the rows go with later commits, a few more in each than
     * it adds, so that no commit waits for a long delete (measured: 15 ms and as much again in the
     * commit for 20,000 rows, 0.2 ms for 320) and none is needed just to delete.
     */
    private void deleteSomeLeftOvers(Change change) throws SQLException {
      long start = change.state.start().index();
      if (firstRow > start) {
        return;
      }
      firstRow = Math.min(start + 1, firstRow + 64 + 2L * change.entries.size());
      deleteBelow.setLong(1, firstRow);
      deleteBelow.executeUpdate();
    }

    private void update(LogSchema.State to) throws SQLException {
      updateState.setLong(1, to.hardState().term());
      updateState.setLong(2, to.hardState().vote());
      updateState.setLong(3, to.hardState().commit());
      updateState.setLong(4, to.start().term());
      updateState.setLong(5, to.start().index());
      updateState.setLong(6, to.last().term());
      updateState.setLong(7, to.last().index());
      updateState.setLong(8, to.commits());
      updateState.setLong(9, to.crc());
      updateState.executeUpdate();
    }

    /** Moves the write-ahead log into the file if it has grown beyond {@code bytes}. */
    void checkpointAbove(long bytes) throws SQLException {
      if (bytesSinceLook >= LOOK_BYTES) {
        walBytes = database.checkpoint("NOOP").logFrames() * pageBytes;
        bytesSinceLook = 0;
      }
      if (walBytes >= bytes) {
        database.checkpoint("PASSIVE");
        walBytes = 0;
      }
    }

    @Override
    public void close() throws SQLException, IOException {
      try {
        database.close();
      } finally {
        mark.close();
      }
    }
  }
}
