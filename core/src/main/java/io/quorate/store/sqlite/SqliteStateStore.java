package io.quorate.store.sqlite;

import io.quorate.apply.DamagedStateException;
import io.quorate.apply.StateBatch;
import io.quorate.apply.StateStore;
import io.quorate.log.LoggerSource;
import io.quorate.mvcc.Record;
import io.quorate.raft.LogPosition;
import io.quorate.store.sqlite.StateSchema.Checked;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state machine in {@code state.db}: WAL mode with synchronous=NORMAL. A crash of the process
 * loses nothing that was committed; a power cut may lose the newest commits, never a part of one,
 * and the log replays them.
 *
 * <p>Any thread. Commits do not wait for reads nor reads for commits; {@link #replaceWith} and
 * {@link #close} wait for both. Point reads share a few connections; {@link #forEach}, {@link
 * #view} and {@link #export} have one of their own, so that other readers do not wait for them.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A file under the name {@code state.db} is complete and synced. A new one is prepared under
 *       another name, and what is found under that at a start was never in use.
 *   <li>When a new file takes the name there is no WAL beside it: SQLite would apply the old one's.
 *   <li>After a failed commit or sync nothing is written any more.
 * </ol>
 */
public final class SqliteStateStore implements StateStore {
  private static final System.Logger LOG = LoggerSource.loggerOf(SqliteStateStore.class);
  private static final int READERS = 4;

  private final Path file;
  private final Syncing syncing;
  private final Consumer<String> replaceStep;

  /** Held shared by what uses the open file, alone by what closes it. */
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

  private final ReentrantLock writing = new ReentrantLock();
  private final Semaphore readers = new Semaphore(READERS, true);
  private final Deque<StateReader> idleReaders = new ArrayDeque<>();

  private record CheckedCopy(Path file, Checked found) {}

  /** The last one that was checked, until a copy is used; of the thread that writes. */
  private @Nullable CheckedCopy checkedCopy;

  private @Nullable StateWriter writer;
  private volatile @Nullable IOException failure;
  private volatile LogPosition applied = LogPosition.ZERO;
  private volatile LogPosition synced = LogPosition.ZERO;

  private SqliteStateStore(Path file, Syncing syncing, Consumer<String> replaceStep) {
    this.file = file;
    this.syncing = syncing;
    this.replaceStep = replaceStep;
  }

  /**
   * Opens the store, creating an empty one if there is none.
   *
   * @throws DamagedException if the file does not hold what was written; it is left as it is
   * @throws StoreException if it is of another format or not ours; it is left as it is
   */
  public static SqliteStateStore open(DataDirectory directory) throws IOException {
    return open(directory, step -> {});
  }

  /**
   * Opens with an observer of {@link #replaceWith}.
   *
   * @param replaceStep is told each step once it is done, for tests that crash there
   */
  static SqliteStateStore open(DataDirectory directory, Consumer<String> replaceStep)
      throws IOException {
    SqliteStateStore store =
        new SqliteStateStore(directory.stateFile(), directory.syncing(), replaceStep);
    StoreFiles.deleteDatabase(store.unfinished());
    StoreFiles.deleteDatabase(store.anew());
    if (!Files.exists(store.file)) {
      store.create();
    }
    Checked found = StateSchema.check(store.file);
    store.warnOfLostCommits();
    store.openWriter(found);
    try {
      store.makeIncremental();
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
    return store;
  }

  @Override
  public Loaded load() {
    return reading(StateReader::load);
  }

  @Override
  public void commit(StateBatch batch) throws IOException {
    write(
        open -> {
          open.commit(batch);
          applied = batch.applied;
        },
        "a commit");
  }

  @Override
  public LogPosition synced() {
    return synced;
  }

  @Override
  public LogPosition sync() throws IOException {
    write(
        open -> {
          open.sync();
          synced = applied;
        },
        "a sync");
    return synced;
  }

  @Override
  public @Nullable Record read(long id) {
    return readingPooled(reader -> Optional.ofNullable(reader.read(id))).orElse(null);
  }

  @Override
  public List<Record> scan(long fromId, int limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("limit " + limit);
    }
    return readingPooled(reader -> reader.scan(fromId, limit));
  }

  @Override
  public long firstIdAtOrAfter(long main) {
    return readingPooled(reader -> reader.firstIdAtOrAfter(main));
  }

  @Override
  public void forEach(Consumer<Record> consumer) {
    reading(
        reader -> {
          reader.forEach(consumer);
          return true;
        });
  }

  @Override
  public void export(Path target) throws IOException {
    StoreFiles.createPrivateFile(target); // VACUUM INTO takes an empty file, and keeps its mode
    try {
      reading(
          reader -> {
            String quoted = target.toAbsolutePath().toString().replace("'", "''");
            StateSchema.writeIncremental(reader.database);
            reader.database.execute("VACUUM INTO '" + quoted + "'");
            return true;
          });
      StateSchema.check(target); // what came to be damaged here must not reach others
      syncing.file(target);
    } catch (IOException | UncheckedIOException e) {
      Files.deleteIfExists(target);
      if (e instanceof DamagedException || e.getCause() instanceof DamagedException) {
        throw new DamagedStateException(e);
      }
      throw e;
    }
  }

  @Override
  public void view(ViewUse use) throws IOException {
    try {
      reading(
          reader -> {
            reader.view(use);
            return true;
          });
    } catch (UncheckedIOException e) {
      IOException cause = e.getCause();
      throw cause instanceof DamagedException ? new DamagedStateException(cause) : cause;
    }
  }

  @Override
  public Loaded check(Path source) throws IOException {
    Checked found = StateSchema.check(source);
    checkedCopy = new CheckedCopy(source, found);
    return found.loaded();
  }

  @Override
  public Loaded replaceWith(Path source) throws IOException {
    CheckedCopy known = checkedCopy;
    checkedCopy = null;
    Checked found =
        known != null && known.file.equals(source) ? known.found : StateSchema.check(source);
    use.writeLock().lock();
    try {
      StateWriter open = writer();
      moveBeside(source);
      replaceStep.accept("moved beside");
      emptyWal(open);
      replaceStep.accept("wal emptied");
      try {
        swap(open);
        openWriter(found);
      } catch (IOException e) {
        throw dead(e);
      } catch (SQLException e) {
        throw dead(Database.failure(file, "replacing the state database", e));
      }
      return found.loaded();
    } finally {
      use.writeLock().unlock();
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
  public long usableBytes() {
    try {
      return Files.getFileStore(file).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public long sizeInUseBytes() {
    return Math.min(readingPooled(StateReader::bytesInUse), sizeBytes());
  }

  @Override
  public long freeBytes() {
    return readingPooled(reader -> writer().isIncremental() ? reader.bytesFree() : 0);
  }

  @Override
  public long vacuum(long maxBytes, long keepBytes) throws IOException {
    long[] given = new long[1];
    write(open -> given[0] = open.vacuum(maxBytes, keepBytes), "giving space back");
    return given[0];
  }

  @Override
  public void close() {
    use.writeLock().lock();
    try {
      StateWriter open = writer;
      if (open != null) {
        writer = null;
        closeReaders();
        open.close();
      }
    } catch (SQLException e) {
      throw new UncheckedIOException(Database.failure(file, "closing", e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      use.writeLock().unlock();
    }
  }

  private Path unfinished() {
    return StoreFiles.sibling(file, ".new");
  }

  private Path anew() {
    return StoreFiles.sibling(file, ".anew");
  }

  /**
   * A file of an older release is written anew once, so that it can be shortened page by page. That
   * needs room for a copy, and time for it; without the room all goes on as before.
   */
  private void makeIncremental() throws IOException {
    StateWriter open = writer();
    if (!open.mayBeIncremental() || open.isIncremental()) {
      return;
    }
    try {
      export(anew());
    } catch (DamagedStateException e) {
      throw e;
    } catch (IOException | UncheckedIOException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          file + ": cannot be written anew, so its free space is not given back to the disk",
          e);
      return;
    }
    replaceWith(anew());
  }

  private void create() throws IOException {
    Path wal = StoreFiles.sibling(file, "-wal");
    if (Files.exists(wal)) {
      throw new DamagedException(
          file + ": the file is missing, but " + wal.getFileName() + " is there");
    }
    StoreFiles.createPrivateFile(unfinished());
    try (Database database = Database.openForWriting(unfinished())) {
      StateSchema.create(database, syncing);
    } catch (SQLException e) {
      throw Database.failure(file, "creating the state database", e);
    }
    syncing.file(unfinished());
    Files.move(unfinished(), file, StandardCopyOption.ATOMIC_MOVE);
    syncing.directoryOf(file);
  }

  /**
   * Newest commits that were never synced may be missing after a power cut, and the log has them.
   * Otherwise this is damage, and as what is left was found sound and whole, the log has what is
   * missing then too, or the start ends there.
   */
  private void warnOfLostCommits() throws IOException {
    String damage = WalAudit.findDamage(StoreFiles.sibling(file, "-wal"));
    if (damage != null) {
      LOG.log(
          System.Logger.Level.WARNING,
          damage
              + "; they are taken from the log again, unless this was a power cut: look at this"
              + " disk");
    }
  }

  /** Everything found in the file is durable once this returns. */
  private void openWriter(Checked found) throws IOException {
    try {
      StoreFiles.makeFilePrivate(file);
      writer = StateWriter.open(file, found.meta().content(), syncing);
      syncing.directoryOf(file);
    } catch (SQLException e) {
      throw Database.failure(file, "opening the state database", e);
    }
    applied = found.meta().applied();
    synced = applied;
  }

  /** Brings the new file under a name of ours in the same directory, complete and synced. */
  private void moveBeside(Path source) throws IOException {
    StoreFiles.deleteDatabase(unfinished());
    try {
      Files.move(source, unfinished(), StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) { // another file system
      Files.move(source, unfinished());
    }
    StoreFiles.makeFilePrivate(unfinished());
    syncing.file(unfinished());
  }

  private void emptyWal(StateWriter open) throws IOException {
    try {
      closeReaders();
      if (!open.drainWal()) {
        throw new StoreException(
            file + ": cannot be replaced while another program reads it; end that one");
      }
    } catch (SQLException e) {
      throw dead(Database.failure(file, "emptying the WAL", e));
    }
  }

  /** The old file is complete without its WAL by now, so it is sound until the new one is there. */
  private void swap(StateWriter open) throws IOException, SQLException {
    writer = null;
    open.close();
    Files.deleteIfExists(StoreFiles.sibling(file, "-wal"));
    Files.deleteIfExists(StoreFiles.sibling(file, "-shm"));
    syncing.directoryOf(file);
    replaceStep.accept("closed");
    Files.move(unfinished(), file, StandardCopyOption.ATOMIC_MOVE);
    syncing.directoryOf(file);
    replaceStep.accept("renamed");
  }

  private StateWriter writer() throws IOException {
    IOException earlier = failure;
    if (earlier != null) {
      throw new StoreException(file + ": stopped after an earlier failure", earlier);
    }
    if (writer == null) {
      throw new IllegalStateException(file + " is closed");
    }
    return writer;
  }

  private IOException dead(IOException reason) {
    failure = reason;
    return reason;
  }

  /** What is done with the one writing connection. */
  @FunctionalInterface
  private interface Writing {
    void run(StateWriter open) throws SQLException, IOException;
  }

  private void write(Writing action, String doing) throws IOException {
    use.readLock().lock();
    writing.lock();
    try {
      StateWriter open = writer();
      try {
        action.run(open);
      } catch (SQLException e) {
        throw dead(Database.failure(file, doing, e));
      } catch (IOException e) {
        throw dead(e);
      }
    } finally {
      writing.unlock();
      use.readLock().unlock();
    }
  }

  /** What is asked of a reading connection. */
  @FunctionalInterface
  private interface Reading<T> {
    T run(StateReader reader) throws SQLException, IOException;
  }

  /** Reads on a connection of its own. */
  private <T> T reading(Reading<T> query) {
    use.readLock().lock();
    try {
      requireOpen();
      try (StateReader reader = StateReader.open(file)) {
        return query.run(reader);
      }
    } catch (SQLException e) {
      throw new UncheckedIOException(Database.failure(file, "reading", e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      use.readLock().unlock();
    }
  }

  private <T> T readingPooled(Reading<T> query) {
    use.readLock().lock();
    readers.acquireUninterruptibly();
    StateReader reader = null;
    boolean reusable = false;
    try {
      requireOpen();
      reader = takeReader();
      T answer = query.run(reader);
      reusable = true;
      return answer;
    } catch (SQLException e) {
      throw new UncheckedIOException(Database.failure(file, "reading", e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      giveBack(reader, reusable);
      readers.release();
      use.readLock().unlock();
    }
  }

  private void requireOpen() {
    if (writer == null) {
      throw new IllegalStateException(file + " is closed");
    }
  }

  private StateReader takeReader() throws SQLException {
    synchronized (idleReaders) {
      StateReader idle = idleReaders.pollFirst();
      if (idle != null) {
        return idle;
      }
    }
    return StateReader.open(file);
  }

  private void giveBack(@Nullable StateReader reader, boolean reusable) {
    if (reader == null) {
      return;
    }
    if (reusable) {
      synchronized (idleReaders) {
        idleReaders.addFirst(reader);
      }
      return;
    }
    try {
      reader.close();
    } catch (SQLException e) {
      LOG.log(System.Logger.Level.WARNING, file + ": closing a reader that had failed", e);
    }
  }

  private void closeReaders() throws SQLException {
    synchronized (idleReaders) {
      for (StateReader reader = idleReaders.pollFirst();
          reader != null;
          reader = idleReaders.pollFirst()) {
        reader.close();
      }
    }
  }
}
