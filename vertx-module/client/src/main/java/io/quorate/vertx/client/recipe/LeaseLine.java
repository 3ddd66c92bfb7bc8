package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Txn;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.Optional;

/**
 * A line whose places hang on leases that somebody else keeps alive, as etcd's own lock and
 * election services have it. A lease has one place, whoever asks for it and however often: the key
 * is the line's name and the lease. So one that serves others can be replaced while they wait.
 */
public final class LeaseLine {
  private final QuorateClient client;
  private final String name;
  private final Bytes prefix;

  /**
   * @param name shared by all who stand in it
   */
  public LeaseLine(QuorateClient client, String name) {
    this.client = client;
    this.name = name;
    this.prefix = Bytes.utf8(name + "/");
  }

  /**
   * Whose turn it is.
   *
   * @param key that stands for it
   * @param createRevision larger for each later holder
   * @param revision at which it was seen
   */
  public record Place(Bytes key, long createRevision, long revision) {}

  /**
   * Enters the line, or goes on waiting there, and completes when the turn has come. Who enters
   * again with the same lease, meanwhile or elsewhere, has the place from then on, and this one
   * fails. So it does, with {@link NotAcquiredException}, after {@code waitMillis} or if the key is
   * removed, and with {@code LEASE_NOT_FOUND} once the lease is gone.
   *
   * @param value of the key
   * @param waitMillis 0 if it must be its turn at once
   */
  public Future<Place> enter(long leaseId, Bytes value, long waitMillis) {
    Bytes key = Bytes.utf8(prefix.utf8() + Long.toHexString(leaseId));
    ContextInternal context = (ContextInternal) client.vertx().getOrCreateContext();
    LeaseWait wait =
        new LeaseWait(client, context, name, key, value, leaseId, Turn.alone(prefix), waitMillis);
    context.runOnContext(v -> wait.start());
    return wait.future();
  }

  /** Whose turn it is, with its value; linearizable. */
  public Future<Optional<KeyValue>> first() {
    return client
        .store()
        .range(Election.first(prefix))
        .map((Result.Ranged read) -> read.kvs().stream().findFirst());
  }

  /**
   * Gives a place back.
   *
   * @return whether it still was there
   */
  public static Future<Boolean> leave(QuorateClient client, Bytes key, long createRevision) {
    return held(client, key, createRevision)
        .then(new Command.DeleteRange(KeyRange.single(key), false))
        .commit()
        .map(Result.TxnDone::succeeded);
  }

  /**
   * Puts another value, as long as the place is there.
   *
   * @return whether it was
   */
  public static Future<Boolean> put(
      QuorateClient client, Bytes key, long createRevision, Bytes value) {
    return held(client, key, createRevision)
        .then(Command.Put.of(key, value).keepingLease())
        .commit()
        .map(Result.TxnDone::succeeded);
  }

  private static Txn held(QuorateClient client, Bytes key, long createRevision) {
    return client.txn().when(Compares.createRevision(key).isEqualTo(createRevision));
  }
}
