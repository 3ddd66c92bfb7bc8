package io.quorate.vertx.member.lock;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result.TxnDone;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import java.util.List;

/** The requests of an election that wait for nobody. */
public final class Elections {
  private Elections() {}

  /** Fails with {@code NO_LEADER} if there is none. */
  public static Future<Leader> leader(MemberStore store, Bytes name) {
    return store
        .range(LineKeys.first(LineKeys.prefix(name)))
        .map(
            read -> {
              KeyValue first = LineKeys.only(read);
              if (first == null) {
                throw LockError.NO_LEADER.exception();
              }
              return new Leader(first, read.revision());
            });
  }

  /**
   * Replaces the value of a leader whose key still exists; fails with {@code NOT_LEADER} if it does
   * not.
   *
   * @param lease the key's; 0 to have one granted
   * @return the revision of the change
   */
  public static Future<Long> proclaim(
      MemberStore store, Bytes key, long createRevision, long lease, Bytes value) {
    return SessionLease.of(store, lease)
        .compose(
            id ->
                whileCreatedAt(store, key, createRevision, Command.Put.of(key, value).onLease(id)))
        .map(
            done -> {
              if (!done.succeeded()) {
                throw LockError.NOT_LEADER.exception();
              }
              return done.revision();
            });
  }

  /**
   * Deletes the key, unless it has been deleted before.
   *
   * @return the revision of the store afterwards
   */
  public static Future<Long> resign(MemberStore store, Bytes key, long createRevision) {
    return whileCreatedAt(
            store, key, createRevision, new Command.DeleteRange(KeyRange.single(key), false))
        .map(TxnDone::revision);
  }

  private static Future<TxnDone> whileCreatedAt(
      MemberStore store, Bytes key, long createRevision, Command.Op then) {
    return store.txn(
        new Command.Txn(
            List.of(LineKeys.createdAt(key, createRevision)), List.of(then), List.of()));
  }
}
