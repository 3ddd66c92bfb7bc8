package io.quorate.vertx.service.server;

import static io.quorate.vertx.service.server.ArgumentChecks.hex;
import static io.quorate.vertx.service.server.ArgumentChecks.id;
import static io.quorate.vertx.service.server.ArgumentChecks.notEmpty;
import static io.quorate.vertx.service.server.ArgumentChecks.notNegative;

import io.quorate.command.Command;
import io.quorate.command.Member;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.service.ClusterAlarm;
import io.quorate.vertx.service.ClusterMember;
import io.quorate.vertx.service.ClusterService;
import io.quorate.vertx.service.ClusterStatus;
import io.quorate.vertx.service.MemberAddRequest;
import io.quorate.vertx.service.MemberUpdateRequest;
import io.quorate.vertx.service.StoreHash;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;

/** Serves {@link ClusterService}. */
final class ClusterServer implements ClusterService {
  private final QuorateStore store;

  ClusterServer(QuorateClient client) {
    this.store = client.store();
  }

  @Override
  public Future<List<ClusterMember>> members() {
    return ServerFailures.of(() -> store.memberList(true).map(ClusterServer::members));
  }

  private static List<ClusterMember> members(Result.Members members) {
    return members.members().stream().map(ClusterServer::member).toList();
  }

  private static ClusterMember member(Member member) {
    return new ClusterMember()
        .setMemberId(hex(member.id()))
        .setName(member.name())
        .setPeerUrls(member.peerUrls())
        .setClientUrls(member.clientUrls())
        .setLearner(member.isLearner());
  }

  @Override
  public Future<ClusterMember> memberAdd(MemberAddRequest request) {
    return ServerFailures.of(
        () ->
            store
                .memberAdd(notEmpty("peerUrls", request.getPeerUrls()), request.isLearner())
                .map(
                    added -> {
                      Member member = added.member();
                      if (member == null) {
                        throw new IllegalStateException("a member was added but not told");
                      }
                      return member(member);
                    }));
  }

  @Override
  public Future<List<ClusterMember>> memberRemove(String memberId) {
    return ServerFailures.of(
        () -> store.memberRemove(id("memberId", memberId)).map(ClusterServer::members));
  }

  @Override
  public Future<List<ClusterMember>> memberUpdate(MemberUpdateRequest request) {
    return ServerFailures.of(
        () ->
            store
                .memberUpdate(
                    id("memberId", request.getMemberId()),
                    notEmpty("peerUrls", request.getPeerUrls()))
                .map(ClusterServer::members));
  }

  @Override
  public Future<List<ClusterMember>> memberPromote(String memberId) {
    return ServerFailures.of(
        () -> store.memberPromote(id("memberId", memberId)).map(ClusterServer::members));
  }

  @Override
  public Future<ClusterStatus> status() {
    return ServerFailures.of(() -> store.status().map(ClusterServer::status));
  }

  private static ClusterStatus status(Result.MemberStatus status) {
    return new ClusterStatus()
        .setClusterId(hex(status.clusterId()))
        .setMemberId(hex(status.memberId()))
        .setLeaderId(status.leader() == 0 ? null : hex(status.leader()))
        .setRaftTerm(status.raftTerm())
        .setRaftIndex(status.raftIndex())
        .setRaftAppliedIndex(status.raftAppliedIndex())
        .setRevision(status.revision())
        .setDbSizeBytes(status.dbSizeBytes())
        .setDbSizeInUseBytes(status.dbSizeInUseBytes())
        .setDbSizeQuotaBytes(status.dbSizeQuotaBytes())
        .setLearner(status.isLearner())
        .setAlarms(alarms(status.alarms()));
  }

  private static List<ClusterAlarm> alarms(List<Result.AlarmMember> alarms) {
    return alarms.stream()
        .map(
            alarm ->
                new ClusterAlarm().setMemberId(hex(alarm.memberId())).setAlarm(alarm.type().name()))
        .toList();
  }

  @Override
  public Future<List<ClusterAlarm>> alarms() {
    return ServerFailures.of(
        () ->
            store
                .alarm(new Command.Alarm(Command.AlarmAction.GET, 0, Command.AlarmType.NONE))
                .map(told -> alarms(told.alarms())));
  }

  @Override
  public Future<List<ClusterAlarm>> disarm(ClusterAlarm alarm) {
    return ServerFailures.of(
        () ->
            store
                .alarm(
                    new Command.Alarm(
                        Command.AlarmAction.DEACTIVATE,
                        id("memberId", alarm.getMemberId()),
                        type(alarm.getAlarm())))
                .compose(disarmed -> alarms()));
  }

  private static Command.AlarmType type(String name) {
    return switch (name.toUpperCase(Locale.ROOT)) {
      case "NOSPACE" -> Command.AlarmType.NOSPACE;
      case "CORRUPT" -> Command.AlarmType.CORRUPT;
      default ->
          throw ServerFailures.wrong("alarm", "must be NOSPACE or CORRUPT, not '" + name + "'");
    };
  }

  @Override
  public Future<StoreHash> hash(long revision) {
    return ServerFailures.of(
        () ->
            store
                .hashKv(notNegative("revision", revision))
                .map(
                    hash ->
                        new StoreHash()
                            .setHash(Integer.toUnsignedLong(hash.hash()))
                            .setHashRevision(hash.hashRevision())
                            .setCompactRevision(hash.compactRevision())
                            .setRevision(hash.revision())));
  }

  @Override
  public Future<Void> moveLeader(String memberId) {
    return ServerFailures.of(() -> store.moveLeader(id("memberId", memberId)));
  }
}
