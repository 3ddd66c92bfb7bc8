package io.quorate.vertx.testing.links;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One direction through a {@link Proxy}, with all connections that use it. Any thread may change
 * its condition; the connections belong to the proxy's event loop.
 */
public final class Link {

  /** How a link treats bytes. */
  public enum Mode {
    /** Bytes pass. */
    OPEN,
    /** Connections are closed; new ones are closed at once. */
    CUT,
    /** Bytes and the ends of connections are held back until the link is open again. */
    SILENT
  }

  /**
   * @param delayMillis how much later every byte arrives, in each direction
   * @param bytesPerSecond in each direction of each connection; 0 for no limit
   */
  public record Condition(Mode mode, int delayMillis, int bytesPerSecond) {
    public static final Condition OPEN = new Condition(Mode.OPEN, 0, 0);
    public static final Condition CUT = new Condition(Mode.CUT, 0, 0);
    public static final Condition SILENT = new Condition(Mode.SILENT, 0, 0);

    public static Condition delayed(int millis) {
      return new Condition(Mode.OPEN, millis, 0);
    }

    public static Condition limited(int bytesPerSecond) {
      return new Condition(Mode.OPEN, 0, bytesPerSecond);
    }
  }

  private final String name;
  private final Vertx vertx;
  private final Context context;
  private final Set<Relay> relays = new HashSet<>();
  private volatile Condition condition = Condition.OPEN;

  Link(String name, Vertx vertx, Context context) {
    this.name = name;
    this.vertx = vertx;
    this.context = context;
  }

  public Condition condition() {
    return condition;
  }

  public void set(Condition next) {
    condition = next;
    context.runOnContext(v -> List.copyOf(relays).forEach(Relay::conditionChanged));
  }

  /**
   * Adds a connection.
   *
   * @param first bytes already read from the client
   */
  void join(NetSocket client, NetSocket server, Buffer first) {
    Relay there = new Relay(vertx, this, client, server);
    Relay back = new Relay(vertx, this, server, client);
    relays.add(there);
    relays.add(back);
    there.start(first, () -> relays.remove(there));
    back.start(Buffer.buffer(), () -> relays.remove(back));
  }

  @Override
  public String toString() {
    return name;
  }
}
