package io.quorate.cluster.connection;

import io.quorate.vertx.client.log.Logger;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Reserves ports before they are opened. Many nodes may start at once, in this JVM and in others on
 * this host; a node that loses a port to another one has built a Vert.x in vain, and Vert.x logs
 * the failed bind as an error.
 *
 * <p>Within this JVM an address is reserved for as long as it is used. Between processes a lock
 * file is held while one of them checks whether the port is free and binds it.
 */
final class PortReservations {
  private static final Logger LOG = Logger.getLogger(PortReservations.class);
  private static final Set<Address> HELD = ConcurrentHashMap.newKeySet();

  /**
   * Longer than binding takes on a busy machine; a process that hangs does not block the others for
   * longer.
   */
  private static final long LOCK_MILLIS = 3_000;

  private static final long AGAIN_MILLIS = 5;

  private PortReservations() {}

  /** False if another node of this JVM has reserved it. */
  static boolean reserve(Address address) {
    return HELD.add(address);
  }

  static void release(Address address) {
    HELD.remove(address);
  }

  /**
   * Waits until no other process that shares the directory for temporary files holds the lock file
   * of {@code address}. If the file cannot be created, or another process holds it for too long,
   * this returns without the lock: then binding the port decides.
   */
  static PortLock lock(Address address, Deadline deadline)
      throws InterruptedException, ExecutionException {
    Path file = fileOf(address);
    long until = Math.max(0, deadline.leftMillis() - LOCK_MILLIS);
    try {
      while (true) {
        if (isMade(file)) {
          return new PortLock(file);
        }
        if (deadline.leftMillis() <= until) {
          return new PortLock(null);
        }
        removeIfDead(file);
        deadline.pause(AGAIN_MILLIS);
      }
    } catch (IOException e) {
      LOG.debug("port lock files cannot be used: {}", e.toString());
      return new PortLock(null);
    }
  }

  /** The lock file of an address. */
  static Path fileOf(Address address) {
    return Path.of(
        System.getProperty("java.io.tmpdir"),
        "quorate-port-" + address.host().replace(':', '_') + "-" + address.port());
  }

  private static boolean isMade(Path file) throws IOException {
    try {
      Files.writeString(
          file,
          Long.toString(ProcessHandle.current().pid()),
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  /** Deletes a lock file that a killed process has left behind. */
  private static void removeIfDead(Path file) throws IOException {
    try {
      long pid = Long.parseLong(Files.readString(file));
      if (ProcessHandle.of(pid).isEmpty()) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      return; // it was released meanwhile
    } catch (NumberFormatException e) {
      LOG.debug("{} is about to be written", file);
    }
  }

  /** Held until it is closed; without a file if the lock was not taken. */
  record PortLock(@Nullable Path file) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    }
  }
}
