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
 * What an application uses of a store: keys, watches that survive, sessions, and what is made of
 * them.
 *
 * <p>Called on a Vert.x context, futures complete there. Failures are {@link
 * io.quorate.command.EtcdException}, and {@link UnknownOutcomeException} for a request that may or
 * may not have been executed. Every future completes, within the request time-out if there is no
 * quorum.
 */
public interface QuorateClient {

  /**
   * A client over {@code store}. It opens nothing yet; closing it leaves the store open.
   *
   * @param vertx whose contexts calls come from
   */
  static QuorateClient over(Vertx vertx, QuorateStore store) {
    return new DefaultClient(vertx, store);
  }

  Vertx vertx();

  /**
   * The requests themselves, as etcd has them. Those that change something fail with {@link
   * UnknownOutcomeException} where the error leaves that open.
   */
  QuorateStore store();

  /** The newest state of a key; linearizable. */
  default Future<Optional<KeyValue>> get(Bytes key) {
    return store()
        .range(Command.Range.of(KeyRange.single(key)))
        .map(read -> read.kvs().stream().findFirst());
  }

  /** As {@link #get(Bytes)}, of a key in UTF-8. */
  default Future<Optional<KeyValue>> get(String key) {
    return get(Bytes.utf8(key));
  }

  /** All keys that begin with {@code prefix}, ascending; linearizable, of one revision. */
  default Future<List<KeyValue>> getPrefix(String prefix) {
    return store()
        .range(Command.Range.of(KeyRange.prefix(Bytes.utf8(prefix))))
        .map(Result.Ranged::kvs);
  }

  /** Gives the revision of the change. */
  default Future<Long> put(Bytes key, Bytes value) {
    return store().put(Command.Put.of(key, value)).map(Result.Putted::revision);
  }

  /** As {@link #put(Bytes, Bytes)}, in UTF-8. */
  default Future<Long> put(String key, String value) {
    return put(Bytes.utf8(key), Bytes.utf8(value));
  }

  /** Gives whether the key was there. */
  default Future<Boolean> delete(Bytes key) {
    return store()
        .delete(new Command.DeleteRange(KeyRange.single(key), false))
        .map(done -> done.deleted() > 0);
  }

  /** As {@link #delete(Bytes)}, of a key in UTF-8. */
  default Future<Boolean> delete(String key) {
    return delete(Bytes.utf8(key));
  }

  /** Begins a transaction. */
  default Txn txn() {
    return new Txn(store());
  }

  /**
   * Watches {@code options.range()}; events flow once a handler is set. "From now" is what a
   * linearizable read says it is. Of a client that is closed the stream is closed, too.
   */
  WatchStream watch(WatchOptions options);

  /**
   * Grants a lease and renews it.
   *
   * @param ttlSeconds raised to the store's minimum if below
   */
  Future<Session> session(long ttlSeconds);

  /**
   * Closes what was opened through this client: watches, sessions, connections. A store that was
   * handed in stays open. Completes in bounded time; calling it again changes nothing.
   */
  Future<Void> close();
}
