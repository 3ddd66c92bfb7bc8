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

  /** The service at {@code address}, with failures told apart and reads asked again elsewhere. */
  static ClusterService createProxy(Vertx vertx, String address) {
    return Callers.at(ClusterService.class, vertx, address);
  }

  /** All members, as agreed. */
  Future<List<ClusterMember>> members();

  /** Gives the new member, which has to be started yet. */
  Future<ClusterMember> memberAdd(MemberAddRequest request);

  /** Gives those who stay. */
  Future<List<ClusterMember>> memberRemove(String memberId);

  Future<List<ClusterMember>> memberUpdate(MemberUpdateRequest request);

  /** Gives a learner its vote. */
  Future<List<ClusterMember>> memberPromote(String memberId);

  /** A look at the member behind the service that answers. */
  Future<ClusterStatus> status();

  /** What is raised anywhere. */
  Future<List<ClusterAlarm>> alarms();

  /** Clears an alarm; gives what is raised still. */
  Future<List<ClusterAlarm>> disarm(ClusterAlarm alarm);

  /**
   * What the data of the member behind the service that answers amounts to.
   *
   * @param revision up to which; 0 for all
   */
  Future<StoreHash> hash(long revision);

  /** Has the leader, if that is the member behind the service that answers, hand over. */
  Future<Void> moveLeader(String memberId);
}
