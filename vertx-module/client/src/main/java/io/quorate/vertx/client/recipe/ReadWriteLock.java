package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * A lock that either any number of readers or one writer holds, granted in the order of the
 * requests: a reader does not overtake a waiting writer. Not re-entrant. Any thread.
 */
public final class ReadWriteLock {
  private final QuorateClient client;
  private final Session session;
  private final String name;

  /**
   * @param session its end releases what it holds
   */
  public ReadWriteLock(QuorateClient client, Session session, String name) {
    this.client = client;
    this.session = session;
    this.name = name;
  }

  /** As {@link DistributedLock#acquire(long)}, for reading. */
  public Future<Held> acquireRead(long timeoutMillis) {
    return acquireRead(timeoutMillis, null);
  }

  /** As {@link DistributedLock#acquire(long, Future)}, for reading. */
  public Future<Held> acquireRead(long timeoutMillis, @Nullable Future<?> canceled) {
    return acquire("read", Turn.alone(Bytes.utf8(name + "/write/")), timeoutMillis, canceled);
  }

  /** As {@link DistributedLock#acquire(long)}, for writing. */
  public Future<Held> acquireWrite(long timeoutMillis) {
    return acquireWrite(timeoutMillis, null);
  }

  /** As {@link DistributedLock#acquire(long, Future)}, for writing. */
  public Future<Held> acquireWrite(long timeoutMillis, @Nullable Future<?> canceled) {
    return acquire("write", Turn.alone(Bytes.utf8(name + "/")), timeoutMillis, canceled);
  }

  private Future<Held> acquire(
      String share, Turn turn, long timeoutMillis, @Nullable Future<?> canceled) {
    return Acquisition.begin(
        client,
        session,
        share + " lock " + name,
        Bytes.utf8(name + "/" + share + "/"),
        Bytes.EMPTY,
        turn,
        timeoutMillis,
        canceled);
  }
}
