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
   * Waits until no other process that has the same directory for temporary files is about to listen
   * at an address that was claimed here: it has a file there as long as it is. If none can be made,
   * or if somebody takes too long, it goes on all the same: then the port itself decides.
   */
  static Turn turn(Address address, Patience patience)
      throws InterruptedException, ExecutionException {
    Path file = fileOf(address);
    long until = Math.max(0, patience.leftMillis() - TURN_MILLIS);
    try {
      while (true) {
        if (isMade(file)) {
          return new Turn(file);
        }
        if (patience.leftMillis() <= until) {
          return new Turn(null);
        }
        removeIfDead(file);
        patience.pause(AGAIN_MILLIS);
      }
    } catch (IOException e) {
      LOG.debug("ports cannot be taken in turn: {}", e.toString());
      return new Turn(null);
    }
  }

  /** Where a process says that it is about to listen. */
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

  /** One that was killed within its turn has left its file behind. */
  private static void removeIfDead(Path file) throws IOException {
    try {
      long pid = Long.parseLong(Files.readString(file));
      if (ProcessHandle.of(pid).isEmpty()) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      return; // its turn has ended
    } catch (NumberFormatException e) {
      LOG.debug("{} is about to be written", file);
    }
  }

  /** Ends when it is closed. */
  record Turn(@Nullable Path file) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    }
  }
}
