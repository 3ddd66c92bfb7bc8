package io.quorate.vertx.client;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;

/**
 * What an application uses: keys, watches that survive lost connections, and sessions.
 *
 * <p>Call it on a Vert.x context; futures complete on that context. They fail with {@link
 * io.quorate.command.EtcdException}, or with {@link UnknownOutcomeException} for a request that may
 * or may not have been executed. Every future completes: without a quorum, it fails after the
 * request time-out.
 */
public interface QuorateClient {

  /**
   * A client over {@code store}. It opens nothing yet. Closing it does not close the store.
   *
   * @param vertx the Vert.x on whose contexts the client is called
   */
  static QuorateClient over(Vertx vertx, QuorateStore store) {
    return new DefaultClient(vertx, store);
  }

  Vertx vertx();

  /**
   * The requests themselves, as etcd has them. A request that changes data fails with {@link
   * UnknownOutcomeException} if the error leaves open whether it was executed.
   */
  QuorateStore store();

  /** The newest state of a key. The read is linearizable. */
  default Future<Optional<KeyValue>> get(Bytes key) {
    return store()
        .range(Command.Range.of(KeyRange.single(key)))
        .map(read -> read.kvs().stream().findFirst());
  }

  /** As {@link #get(Bytes)}, with the key in UTF-8. */
  default Future<Optional<KeyValue>> get(String key) {
    return get(Bytes.utf8(key));
  }

  /**
   * All keys that begin with {@code prefix}, ascending and of one revision. The read is
   * linearizable.
   */
  default Future<List<KeyValue>> getPrefix(String prefix) {
    return store()
        .range(Command.Range.of(KeyRange.prefix(Bytes.utf8(prefix))))
        .map(Result.Ranged::kvs);
  }

  /** Completes with the revision of the change. */
  default Future<Long> put(Bytes key, Bytes value) {
    return store().put(Command.Put.of(key, value)).map(Result.Putted::revision);
  }

  /** As {@link #put(Bytes, Bytes)}, with key and value in UTF-8. */
  default Future<Long> put(String key, String value) {
    return put(Bytes.utf8(key), Bytes.utf8(value));
  }

  /** Completes with true if the key existed. */
  default Future<Boolean> delete(Bytes key) {
    return store()
        .delete(new Command.DeleteRange(KeyRange.single(key), false))
        .map(done -> done.deleted() > 0);
  }

  /** As {@link #delete(Bytes)}, with the key in UTF-8. */
  default Future<Boolean> delete(String key) {
    return delete(Bytes.utf8(key));
  }

  /** Begins a transaction. */
  default Txn txn() {
    return new Txn(store());
  }

  /**
   * Watches {@code options.range()}. Events are delivered once a handler is set. A watch "from now"
   * begins after the revision of a linearizable read. If the client is closed, so is the returned
   * stream.
   */
  WatchStream watch(WatchOptions options);

  /**
   * Grants a lease and keeps renewing it.
   *
   * @param ttlSeconds raised to the store's minimum if it is below
   */
  Future<Session> session(long ttlSeconds);

  /**
   * Closes what this client has opened: watches, sessions and its own connections. A store that was
   * passed in stays open. Completes in bounded time. Further calls have no effect.
   */
  Future<Void> close();
}
