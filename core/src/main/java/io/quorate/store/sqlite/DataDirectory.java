package io.quorate.store.sqlite;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code <data-dir>/member}, held by one process at a time for as long as this object is open. Any
 * thread.
 *
 * <pre>
 * member/         0700
 *   lock          locked while a member runs; says nothing by being there
 *   format        version of the layout of this directory
 *   log.db        the Raft log with the identity, see {@link SqliteLogStore}
 *   log.synced    how far the log has been synced
 *   state.db      the state machine, see {@link SqliteStateStore}
 * </pre>
 */
public final class DataDirectory implements AutoCloseable {
  /** Version of the layout that this code reads and writes. */
  public static final int FORMAT = 1;

  private static final Pattern FORMAT_TEXT = Pattern.compile("quorate data directory (\\d{1,9})\n");

  /**
   * Directories held in this JVM. Asking the file system is not enough: on POSIX systems closing a
   * second channel on the lock file would give up the lock that the first one holds.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path member;
  private final FileChannel lockChannel;
  private final Syncing syncing;

  private DataDirectory(Path member, FileChannel lockChannel, Syncing syncing) {
    this.member = member;
    this.lockChannel = lockChannel;
    this.syncing = syncing;
  }

  /**
   * Opens the data directory and locks it, creating it if there is none.
   *
   * @throws StoreException if another process holds it, it is not a directory of ours or one of a
   *     newer version, or the file system refuses
   */
  public static DataDirectory open(Path dataDirectory) throws StoreException {
    return open(dataDirectory, Syncing.AS_PROMISED);
  }

  /**
   * Opens a data directory for a member that is not to come back: when its process has ended, for
   * whatever reason, it is to be removed from its cluster, and the directory is not opened again.
   * So nothing in it is synced, and {@link #open} refuses it, since after a power cut the member
   * could not know what it has promised. Its log is not kept here at all, see {@link
   * io.quorate.node.TransientLog}.
   *
   * @param dataDirectory empty, or not there
   */
  public static DataDirectory openForOneLife(Path dataDirectory) throws StoreException {
    return open(dataDirectory, Syncing.NEVER);
  }

  private static DataDirectory open(Path dataDirectory, Syncing syncing) throws StoreException {
    Path member = dataDirectory.resolve("member");
    Path held = null;
    FileChannel channel = null;
    try {
      StoreFiles.createPrivateDirectories(member);
      Path real = member.toRealPath();
      if (!HELD.add(real)) {
        throw inUse(dataDirectory);
      }
      held = real;
      refuseForeign(dataDirectory, member);
      StoreFiles.makeDirectoryPrivate(member);
      Path lockFile = member.resolve("lock");
      if (!Files.exists(lockFile)) {
        StoreFiles.createPrivateFile(lockFile);
      }
      channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        throw inUse(dataDirectory);
      }
      if (syncing == Syncing.AS_PROMISED) {
        checkFormat(dataDirectory, member);
      } else if (Files.exists(member.resolve("format"))) {
        throw new StoreException(
            "data directory " + dataDirectory + " holds a member that may come back");
      }
      removeLeftLibraries(member);
      return new DataDirectory(real, channel, syncing);
    } catch (OverlappingFileLockException e) {
      // Held by this class under another class loader. Our channel stays open: to close it would
      // give up that lock.
      StoreException failure = inUse(dataDirectory);
      release(held, null, failure);
      throw failure;
    } catch (IOException e) {
      StoreException failure =
          e instanceof StoreException ours
              ? ours
              : new StoreException(
                  "cannot open data directory " + dataDirectory + ": " + StoreFiles.why(e), e);
      release(held, channel, failure);
      throw failure;
    }
  }

  /**
   * Gives what was written into one data directory to another one, in one step that survives a
   * power cut. Neither may be open.
   *
   * @param to must be there, and hold no member
   * @throws IOException if the file system refuses, for instance as the two are on different ones
   */
  public static void move(Path from, Path to) throws IOException {
    Path member = to.resolve("member");
    Files.move(from.resolve("member"), member, StandardCopyOption.ATOMIC_MOVE);
    StoreFiles.fsyncDirectoryOf(member);
  }

  /**
   * A killed process may have left SQLite's native library here, if {@code org.sqlite.tmpdir} says
   * that it be unpacked here.
   */
  private static void removeLeftLibraries(Path member) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(member, "sqlite-*sqlitejdbc*")) {
      for (Path file : left) {
        Files.delete(file);
      }
    }
  }

  /**
   * A directory beside the files below, for the owner alone, created if it is not there.
   *
   * @throws IOException if the file system refuses
   */
  public Path directory(String name) throws IOException {
    Path directory = member.resolve(name);
    StoreFiles.createPrivateDirectories(directory);
    return directory;
  }

  /** The directory that holds the files below. */
  public Path memberDirectory() {
    return member;
  }

  public Path logFile() {
    return member.resolve("log.db");
  }

  Syncing syncing() {
    return syncing;
  }

  Path syncMarkFile() {
    return member.resolve("log.synced");
  }

  public Path stateFile() {
    return member.resolve("state.db");
  }

  /** Gives the directory up; stores in it must have been closed. */
  @Override
  public void close() throws IOException {
    try {
      lockChannel.close();
    } finally {
      HELD.remove(member);
    }
  }

  private static StoreException inUse(Path dataDirectory) {
    return new StoreException(
        "data directory "
            + dataDirectory
            + " is in use by another running member: stop that one first, or give this one a data"
            + " directory of its own");
  }

  /**
   * A directory with files but without our mark belongs to another program; etcd's has the same
   * layout.
   */
  private static void refuseForeign(Path dataDirectory, Path member) throws IOException {
    Set<String> names = new HashSet<>();
    try (Stream<Path> files = Files.list(member)) {
      files.forEach(file -> names.add(String.valueOf(file.getFileName())));
    }
    if (names.contains("format")) {
      return;
    }
    names.remove("lock");
    names.remove("format.new");
    if (!names.isEmpty()) {
      throw new StoreException(
          "data directory "
              + dataDirectory
              + " was not written by Quorate: it holds member/"
              + names.stream().sorted().findFirst().orElseThrow()
              + " but no member/format; choose an empty directory");
    }
  }

  private static void checkFormat(Path dataDirectory, Path member) throws IOException {
    Path file = member.resolve("format");
    if (!Files.exists(file)) {
      writeFormat(member, file);
      return;
    }
    Matcher text = FORMAT_TEXT.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!text.matches()) {
      throw new DamagedException(file + ": damaged: it does not say which format this is");
    }
    int found = Integer.parseInt(text.group(1));
    if (found != FORMAT) {
      throw new StoreException(
          "data directory "
              + dataDirectory
              + " has format "
              + found
              + ", this version knows "
              + FORMAT
              + ": start it with the version that wrote it, or a newer one; if that is this one, "
              + file
              + " is damaged");
    }
  }

  private static void writeFormat(Path member, Path file) throws IOException {
    Path fresh = member.resolve("format.new");
    Files.deleteIfExists(fresh);
    StoreFiles.createPrivateFile(fresh);
    Files.writeString(fresh, "quorate data directory " + FORMAT + "\n");
    StoreFiles.fsync(fresh);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    StoreFiles.fsyncDirectoryOf(file);
  }

  private static void release(
      @Nullable Path held, @Nullable FileChannel channel, StoreException failure) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
    if (held != null) {
      HELD.remove(held);
    }
  }
}
