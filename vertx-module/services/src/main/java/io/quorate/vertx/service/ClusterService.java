package io.quorate.vertx.service;

import io.vertx.codegen.annotations.ProxyGen;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/** The cluster and its members. Failures carry a code of {@link ServiceFailure}. */
@ProxyGen
@VertxGen
public interface ClusterService {

  /**
   * A proxy of the service at {@code address} that classifies failures and repeats calls which may
   * be executed twice.
   */
  static ClusterService createProxy(Vertx vertx, String address) {
    return RetryingProxy.at(ClusterService.class, vertx, address);
  }

  /** All members. The read is linearizable. */
  Future<List<ClusterMember>> members();

  /** Adds a member, which has to be started afterwards. Completes with the new member. */
  Future<ClusterMember> memberAdd(MemberAddRequest request);

  /** Removes a member. Completes with the remaining members. */
  Future<List<ClusterMember>> memberRemove(String memberId);

  Future<List<ClusterMember>> memberUpdate(MemberUpdateRequest request);

  /** Promotes a learner to a voter. Completes with all members. */
  Future<List<ClusterMember>> memberPromote(String memberId);

  /** The status of the member that the answering service uses. */
  Future<ClusterStatus> status();

  /** The alarms of all members. */
  Future<List<ClusterAlarm>> alarms();

  /** Clears an alarm. Completes with the remaining alarms. */
  Future<List<ClusterAlarm>> disarm(ClusterAlarm alarm);

  /**
   * A hash of the key-value data of the member that the answering service uses.
   *
   * @param revision the last revision to include; 0 for the newest
   */
  Future<StoreHash> hash(long revision);

  /**
   * Transfers leadership to a member. The member that the answering service uses must be the
   * leader.
   */
  Future<Void> moveLeader(String memberId);
}
