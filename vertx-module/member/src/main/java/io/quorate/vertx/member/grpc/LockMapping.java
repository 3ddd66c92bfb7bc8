package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.client.api.ByteStrings;
import io.quorate.vertx.client.api.ProtoMapping;
import io.quorate.vertx.client.proto.election.CampaignRequest;
import io.quorate.vertx.client.proto.election.CampaignResponse;
import io.quorate.vertx.client.proto.election.LeaderKey;
import io.quorate.vertx.client.proto.election.LeaderRequest;
import io.quorate.vertx.client.proto.election.LeaderResponse;
import io.quorate.vertx.client.proto.election.ProclaimRequest;
import io.quorate.vertx.client.proto.election.ProclaimResponse;
import io.quorate.vertx.client.proto.election.ResignRequest;
import io.quorate.vertx.client.proto.election.ResignResponse;
import io.quorate.vertx.client.proto.lock.LockRequest;
import io.quorate.vertx.client.proto.lock.LockResponse;
import io.quorate.vertx.client.proto.lock.UnlockRequest;
import io.quorate.vertx.client.proto.lock.UnlockResponse;
import io.quorate.vertx.member.lock.Campaign;
import io.quorate.vertx.member.lock.Contender;
import io.quorate.vertx.member.lock.Elections;
import io.quorate.vertx.member.lock.Leader;
import io.quorate.vertx.member.lock.Lock;
import io.quorate.vertx.member.lock.LockError;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;

/** The messages of etcd's lock and election services. */
final class LockMapping {
  private LockMapping() {}

  // ---- Lock

  static Contender lock(MemberStore store, MemberStore asking, LockRequest r) {
    return new Lock(store, asking, ByteStrings.toBytes(r.getName()), r.getLease());
  }

  static MessageLite locked(MemberStatus status, Contender.Turn turn) {
    return LockResponse.newBuilder()
        .setHeader(ProtoMapping.header(status, turn.revision()))
        .setKey(ByteStrings.of(turn.key()))
        .build();
  }

  static Future<Result.Deleted> unlock(MemberStore store, UnlockRequest r) {
    KeyRange key = KeyRange.single(ByteStrings.toBytes(r.getKey()));
    return store.delete(new Command.DeleteRange(key, false));
  }

  static MessageLite unlocked(MemberStatus status, Result.Deleted deleted) {
    return UnlockResponse.newBuilder()
        .setHeader(ProtoMapping.header(status, deleted.revision()))
        .build();
  }

  // ---- Election

  static Contender campaign(MemberStore store, MemberStore asking, CampaignRequest r) {
    return new Campaign(
        store,
        asking,
        ByteStrings.toBytes(r.getName()),
        r.getLease(),
        ByteStrings.toBytes(r.getValue()));
  }

  /** Unlike a lock's, the header is always that of entering. */
  static MessageLite elected(MemberStatus status, Contender.Turn turn) {
    return CampaignResponse.newBuilder()
        .setHeader(ProtoMapping.header(status, turn.entryRevision()))
        .setLeader(
            LeaderKey.newBuilder()
                .setName(ByteStrings.of(turn.name()))
                .setKey(ByteStrings.of(turn.key()))
                .setRev(turn.createRevision())
                .setLease(turn.lease()))
        .build();
  }

  static Future<Long> proclaim(MemberStore store, ProclaimRequest r) {
    LeaderKey leader = leaderOf(r.hasLeader(), r.getLeader());
    return Elections.proclaim(
        store,
        ByteStrings.toBytes(leader.getKey()),
        leader.getRev(),
        leader.getLease(),
        ByteStrings.toBytes(r.getValue()));
  }

  static MessageLite proclaimed(MemberStatus status, long revision) {
    return ProclaimResponse.newBuilder().setHeader(ProtoMapping.header(status, revision)).build();
  }

  static Future<Long> resign(MemberStore store, ResignRequest r) {
    LeaderKey leader = leaderOf(r.hasLeader(), r.getLeader());
    return Elections.resign(store, ByteStrings.toBytes(leader.getKey()), leader.getRev());
  }

  static MessageLite resigned(MemberStatus status, long revision) {
    return ResignResponse.newBuilder().setHeader(ProtoMapping.header(status, revision)).build();
  }

  private static LeaderKey leaderOf(boolean given, LeaderKey leader) {
    if (!given) {
      throw LockError.LEADER_MISSING.exception();
    }
    return leader;
  }

  static Future<Leader> leader(MemberStore store, LeaderRequest r) {
    return Elections.leader(store, ByteStrings.toBytes(r.getName()));
  }

  static LeaderResponse leader(MemberStatus status, Leader leader) {
    return LeaderResponse.newBuilder()
        .setHeader(ProtoMapping.header(status, leader.revision()))
        .setKv(ProtoMapping.keyValue(leader.pair()))
        .build();
  }
}
