package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * A lock that has one holder at a time in the cluster, granted in the order of the requests. Not
 * re-entrant: a holder that acquires it again waits for itself. Any thread.
 */
public final class DistributedLock {
  private final QuorateClient client;
  private final Session session;
  private final String name;

  /**
   * @param session its end releases the lock
   * @param name the lock's name in the cluster
   */
  public DistributedLock(QuorateClient client, Session session, String name) {
    this.client = client;
    this.session = session;
    this.name = name;
  }

  /**
   * Fails with {@link NotAcquiredException} if the lock is not acquired in time.
   *
   * @param timeoutMillis 0 to fail unless it is free at once
   */
  public Future<Held> acquire(long timeoutMillis) {
    return acquire(timeoutMillis, null);
  }

  /**
   * As {@link #acquire(long)}.
   *
   * @param canceled gives up waiting when it completes
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
