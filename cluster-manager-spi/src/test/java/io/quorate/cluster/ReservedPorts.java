package io.quorate.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive ports that no other test uses, in this JVM or another one: the port before them is
 * held as long as they are in use. They are below the ephemeral ports of usual systems.
 */
public final class ReservedPorts implements AutoCloseable {
  /** How many there are. */
  public static final int COUNT = 31;

  private static final int LOWEST = 20_000;
  private static final int ROWS = 390;

  private final ServerSocket held;

  private ReservedPorts(ServerSocket held) {
    this.held = held;
  }

  public static ReservedPorts take() {
    int begin = ThreadLocalRandom.current().nextInt(ROWS);
    for (int i = 0; i < ROWS; i++) {
      ServerSocket lock = listen(LOWEST + (begin + i) % ROWS * (COUNT + 1));
      if (lock == null) {
        continue;
      }
      ReservedPorts row = new ReservedPorts(lock);
      if (IntStream.range(row.first(), row.first() + COUNT).allMatch(ReservedPorts::isFree)) {
        return row;
      }
      row.close();
    }
    throw new IllegalStateException("no " + COUNT + " free ports in a row");
  }

  public int first() {
    return held.getLocalPort() + 1;
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = listen(port)) {
      return socket != null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Null if another test holds it. */
  private static @Nullable ServerSocket listen(int port) {
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
      return socket;
    } catch (IOException taken) {
      return null;
    }
  }

  @Override
  public void close() {
    try {
      held.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
