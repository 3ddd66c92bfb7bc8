package io.quorate.vertx.member.lock;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.command.Result.TxnDone;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.quorate.vertx.client.QuorateStore.WatchChannel;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One caller in a line of leases. Its turn has come when no key of the line is older than the key
 * of its lease. Until then it watches the key before its own, and its own; so each change of the
 * line wakes one caller. While it waits it uses no thread and has no request under way.
 */
public abstract sealed class Contender permits Lock, Campaign {
  private static final Logger LOG = Logger.getLogger(Contender.class);

  private final MemberStore store;
  private final MemberStore asking;
  private final Bytes name;
  private final Bytes prefix;
  private final Bytes value;
  private final Promise<Turn> turn = Promise.promise();
  private long lease;
  private Bytes key = Bytes.EMPTY;
  private long entryRevision;
  private long createRevision;
  private @Nullable WatchChannel channel;
  private boolean over;

  /** The transaction that writes or finds the key. */
  private Future<TxnDone> entered = Future.failedFuture("not entered");

  /**
   * The result of waiting.
   *
   * @param name of the line
   * @param entryRevision of the transaction that wrote or found the key
   * @param revision at which it was known that the turn has come
   */
  public record Turn(
      Bytes name, Bytes key, long lease, long createRevision, long entryRevision, long revision) {}

  /**
   * @param store for what has to be done whether or not the caller still waits
   * @param asking for the rest; drops requests once the caller does not wait any more
   * @param lease 0 to have one granted, which nobody renews
   */
  Contender(MemberStore store, MemberStore asking, Bytes name, long lease, Bytes value) {
    this.store = store;
    this.asking = asking;
    this.name = name;
    this.prefix = LineKeys.prefix(name);
    this.lease = lease;
    this.value = value;
  }

  /** Called when the key was already there, with its pair. */
  abstract Future<?> reentered(MemberStore store, KeyValue own);

  /** What it fails with if its key is deleted while it waits. */
  abstract LockError keyLost();

  /**
   * Enters the line. To be called once.
   *
   * @return completes when it stands in the line, or could not enter
   */
  public final Future<?> enter() {
    entered = SessionLease.of(asking, lease).compose(this::write).compose(this::written);
    entered.onComplete(this::entered);
    return entered;
  }

  /** Completes when the turn has come. Fails if it cannot come any more, or on an error. */
  public final Future<Turn> turn() {
    return turn.future();
  }

  /** Leaves the line for a caller that has given up. */
  public final void giveUp() {
    leave(keyLost().exception());
  }

  /**
   * Leaves the line, unless the turn has come: deletes the key, then fails. So a caller that enters
   * again when it is told does not find a key that is about to be deleted.
   */
  public final void leave(@Nullable Throwable cause) {
    if (over) {
      return;
    }
    end();
    boolean waited = entered.isComplete();
    entered
        .transform(
            (done, failure) ->
                // a key that was there before may be that of a lock which the lease has
                waited || (done != null && done.succeeded())
                    ? withdraw()
                    : Future.succeededFuture(0L))
        .onComplete(withdrawn -> turn.fail(cause));
  }

  private Future<TxnDone> write(long granted) {
    if (over) {
      return Future.failedFuture(keyLost().exception());
    }
    lease = granted;
    key = LineKeys.key(prefix, granted);
    // also if the caller gives up meanwhile, the outcome must be known: then the key is deleted
    return store.txn(
        new Command.Txn(
            List.of(LineKeys.createdAt(key, 0)),
            List.of(Command.Put.of(key, value).onLease(granted), LineKeys.first(prefix)),
            List.of(Command.Range.of(KeyRange.single(key)), LineKeys.first(prefix))));
  }

  private Future<TxnDone> written(TxnDone done) {
    KeyValue own = done.succeeded() ? null : read(done, 0);
    entryRevision = done.revision();
    createRevision = own == null ? done.revision() : own.createRevision();
    return own == null || over
        ? Future.succeededFuture(done)
        : reentered(store, own).map(rewritten -> done);
  }

  private void entered(@Nullable TxnDone done, @Nullable Throwable failure) {
    if (over) {
      return;
    }
    if (done == null) {
      leave(failure);
    } else {
      KeyValue first = read(done, 1);
      if (first == null || first.createRevision() == createRevision) {
        complete(entryRevision);
      } else {
        look();
      }
    }
  }

  private static @Nullable KeyValue read(TxnDone done, int index) {
    return LineKeys.only((Result.Ranged) done.responses().get(index));
  }

  /**
   * Reads who is before this one, then the own key: that read needs no leader, since this member
   * has already applied what the first one returned.
   */
  private void look() {
    Command.Range ownKey = Command.Range.of(KeyRange.single(key)).withSerializable(true);
    asking
        .range(LineKeys.lastBefore(prefix, createRevision))
        .compose(before -> asking.range(ownKey).map(own -> new Seen(before, own)))
        .onComplete(
            (seen, failure) -> {
              if (over) {
                return;
              }
              if (seen == null) {
                leave(failure);
              } else {
                looked(seen);
              }
            });
  }

  private record Seen(Result.Ranged before, Result.Ranged own) {}

  private void looked(Seen seen) {
    KeyValue own = LineKeys.only(seen.own);
    KeyValue before = LineKeys.only(seen.before);
    if (own == null || own.createRevision() != createRevision) {
      end();
      turn.fail(keyLost().exception());
    } else if (before == null) {
      complete(seen.own.revision());
    } else {
      WatchChannel opened = store.watch(this::changed);
      channel = opened;
      opened.create(deletes(1, before.key(), seen.before.revision() + 1));
      opened.create(deletes(2, key, seen.own.revision() + 1));
    }
  }

  private static WatchSpec deletes(long watchId, Bytes key, long from) {
    return new WatchSpec(watchId, KeyRange.single(key), from, true, false, false, false, false);
  }

  private void changed(WatchResponse response) {
    if (response instanceof WatchResponse.Refused refused) {
      leave(new LockException(refused.reason()));
    } else if (response instanceof WatchResponse.Events
        || response instanceof WatchResponse.Canceled) { // compaction was faster
      closeChannel();
      look();
    }
  }

  private void complete(long revision) {
    end();
    turn.complete(new Turn(name, key, lease, createRevision, entryRevision, revision));
  }

  private void end() {
    over = true;
    closeChannel();
  }

  private void closeChannel() {
    WatchChannel open = channel;
    channel = null;
    if (open != null) {
      open.close();
    }
  }

  private Future<Long> withdraw() {
    if (createRevision == 0) {
      return Future.succeededFuture(0L);
    }
    return Elections.resign(store, key, createRevision)
        .onFailure(e -> LOG.debug("{} stays until its lease ends: {}", key, e.getMessage()));
  }
}
