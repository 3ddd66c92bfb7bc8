package io.quorate.vertx.testing.member;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.vertx.client.proto.election.CampaignRequest;
import io.quorate.vertx.client.proto.election.CampaignResponse;
import io.quorate.vertx.client.proto.election.ElectionGrpcClient;
import io.quorate.vertx.client.proto.election.LeaderKey;
import io.quorate.vertx.client.proto.election.LeaderRequest;
import io.quorate.vertx.client.proto.election.LeaderResponse;
import io.quorate.vertx.client.proto.election.ProclaimRequest;
import io.quorate.vertx.client.proto.election.ResignRequest;
import io.quorate.vertx.client.proto.lock.LockGrpcClient;
import io.quorate.vertx.client.proto.lock.LockRequest;
import io.quorate.vertx.client.proto.lock.LockResponse;
import io.quorate.vertx.client.proto.lock.UnlockRequest;
import io.quorate.vertx.client.proto.mvcc.KeyValue;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseGrantRequest;
import io.quorate.vertx.client.proto.rpc.LeaseGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeRequest;
import io.quorate.vertx.client.proto.rpc.LeaseTimeToLiveRequest;
import io.quorate.vertx.client.proto.rpc.LeaseTimeToLiveResponse;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.member.RawRpc.Call;
import io.quorate.vertx.testing.member.RawRpc.End;
import io.vertx.grpc.common.GrpcStatus;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The lock and election services, which must be the same in etcd and in Quorate: messages, headers,
 * errors. Each test has a line of its own.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LockServicesContract {
  private static final long NO_LEASE = 0x404;

  @SuppressWarnings("NullAway.Init")
  RawRpc rpc;

  void open(URI server) {
    rpc = new RawRpc(server);
    Await.untilTrue("it serves", () -> revision() > 0);
  }

  @AfterAll
  void close() {
    rpc.close();
  }

  // ---- Lock

  @Test
  void a_free_lock_is_answered_with_its_key_and_the_revision_that_created_it() {
    long lease = lease();
    LockResponse locked = rpc.ask(LockGrpcClient.Lock, lock("free", lease));
    assertThat(locked.getKey()).isEqualTo(key("free", lease));
    KeyValue pair = only(locked.getKey());
    assertThat(pair.getLease()).isEqualTo(lease);
    assertThat(pair.getValue()).isEqualTo(ByteString.EMPTY);
    ResponseHeader header = locked.getHeader();
    assertThat(header.getRevision()).isEqualTo(pair.getCreateRevision());
    assertThat(header.getRaftTerm()).isPositive();
    assertThat(header.getClusterId()).isNotZero();
    assertThat(header.getMemberId()).isNotZero();
  }

  @Test
  void a_lease_that_has_the_lock_gets_it_again_without_a_change() {
    long lease = lease();
    LockResponse first = rpc.ask(LockGrpcClient.Lock, lock("again", lease));
    LockResponse second = rpc.ask(LockGrpcClient.Lock, lock("again", lease));
    assertThat(second).isEqualTo(first);
  }

  @Test
  void a_lock_is_passed_on_in_the_order_of_the_requests() {
    ByteString held = rpc.ask(LockGrpcClient.Lock, lock("order", lease())).getKey();
    List<Call<LockRequest, LockResponse>> line = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      line.add(waiting("order", 1 + i));
    }
    for (Call<LockRequest, LockResponse> next : line) {
      assertThat(line).allSatisfy(call -> assertThat(call.messages).isEmpty());
      long unlocked = rpc.ask(LockGrpcClient.Unlock, unlock(held)).getHeader().getRevision();
      LockResponse locked = next.next();
      assertThat(locked.getHeader().getRevision()).isEqualTo(unlocked);
      assertThat(next.end().status()).isEqualTo(GrpcStatus.OK);
      held = locked.getKey();
    }
  }

  @Test
  void a_lock_is_passed_on_when_the_lease_of_its_holder_ends() {
    long lease = lease();
    ByteString held = rpc.ask(LockGrpcClient.Lock, lock("revoked", lease)).getKey();
    Call<LockRequest, LockResponse> next = waiting("revoked", 1);
    revoke(lease);
    assertThat(next.next().getKey()).isNotEqualTo(held);
  }

  @Test
  void a_caller_that_gives_up_leaves_the_line_and_does_not_get_the_lock() {
    ByteString held = rpc.ask(LockGrpcClient.Lock, lock("cancel", lease())).getKey();
    Call<LockRequest, LockResponse> waiting = waiting("cancel", 1);
    Call<LockRequest, LockResponse> late =
        rpc.start(LockGrpcClient.Lock, lock("cancel", lease()), Map.of("grpc-timeout", "200m"));
    Await.untilTrue("the deadline", late::hasEnded);
    untilCount("cancel", 2);
    Call<LockRequest, LockResponse> last = waiting("cancel", 2);
    waiting.cancel();
    untilCount("cancel", 2);
    var unused = rpc.ask(LockGrpcClient.Unlock, unlock(held));
    assertThat(last.next().getKey()).isEqualTo(line("cancel").get(0).getKey());
  }

  @Test
  void without_a_lease_one_is_granted_for_a_minute() {
    ByteString key = rpc.ask(LockGrpcClient.Lock, lock("granted", 0)).getKey();
    long lease = only(key).getLease();
    assertThat(key).isEqualTo(key("granted", lease));
    assertThat(timeToLive(lease).getGrantedTTL()).isEqualTo(60);
    LeaderKey leader =
        rpc.ask(ElectionGrpcClient.Campaign, campaign("granted-leader", 0, "v")).getLeader();
    assertThat(leader.getKey()).isEqualTo(key("granted-leader", leader.getLease()));
    assertThat(timeToLive(leader.getLease()).getGrantedTTL()).isEqualTo(60);
  }

  @Test
  void a_lease_that_does_not_exist_is_refused() {
    End refused = unknown("etcdserver: requested lease not found");
    assertThat(rpc.endOf(LockGrpcClient.Lock, lock("none", NO_LEASE))).isEqualTo(refused);
    assertThat(rpc.endOf(LockGrpcClient.Lock, lock("none", -1))).isEqualTo(refused);
    assertThat(rpc.endOf(ElectionGrpcClient.Campaign, campaign("none", NO_LEASE, "v")))
        .isEqualTo(refused);
    assertThat(line("none")).isEmpty();
  }

  @Test
  void the_id_of_a_lease_may_be_negative() {
    LeaseGrantRequest grant = LeaseGrantRequest.newBuilder().setID(-0x1f).setTTL(600).build();
    assertThat(rpc.ask(LeaseGrpcClient.LeaseGrant, grant).getID()).isEqualTo(-0x1f);
    assertThat(rpc.ask(LockGrpcClient.Lock, lock("negative", -0x1f)).getKey().toStringUtf8())
        .isEqualTo("negative/-1f");
  }

  @Test
  void what_is_not_locked_may_be_unlocked_but_a_key_must_be_given() {
    long revision = revision();
    assertThat(
            rpc.ask(LockGrpcClient.Unlock, unlock(ByteString.copyFromUtf8("unlocked/1")))
                .getHeader()
                .getRevision())
        .isEqualTo(revision);
    assertThat(rpc.endOf(LockGrpcClient.Unlock, unlock(ByteString.EMPTY)))
        .isEqualTo(unknown("etcdserver: key is not provided"));
  }

  @Test
  void names_may_be_empty_or_any_bytes() {
    long lease = lease();
    ByteString any = ByteString.copyFrom(new byte[] {(byte) 0xff, 0, (byte) 0xfe});
    for (ByteString name : List.of(ByteString.EMPTY, any)) {
      LockRequest request = LockRequest.newBuilder().setName(name).setLease(lease).build();
      assertThat(rpc.ask(LockGrpcClient.Lock, request).getKey())
          .isEqualTo(name.concat(key("", lease)));
    }
  }

  // ---- Election

  @Test
  void a_leader_is_answered_with_what_it_needs_to_proclaim_and_resign() {
    long lease = lease();
    CampaignResponse won = rpc.ask(ElectionGrpcClient.Campaign, campaign("lead", lease, "one"));
    KeyValue pair = only(key("lead", lease));
    assertThat(won.getLeader())
        .isEqualTo(
            LeaderKey.newBuilder()
                .setName(ByteString.copyFromUtf8("lead"))
                .setKey(pair.getKey())
                .setRev(pair.getCreateRevision())
                .setLease(lease)
                .build());
    assertThat(won.getHeader().getRevision()).isEqualTo(pair.getCreateRevision());
    LeaderResponse leader = rpc.ask(ElectionGrpcClient.Leader, leader("lead"));
    assertThat(leader.getKv()).isEqualTo(pair);
    assertThat(leader.getHeader().getRevision()).isEqualTo(revision());

    long proclaimed =
        rpc.ask(ElectionGrpcClient.Proclaim, proclaim(won.getLeader(), "two"))
            .getHeader()
            .getRevision();
    KeyValue changed = rpc.ask(ElectionGrpcClient.Leader, leader("lead")).getKv();
    assertThat(changed.getValue().toStringUtf8()).isEqualTo("two");
    assertThat(changed.getModRevision()).isEqualTo(proclaimed);
    assertThat(changed.getLease()).isEqualTo(lease);
    assertThat(changed.getCreateRevision()).isEqualTo(pair.getCreateRevision());

    long resigned =
        rpc.ask(ElectionGrpcClient.Resign, resign(won.getLeader())).getHeader().getRevision();
    assertThat(resigned).isEqualTo(proclaimed + 1);
    assertThat(rpc.endOf(ElectionGrpcClient.Leader, leader("lead")))
        .isEqualTo(unknown("election: no leader"));
  }

  @Test
  void who_does_not_lead_cannot_proclaim_but_resign() {
    long lease = lease();
    LeaderKey leader =
        rpc.ask(ElectionGrpcClient.Campaign, campaign("former", lease, "v")).getLeader();
    LeaderKey other = leader.toBuilder().setRev(leader.getRev() - 1).build();
    assertThat(rpc.endOf(ElectionGrpcClient.Proclaim, proclaim(other, "x")))
        .isEqualTo(unknown("election: not leader"));
    LeaderKey noLease = leader.toBuilder().setLease(NO_LEASE).build();
    assertThat(rpc.endOf(ElectionGrpcClient.Proclaim, proclaim(noLease, "x")))
        .isEqualTo(unknown("etcdserver: requested lease not found"));
    long revision = revision();
    assertThat(rpc.ask(ElectionGrpcClient.Resign, resign(other)).getHeader().getRevision())
        .isEqualTo(revision);
    assertThat(only(leader.getKey()).getVersion()).isEqualTo(1);
  }

  @Test
  void the_leader_must_be_named() {
    End missing = unknown("\"leader\" field must be provided");
    assertThat(rpc.endOf(ElectionGrpcClient.Proclaim, ProclaimRequest.getDefaultInstance()))
        .isEqualTo(missing);
    assertThat(rpc.endOf(ElectionGrpcClient.Resign, ResignRequest.getDefaultInstance()))
        .isEqualTo(missing);
    End noKey = unknown("etcdserver: key is not provided");
    LeaderKey empty = LeaderKey.getDefaultInstance();
    assertThat(rpc.endOf(ElectionGrpcClient.Proclaim, proclaim(empty, "v"))).isEqualTo(noKey);
    assertThat(rpc.endOf(ElectionGrpcClient.Resign, resign(empty))).isEqualTo(noKey);
  }

  @Test
  void to_proclaim_without_a_lease_moves_the_key_to_one_that_is_granted() {
    LeaderKey leader =
        rpc.ask(ElectionGrpcClient.Campaign, campaign("moved", lease(), "v")).getLeader();
    var unused =
        rpc.ask(
            ElectionGrpcClient.Proclaim, proclaim(leader.toBuilder().clearLease().build(), "w"));
    long granted = only(leader.getKey()).getLease();
    assertThat(granted).isNotEqualTo(leader.getLease());
    assertThat(timeToLive(granted).getGrantedTTL()).isEqualTo(60);
  }

  @Test
  void a_leader_that_campaigns_again_keeps_its_place_and_gets_the_new_value() {
    long lease = lease();
    CampaignResponse first = rpc.ask(ElectionGrpcClient.Campaign, campaign("twice", lease, "v"));
    CampaignResponse same = rpc.ask(ElectionGrpcClient.Campaign, campaign("twice", lease, "v"));
    assertThat(same).isEqualTo(first);
    CampaignResponse other = rpc.ask(ElectionGrpcClient.Campaign, campaign("twice", lease, "w"));
    assertThat(other).as("the header is that of entering").isEqualTo(first);
    KeyValue pair = only(first.getLeader().getKey());
    assertThat(pair.getValue().toStringUtf8()).isEqualTo("w");
    assertThat(pair.getVersion()).isEqualTo(2);
  }

  @Test
  void locks_and_elections_of_the_same_name_have_one_line() {
    long lease = lease();
    LeaderKey leader =
        rpc.ask(ElectionGrpcClient.Campaign, campaign("shared", lease, "v")).getLeader();
    LockResponse locked = rpc.ask(LockGrpcClient.Lock, lock("shared", lease));
    assertThat(locked.getKey()).isEqualTo(leader.getKey());
    assertThat(only(locked.getKey()).getValue().toStringUtf8()).isEqualTo("v");
    Call<LockRequest, LockResponse> waiting = waiting("shared", 1);
    var unused = rpc.ask(ElectionGrpcClient.Resign, resign(leader));
    assertThat(waiting.next().getKey()).isEqualTo(line("shared").get(0).getKey());
  }

  @Test
  void the_next_candidate_leads_when_the_leader_resigns() {
    LeaderKey leader =
        rpc.ask(ElectionGrpcClient.Campaign, campaign("next", lease(), "one")).getLeader();
    var next = rpc.start(ElectionGrpcClient.Campaign, campaign("next", lease(), "two"), Map.of());
    untilCount("next", 2);
    long entered = revision();
    var unused = rpc.ask(ElectionGrpcClient.Resign, resign(leader));
    CampaignResponse won = next.next();
    assertThat(won.getLeader().getRev()).isEqualTo(entered);
    assertThat(won.getHeader().getRevision()).as("that of entering").isEqualTo(entered);
    assertThat(rpc.ask(ElectionGrpcClient.Leader, leader("next")).getKv().getValue())
        .isEqualTo(ByteString.copyFromUtf8("two"));
  }

  @Test
  void a_candidate_that_gives_up_does_not_lead() {
    LeaderKey leader =
        rpc.ask(ElectionGrpcClient.Campaign, campaign("quit", lease(), "one")).getLeader();
    var next = rpc.start(ElectionGrpcClient.Campaign, campaign("quit", lease(), "two"), Map.of());
    untilCount("quit", 2);
    next.cancel();
    untilCount("quit", 1);
    assertThat(line("quit").get(0).getKey()).isEqualTo(leader.getKey());
  }

  @Test
  void an_observer_sees_the_leaders_and_their_values_in_order() {
    Call<LeaderRequest, LeaderResponse> waits =
        rpc.start(ElectionGrpcClient.Observe, leader("observed"), Map.of());
    long first = lease();
    LeaderKey leader =
        rpc.ask(ElectionGrpcClient.Campaign, campaign("observed", first, "one")).getLeader();
    LeaderResponse seen = waits.next();
    assertThat(seen.getKv()).isEqualTo(only(leader.getKey()));
    assertThat(seen.getHeader().getRevision()).isEqualTo(leader.getRev());
    assertThat(seen.getHeader().getMemberId()).isNotZero();

    Call<LeaderRequest, LeaderResponse> late =
        rpc.start(ElectionGrpcClient.Observe, leader("observed"), Map.of());
    assertThat(late.next().getKv()).isEqualTo(seen.getKv());

    var second =
        rpc.start(ElectionGrpcClient.Campaign, campaign("observed", lease(), "two"), Map.of());
    untilCount("observed", 2);
    var proclaimed = rpc.ask(ElectionGrpcClient.Proclaim, proclaim(leader, "one, too"));
    for (Call<LeaderRequest, LeaderResponse> observer : List.of(waits, late)) {
      LeaderResponse change = observer.next();
      assertThat(change.getKv().getValue().toStringUtf8()).isEqualTo("one, too");
      assertThat(change.getHeader()).isEqualTo(proclaimed.getHeader());
    }

    revoke(first);
    LeaderKey won = second.next().getLeader();
    for (Call<LeaderRequest, LeaderResponse> observer : List.of(waits, late)) {
      assertThat(observer.next().getKv()).isEqualTo(only(won.getKey()));
    }

    var unused = rpc.ask(ElectionGrpcClient.Resign, resign(won));
    var third = rpc.ask(ElectionGrpcClient.Campaign, campaign("observed", lease(), "three"));
    for (Call<LeaderRequest, LeaderResponse> observer : List.of(waits, late)) {
      assertThat(observer.next().getKv()).isEqualTo(only(third.getLeader().getKey()));
      assertThat(observer.messages).isEmpty();
      assertThat(observer.hasEnded()).isFalse();
      observer.cancel();
    }
  }

  // ---- helpers

  static End unknown(String message) {
    return new End(GrpcStatus.UNKNOWN, message);
  }

  /** A caller in the line behind {@code before} others. */
  private Call<LockRequest, LockResponse> waiting(String name, int before) {
    Call<LockRequest, LockResponse> call =
        rpc.start(LockGrpcClient.Lock, lock(name, lease()), Map.of());
    untilCount(name, before + 1);
    return call;
  }

  void untilCount(String name, int keys) {
    Await.untilTrue(keys + " keys", () -> line(name).size() == keys);
  }

  /** The keys of a line, the oldest first. */
  List<KeyValue> line(String name) {
    return rpc.ask(
            KVGrpcClient.Range,
            RangeRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(name + "/"))
                .setRangeEnd(ByteString.copyFromUtf8(name + "0"))
                .setSortTarget(RangeRequest.SortTarget.CREATE)
                .build())
        .getKvsList();
  }

  private KeyValue only(ByteString key) {
    List<KeyValue> found =
        rpc.ask(KVGrpcClient.Range, RangeRequest.newBuilder().setKey(key).build()).getKvsList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private long revision() {
    RangeRequest any = RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("any")).build();
    return rpc.ask(KVGrpcClient.Range, any).getHeader().getRevision();
  }

  long lease() {
    return rpc.ask(LeaseGrpcClient.LeaseGrant, LeaseGrantRequest.newBuilder().setTTL(600).build())
        .getID();
  }

  void revoke(long lease) {
    var unused =
        rpc.ask(LeaseGrpcClient.LeaseRevoke, LeaseRevokeRequest.newBuilder().setID(lease).build());
  }

  private LeaseTimeToLiveResponse timeToLive(long lease) {
    return rpc.ask(
        LeaseGrpcClient.LeaseTimeToLive, LeaseTimeToLiveRequest.newBuilder().setID(lease).build());
  }

  private static ByteString key(String name, long lease) {
    return ByteString.copyFromUtf8(name + "/" + Long.toHexString(lease));
  }

  static LockRequest lock(String name, long lease) {
    return LockRequest.newBuilder().setName(ByteString.copyFromUtf8(name)).setLease(lease).build();
  }

  static UnlockRequest unlock(ByteString key) {
    return UnlockRequest.newBuilder().setKey(key).build();
  }

  private static CampaignRequest campaign(String name, long lease, String value) {
    return CampaignRequest.newBuilder()
        .setName(ByteString.copyFromUtf8(name))
        .setLease(lease)
        .setValue(ByteString.copyFromUtf8(value))
        .build();
  }

  private static ProclaimRequest proclaim(LeaderKey leader, String value) {
    return ProclaimRequest.newBuilder()
        .setLeader(leader)
        .setValue(ByteString.copyFromUtf8(value))
        .build();
  }

  private static ResignRequest resign(LeaderKey leader) {
    return ResignRequest.newBuilder().setLeader(leader).build();
  }

  private static LeaderRequest leader(String name) {
    return LeaderRequest.newBuilder().setName(ByteString.copyFromUtf8(name)).build();
  }
}
