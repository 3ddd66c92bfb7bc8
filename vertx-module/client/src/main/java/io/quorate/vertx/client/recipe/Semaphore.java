package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * A number of permits, granted one at a time in the order of the requests. All users of the name
 * must use the same number of permits. Any thread.
 */
public final class Semaphore {
  /** The largest number of permits: waiting reads that many keys. */
  public static final int MAX_PERMITS = 10_000;

  private static final Bytes HELD = Bytes.utf8("held");

  private final QuorateClient client;
  private final Session session;
  private final String name;
  private final int permits;

  /**
   * @param session its end releases the permit
   * @param permits 1 to {@link #MAX_PERMITS}
   */
  public Semaphore(QuorateClient client, Session session, String name, int permits) {
    if (permits < 1 || permits > MAX_PERMITS) {
      throw new IllegalArgumentException("permits " + permits);
    }
    this.client = client;
    this.session = session;
    this.name = name;
    this.permits = permits;
  }

  /** As {@link DistributedLock#acquire(long)}, for one permit. */
  public Future<Held> acquire(long timeoutMillis) {
    return acquire(timeoutMillis, null);
  }

  /** As {@link DistributedLock#acquire(long, Future)}, for one permit. */
  public Future<Held> acquire(long timeoutMillis, @Nullable Future<?> canceled) {
    Bytes prefix = Bytes.utf8(name + "/");
    Turn turn = new Turn(io.quorate.command.KeyRange.prefix(prefix), permits);
    return Acquisition.begin(
            client,
            session,
            "semaphore " + name,
            prefix,
            Bytes.EMPTY,
            turn,
            timeoutMillis,
            canceled)
        .compose(held -> permits == 1 ? Future.succeededFuture(held) : held.put(HELD).map(held));
  }
}
