package io.quorate.vertx.client;

import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Result;
import io.quorate.watch.WatchResponse;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.List;

/**
 * Says of a failed request that changes something whether it may have been executed all the same.
 */
final class OutcomeStore implements QuorateStore {
  private final QuorateStore store;

  OutcomeStore(QuorateStore store) {
    this.store = store;
  }

  /** True for an answer that does not say whether the request takes effect. */
  static boolean isOpen(EtcdError error) {
    return switch (error) {
      case TIMEOUT,
          TIMEOUT_LEADER_FAIL,
          TIMEOUT_CONNECTION_LOST,
          TIMEOUT_WAIT_APPLIED,
          TIMEOUT_LEADER_TRANSFER,
          LEADER_CHANGED,
          STOPPED,
          NO_LEADER ->
          true;
      default -> false;
    };
  }

  private static <T> Future<T> told(String what, Future<T> answer) {
    return answer.recover(
        failure ->
            Future.failedFuture(
                failure instanceof EtcdException e && isOpen(e.error())
                    ? new UnknownOutcomeException(what, failure)
                    : failure));
  }

  @Override
  public Future<Result.Ranged> range(Command.Range range) {
    return store.range(range);
  }

  @Override
  public Future<Result.Putted> put(Command.Put put) {
    return told("put", store.put(put));
  }

  @Override
  public Future<Result.Deleted> delete(Command.DeleteRange delete) {
    return told("delete", store.delete(delete));
  }

  @Override
  public Future<Result.Counted> count(Command.Count count) {
    return told("count", store.count(count));
  }

  @Override
  public Future<Result.TxnDone> txn(Command.Txn txn) {
    return txn.isReadOnly() ? store.txn(txn) : told("transaction", store.txn(txn));
  }

  @Override
  public Future<Result.Compacted> compact(Command.Compact compact) {
    return told("compaction", store.compact(compact));
  }

  @Override
  public Future<Result.LeaseGranted> leaseGrant(long id, long ttlSeconds) {
    return told("grant of a lease", store.leaseGrant(id, ttlSeconds));
  }

  @Override
  public Future<Result.LeaseGranted> leaseGrantMillis(long id, long ttlMillis) {
    return told("grant of a lease", store.leaseGrantMillis(id, ttlMillis));
  }

  @Override
  public Future<Result.LeaseRevoked> leaseRevoke(long id) {
    return told("revocation of a lease", store.leaseRevoke(id));
  }

  @Override
  public Future<LeaseTime> leaseKeepAlive(long id) {
    return store.leaseKeepAlive(id);
  }

  @Override
  public Future<LeaseTime> leaseTimeToLive(long id, boolean withKeys) {
    return store.leaseTimeToLive(id, withKeys);
  }

  @Override
  public Future<List<Long>> leases() {
    return store.leases();
  }

  @Override
  public WatchChannel watch(Handler<WatchResponse> handler) {
    return store.watch(handler);
  }

  @Override
  public Future<Result.Members> memberList(boolean linearizable) {
    return store.memberList(linearizable);
  }

  @Override
  public Future<Result.Members> memberAdd(List<String> peerUrls, boolean isLearner) {
    return told("addition of a member", store.memberAdd(peerUrls, isLearner));
  }

  @Override
  public Future<Result.Members> memberRemove(long id) {
    return told("removal of a member", store.memberRemove(id));
  }

  @Override
  public Future<Result.Members> memberUpdate(long id, List<String> peerUrls) {
    return told("update of a member", store.memberUpdate(id, peerUrls));
  }

  @Override
  public Future<Result.Members> memberPromote(long id) {
    return told("promotion of a member", store.memberPromote(id));
  }

  @Override
  public Future<Result.Alarms> alarm(Command.Alarm alarm) {
    return alarm.action() == Command.AlarmAction.GET
        ? store.alarm(alarm)
        : told("change of an alarm", store.alarm(alarm));
  }

  @Override
  public Future<MemberStatus> status() {
    return store.status();
  }

  @Override
  public Future<KvHash> hashKv(long revision) {
    return store.hashKv(revision);
  }

  @Override
  public Future<Void> moveLeader(long targetId) {
    return told("transfer of leadership", store.moveLeader(targetId));
  }
}
