package io.quorate.vertx.client;

import io.quorate.command.Command;
import io.quorate.command.Request;
import io.quorate.command.Result;
import io.quorate.command.WatchResponse;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.List;

/**
 * A key-value store with etcd's meaning, behind futures: one door for every request, {@link #ask},
 * and one for watches. The methods with names are the same door.
 *
 * <p>To be called from a Vert.x context, on which the future then completes (from elsewhere it
 * completes on a context of the client's own). Failures are {@link
 * io.quorate.command.EtcdException}. Every future completes: with {@code TIMEOUT} if there is no
 * quorum for longer than the request timeout. Requests are validated by the callee.
 */
public interface QuorateStore {

  /**
   * Does what is asked for. What etcd does not have (counters, leases of milliseconds) fails with
   * {@code UNIMPLEMENTED} in a store that is not Quorate's.
   */
  <R> Future<R> ask(Request<R> request);

  /**
   * Opens a stream of watches.
   *
   * @param handler hears the answers in order, on the caller's context
   */
  WatchChannel watch(Handler<WatchResponse> handler);

  /** Linearizable unless the range says serializable. */
  default Future<Result.Ranged> range(Command.Range range) {
    return ask(range);
  }

  default Future<Result.Putted> put(Command.Put put) {
    return ask(put);
  }

  default Future<Result.Deleted> delete(Command.DeleteRange delete) {
    return ask(delete);
  }

  /**
   * Reads and changes counters in one revision, once for a slot and sequence number however often
   * it arrives: so it may be asked again when its outcome is unknown.
   */
  default Future<Result.Counted> count(Command.Count count) {
    return ask(count);
  }

  /** Does not enter the log if it only reads. */
  default Future<Result.TxnDone> txn(Command.Txn txn) {
    return ask(txn);
  }

  default Future<Result.Compacted> compact(Command.Compact compact) {
    return ask(compact);
  }

  /**
   * @param id 0 to have one chosen
   * @param ttlSeconds raised to the minimum if below; the answer says what was granted
   */
  default Future<Result.LeaseGranted> leaseGrant(long id, long ttlSeconds) {
    return ask(new Command.LeaseGrant(id, ttlSeconds));
  }

  /**
   * As {@link #leaseGrant}, without a minimum; the lease ends up to one of the leader's ticks late.
   *
   * @param id 0 to have one chosen
   * @param ttlMillis at least 1
   */
  default Future<Result.LeaseGranted> leaseGrantMillis(long id, long ttlMillis) {
    return ask(new Command.LeaseGrantMillis(id, ttlMillis));
  }

  default Future<Result.LeaseRevoked> leaseRevoke(long id) {
    return ask(new Command.LeaseRevoke(id));
  }

  default Future<Result.LeaseTime> leaseKeepAlive(long id) {
    return ask(new Request.LeaseKeepAlive(id));
  }

  default Future<Result.LeaseTime> leaseTimeToLive(long id, boolean withKeys) {
    return ask(new Request.LeaseTimeToLive(id, withKeys));
  }

  default Future<List<Long>> leases() {
    return ask(new Request.Leases());
  }

  default Future<Result.Members> memberList(boolean linearizable) {
    return ask(new Request.MemberList(linearizable));
  }

  default Future<Result.Members> memberAdd(List<String> peerUrls, boolean isLearner) {
    return ask(new Request.MemberAdd(peerUrls, isLearner));
  }

  default Future<Result.Members> memberRemove(long id) {
    return ask(new Request.MemberRemove(id));
  }

  default Future<Result.Members> memberUpdate(long id, List<String> peerUrls) {
    return ask(new Command.MemberUpdate(id, peerUrls));
  }

  default Future<Result.Members> memberPromote(long id) {
    return ask(new Request.MemberPromote(id));
  }

  default Future<Result.Alarms> alarm(Command.Alarm alarm) {
    return ask(alarm);
  }

  default Future<Result.MemberStatus> status() {
    return ask(new Request.Status());
  }

  /**
   * @param revision 0 for the newest
   */
  default Future<Result.HashedKv> hashKv(long revision) {
    return ask(new Request.HashKv(revision));
  }

  /** Completes when the member that is asked sees {@code targetId} lead. */
  default Future<Void> moveLeader(long targetId) {
    return ask(new Request.MoveLeader(targetId));
  }

  /** Any number of watchers on one stream; methods from the context that opened it. */
  interface WatchChannel {
    void create(io.quorate.command.WatchSpec spec);

    void cancel(long watchId);

    void requestProgress();

    /** The periodic tick of {@code progress_notify}; whoever owns the channel owns the timer. */
    void progressTick();

    /** No more responses until {@link #resume}; events are then caught up from history. */
    void pause();

    void resume();

    /**
     * Hears, at most once and as the last thing, that the channel has ended by itself: its
     * connection is lost or the member does not serve it any more. A channel of a member in the
     * same process lives until it is closed.
     */
    default void closeHandler(Handler<Throwable> handler) {}

    /** Ends all watchers; nothing is heard afterwards. */
    void close();
  }
}
