package io.quorate.vertx.client;

import io.quorate.command.Command;
import io.quorate.command.Result;
import io.quorate.watch.WatchResponse;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.List;

/**
 * A key-value store with etcd's meaning, behind futures.
 *
 * <p>To be called from a Vert.x context, on which the future then completes (from elsewhere it
 * completes on a context of the client's own). Failures are {@link
 * io.quorate.command.EtcdException}. Every future completes: with {@code TIMEOUT} if there is no
 * quorum for longer than the request timeout. Requests are validated by the callee.
 */
public interface QuorateStore {

  /** Linearizable unless the range says serializable. */
  Future<Result.Ranged> range(Command.Range range);

  Future<Result.Putted> put(Command.Put put);

  Future<Result.Deleted> delete(Command.DeleteRange delete);

  /**
   * Reads and changes counters in one revision, once for a slot and sequence number however often
   * it arrives: so it may be asked again when its outcome is unknown. {@code UNIMPLEMENTED} by a
   * store that is not Quorate's.
   */
  Future<Result.Counted> count(Command.Count count);

  /** Does not enter the log if it only reads. */
  Future<Result.TxnDone> txn(Command.Txn txn);

  Future<Result.Compacted> compact(Command.Compact compact);

  /**
   * @param id 0 to have one chosen
   * @param ttlSeconds raised to the minimum if below; the answer says what was granted
   */
  Future<Result.LeaseGranted> leaseGrant(long id, long ttlSeconds);

  /**
   * As {@link #leaseGrant}, without a minimum; the lease ends up to one of the leader's ticks late.
   * {@code UNIMPLEMENTED} by a store that is not Quorate's.
   *
   * @param id 0 to have one chosen
   * @param ttlMillis at least 1
   */
  Future<Result.LeaseGranted> leaseGrantMillis(long id, long ttlMillis);

  Future<Result.LeaseRevoked> leaseRevoke(long id);

  /** Resets the lease's time; a granted TTL of 0 says that there is no such lease. */
  Future<LeaseTime> leaseKeepAlive(long id);

  /** A remaining TTL of -1 says that there is no such lease. */
  Future<LeaseTime> leaseTimeToLive(long id, boolean withKeys);

  /** Ids of all leases this member knows, soonest to run out first where that is known. */
  Future<List<Long>> leases();

  /**
   * Opens a stream of watches.
   *
   * @param handler hears the answers in order, on the caller's context
   */
  WatchChannel watch(Handler<WatchResponse> handler);

  Future<Result.Members> memberList(boolean linearizable);

  Future<Result.Members> memberAdd(List<String> peerUrls, boolean isLearner);

  Future<Result.Members> memberRemove(long id);

  Future<Result.Members> memberUpdate(long id, List<String> peerUrls);

  Future<Result.Members> memberPromote(long id);

  Future<Result.Alarms> alarm(Command.Alarm alarm);

  /** A look at the member that answers. */
  Future<MemberStatus> status();

  /**
   * @param revision 0 for the newest
   */
  Future<KvHash> hashKv(long revision);

  /** Completes when this member sees {@code targetId} lead. */
  Future<Void> moveLeader(long targetId);

  /**
   * @param ttlSeconds remaining, or granted for a keep-alive
   * @param revision of the store, for the header
   */
  record LeaseTime(
      long revision,
      long id,
      long ttlSeconds,
      long grantedTtlSeconds,
      List<io.quorate.command.Bytes> keys) {}

  /** As {@code io.quorate.mvcc.KvStore.KvHash}, with the newest revision for the header. */
  record KvHash(long revision, int hash, long compactRevision, long hashRevision) {}

  /**
   * @param leader 0 if none is known
   * @param started false until the member has caught up with the log it found at its start
   */
  record MemberStatus(
      long clusterId,
      long memberId,
      long leader,
      long raftTerm,
      long raftIndex,
      long raftAppliedIndex,
      long revision,
      long dbSizeBytes,
      long dbSizeInUseBytes,
      long dbSizeQuotaBytes,
      boolean isLearner,
      List<Result.AlarmMember> alarms,
      boolean started) {}

  /** Any number of watchers on one stream; methods from the context that opened it. */
  interface WatchChannel {
    void create(io.quorate.watch.WatchSpec spec);

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
