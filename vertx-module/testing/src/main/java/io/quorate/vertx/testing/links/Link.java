package io.quorate.vertx.testing.links;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One way through a {@link Proxy}, with all connections that use it. Its condition can be changed
 * by any thread; the connections belong to the proxy's event loop.
 */
public final class Link {

  /** What becomes of bytes. */
  public enum Mode {
    /** They pass. */
    OPEN,
    /** Connections are closed, and new ones at once. */
    CUT,
    /** They are held, the ends of connections too, and pass once the link is open again. */
    SILENT
  }

  /**
   * @param delayMillis how much later every byte arrives, in each direction
   * @param bytesPerSecond in each direction of each connection; 0 for as many as there are
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
   * Takes a connection.
   *
   * @param first what has been read from the client already
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
