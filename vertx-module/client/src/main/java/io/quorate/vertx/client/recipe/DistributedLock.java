package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * A lock that one holder in the cluster has at a time, given in the order in which it was asked
 * for. Not re-entrant: who asks twice waits for itself. Any thread.
 */
public final class DistributedLock {
  private final QuorateClient client;
  private final Session session;
  private final String name;

  /**
   * @param session whose end ends what it holds
   * @param name shared by all who compete for it
   */
  public DistributedLock(QuorateClient client, Session session, String name) {
    this.client = client;
    this.session = session;
    this.name = name;
  }

  /**
   * Fails with {@link NotAcquiredException} if it is not had in time.
   *
   * @param timeoutMillis 0 to have it at once or not at all
   */
  public Future<Held> acquire(long timeoutMillis) {
    return acquire(timeoutMillis, null);
  }

  /**
   * As {@link #acquire(long)}.
   *
   * @param canceled takes the waiting back when it completes
   */
  public Future<Held> acquire(long timeoutMillis, @Nullable Future<?> canceled) {
    Bytes prefix = Bytes.utf8(name + "/");
    return Acquisition.begin(
        client,
        session,
        "lock " + name,
        prefix,
        Bytes.EMPTY,
        Turn.alone(prefix),
        timeoutMillis,
        canceled);
  }
}
