package io.quorate.cluster.connection;

import io.quorate.vertx.log.Logger;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Who may try which port. Many nodes may start at once, in this JVM and in others of this host, and
 * each that loses a port to another one has built a Vert.x for nothing, which logs that as an
 * error.
 *
 * <p>In this JVM an address is claimed for as long as it is used. Between processes it is a turn:
 * to look whether the port is free, and to listen there, is for one at a time.
 */
final class Claims {
  private static final Logger LOG = Logger.getLogger(Claims.class);
  private static final Set<Address> HELD = ConcurrentHashMap.newKeySet();

  /**
   * Longer than listening takes on a crowded machine: who stands still does not stop the others.
   */
  private static final long TURN_MILLIS = 3_000;

  private static final long AGAIN_MILLIS = 5;

  private Claims() {}

  /** False if another node of this JVM has it. */
  static boolean claim(Address address) {
    return HELD.add(address);
  }

  static void release(Address address) {
    HELD.remove(address);
  }

  /**
   * Waits until no other process of this user that has the same directory for temporary files is
   * about to listen at an address that was claimed here. Without such a directory, or if somebody
   * takes too long, it goes on all the same: then the port itself decides.
   */
  static Turn turn(Address address, Patience patience)
      throws InterruptedException, ExecutionException {
    FileChannel file = LockFile.CHANNEL;
    if (file == null) {
      return new Turn(null);
    }
    long until = Math.max(0, patience.leftMillis() - TURN_MILLIS);
    try {
      while (true) {
        FileLock lock = tryLock(file, address);
        if (lock != null || patience.leftMillis() <= until) {
          return new Turn(lock);
        }
        patience.pause(AGAIN_MILLIS);
      }
    } catch (IOException e) {
      LOG.debug("ports cannot be taken in turn: {}", e.toString());
      return new Turn(null);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel file, Address address) throws IOException {
    try {
      return file.tryLock(place(address), 1, false);
    } catch (OverlappingFileLockException e) {
      return null; // this class was loaded twice
    }
  }

  /** An address is one byte of the file, which need not be there. */
  private static long place(Address address) {
    return Integer.toUnsignedLong(address.host().hashCode()) << Short.SIZE | address.port();
  }

  /** Ends when it is closed. */
  record Turn(@Nullable FileLock lock) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      if (lock != null) {
        lock.release();
      }
    }
  }

  /**
   * Opened once and for good: on some systems all locks that a process has on a file go with the
   * first channel that it closes.
   */
  private static final class LockFile {
    static final @Nullable FileChannel CHANNEL = open();

    private static @Nullable FileChannel open() {
      String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._-]", "_");
      Path path = Path.of(System.getProperty("java.io.tmpdir"), "quorate-ports-" + user + ".lock");
      try {
        return FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
      } catch (IOException e) {
        LOG.debug("ports cannot be taken in turn: {}", e.toString());
        return null;
      }
    }
  }
}
