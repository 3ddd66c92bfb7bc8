package io.quorate.vertx.client;

import io.quorate.command.AuthChange;
import io.quorate.command.Command;
import io.quorate.command.Request;
import io.quorate.command.Result;
import io.quorate.command.WatchResponse;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.List;

/**
 * A key-value store that behaves like etcd, with futures. {@link #ask} takes every request, {@link
 * #watch} opens watches; the other methods call {@link #ask}.
 *
 * <p>Call it on a Vert.x context; futures complete on that context (when called on another thread,
 * on a context that the store chooses). They fail with {@link io.quorate.command.EtcdException}.
 * Every future completes: if there is no quorum for longer than the request time-out, with {@code
 * TIMEOUT}. The store validates the requests.
 */
public interface QuorateStore {

  /**
   * Executes a request. Requests that etcd does not have (counters, leases in milliseconds) fail
   * with {@link UnsupportedByStoreException} if the store is an etcd.
   */
  <R> Future<R> ask(Request<R> request);

  /**
   * Opens a stream of watches.
   *
   * @param handler receives the responses in order, on the caller's context
   */
  WatchChannel watch(Handler<WatchResponse> handler);

  /** Linearizable, unless the range is marked serializable. */
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
   * Reads and changes counters in one revision. The store executes it once for each slot and
   * sequence number, however often it arrives, so it may be repeated when its outcome is unknown.
   */
  default Future<Result.Counted> count(Command.Count count) {
    return ask(count);
  }

  /** A transaction that only reads is not written to the log. */
  default Future<Result.TxnDone> txn(Command.Txn txn) {
    return ask(txn);
  }

  default Future<Result.Compacted> compact(Command.Compact compact) {
    return ask(compact);
  }

  /**
   * @param id 0 to let the store choose one
   * @param ttlSeconds raised to the minimum if it is below; the result contains the granted time
   */
  default Future<Result.LeaseGranted> leaseGrant(long id, long ttlSeconds) {
    return ask(new Command.LeaseGrant(id, ttlSeconds));
  }

  /**
   * As {@link #leaseGrant}, without a minimum. The lease may end up to one tick of the leader late.
   *
   * @param id 0 to let the store choose one
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

  /**
   * Completes when the member that executes the request has given the free space of its file back
   * to the disk. It serves meanwhile, and does the same by itself, more slowly.
   */
  default Future<Void> defragment() {
    return ask(new Request.Defragment());
  }

  /** Completes when the member that executes the request sees {@code targetId} as leader. */
  default Future<Void> moveLeader(long targetId) {
    return ask(new Request.MoveLeader(targetId));
  }

  /** Changes users, roles and permissions, or whether they are asked for. */
  default Future<Result.Done> auth(AuthChange change) {
    return ask(new Command.Auth(change));
  }

  default Future<Result.AuthStatus> authStatus() {
    return ask(new Request.AuthStatus());
  }

  /** Any number of watchers on one stream. Its methods are called on the context that opened it. */
  interface WatchChannel {
    void create(io.quorate.command.WatchSpec spec);

    void cancel(long watchId);

    void requestProgress();

    /**
     * Triggers progress notifications for watchers with {@code progress_notify}. The owner of the
     * channel calls it periodically.
     */
    void progressTick();

    /**
     * Stops the responses until {@link #resume}. Events of the meantime are then read from history.
     */
    void pause();

    void resume();

    /**
     * The handler is called at most once, as the last call, when the channel ends by itself: the
     * connection is lost, or the member no longer serves the channel. The channel of a member in
     * the same process ends only when it is closed.
     */
    default void closeHandler(Handler<Throwable> handler) {}

    /** Ends all watchers. No handler is called afterwards. */
    void close();
  }
}
