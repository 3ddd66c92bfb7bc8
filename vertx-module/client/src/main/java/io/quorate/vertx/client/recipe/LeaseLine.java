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
 * A line of leases that other processes keep alive, as etcd's lock and election services have it.
 * Each lease has one place, however often it is requested; the key is the line's name followed by
 * the lease. So the server that waits on behalf of a lease can be replaced by another one.
 */
public final class LeaseLine {
  private final QuorateClient client;
  private final String name;
  private final Bytes prefix;

  /**
   * @param name shared by all places of the line
   */
  public LeaseLine(QuorateClient client, String name) {
    this.client = client;
    this.name = name;
    this.prefix = Bytes.utf8(name + "/");
  }

  /**
   * The first place of the line.
   *
   * @param key its key
   * @param createRevision larger for each later holder
   * @param revision the revision of the read
   */
  public record Place(Bytes key, long createRevision, long revision) {}

  /**
   * Enters the line, or continues to wait in it. Completes when the turn has come. If the same
   * lease enters again, here or on another server, the place belongs to the newer call, and the
   * waiting one fails with {@link NotAcquiredException}. It also fails so after {@code waitMillis},
   * or if the key is deleted; if the lease is gone it fails with {@code LEASE_NOT_FOUND}.
   *
   * @param value of the key
   * @param waitMillis 0 to fail unless the turn comes at once
   */
  public Future<Place> enter(long leaseId, Bytes value, long waitMillis) {
    Bytes key = Bytes.utf8(prefix.utf8() + Long.toHexString(leaseId));
    ContextInternal context = (ContextInternal) client.vertx().getOrCreateContext();
    LeaseWait wait =
        new LeaseWait(client, context, name, key, value, leaseId, Turn.alone(prefix), waitMillis);
    context.runOnContext(v -> wait.start());
    return wait.future();
  }

  /** The key and value of the first place. The read is linearizable. */
  public Future<Optional<KeyValue>> first() {
    return client
        .store()
        .range(Election.first(prefix))
        .map((Result.Ranged read) -> read.kvs().stream().findFirst());
  }

  /**
   * Leaves a place.
   *
   * @return whether it still existed
   */
  public static Future<Boolean> leave(QuorateClient client, Bytes key, long createRevision) {
    return held(client, key, createRevision)
        .then(new Command.DeleteRange(KeyRange.single(key), false))
        .commit()
        .map(Result.TxnDone::succeeded);
  }

  /**
   * Replaces the value of a place while it exists.
   *
   * @return whether it existed
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
