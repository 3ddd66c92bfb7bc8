package io.quorate.vertx.testing.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.client.proto.auth.Permission;
import io.quorate.vertx.client.proto.rpc.AlarmRequest;
import io.quorate.vertx.client.proto.rpc.AuthDisableRequest;
import io.quorate.vertx.client.proto.rpc.AuthGrpcClient;
import io.quorate.vertx.client.proto.rpc.AuthRoleGetRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleListRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserGetRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserListRequest;
import io.quorate.vertx.client.proto.rpc.CompactionRequest;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseGrantRequest;
import io.quorate.vertx.client.proto.rpc.LeaseGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeRequest;
import io.quorate.vertx.client.proto.rpc.LeaseTimeToLiveRequest;
import io.quorate.vertx.client.proto.rpc.MaintenanceGrpcClient;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import io.quorate.vertx.testing.member.RawRpc.Call;
import io.vertx.grpc.common.GrpcStatus;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What etcd does since 3.7; Debian's, 3.4, is less strict. */
abstract class RecentAuthContract extends AuthContract {
  @Test
  void a_token_is_found_in_either_header() {
    for (Map<String, String> headers :
        java.util.List.of(
            Map.of("token", ann),
            Map.of("authorization", ann),
            Map.of("authorization", "Bearer " + ann))) {
      assertThat(rpc.start(KVGrpcClient.Range, range("b", ""), headers).end().status())
          .isEqualTo(GrpcStatus.OK);
    }
  }

  @Test
  void whoever_ends_a_lease_must_be_allowed_to_delete_its_keys() {
    long lease =
        rpc.start(
                LeaseGrpcClient.LeaseGrant,
                LeaseGrantRequest.newBuilder().setTTL(100).build(),
                Map.of("token", root))
            .next()
            .getID();
    ok(KVGrpcClient.Put, put("g", "1").toBuilder().setLease(lease).build(), root);
    denied(LeaseGrpcClient.LeaseRevoke, LeaseRevokeRequest.newBuilder().setID(lease).build(), ann);
    denied(KVGrpcClient.Put, put("b", "1").toBuilder().setLease(lease).build(), ann);
    denied(
        LeaseGrpcClient.LeaseTimeToLive,
        LeaseTimeToLiveRequest.newBuilder().setID(lease).setKeys(true).build(),
        ann);
    ok(LeaseGrpcClient.LeaseRevoke, LeaseRevokeRequest.newBuilder().setID(lease).build(), root);
  }

  @Test
  void a_watch_of_keys_that_one_may_not_read_is_refused() {
    for (WatchCreateRequest.Builder create :
        new WatchCreateRequest.Builder[] {
          watch("f", ""), watch("b", "\0"), watch("b", "g"), watch("\0", "\0")
        }) {
      Call<WatchRequest, WatchResponse> call = watching(create, ann);
      WatchResponse refused = call.next();
      assertThat(refused.getCanceled()).isTrue();
      assertThat(refused.getCreated()).isTrue();
      assertThat(refused.getWatchId()).isEqualTo(-1);
      assertThat(refused.getCancelReason())
          .isEqualTo("rpc error: code = PermissionDenied desc = " + DENIED);
      call.cancel();
    }
    Call<WatchRequest, WatchResponse> call = watching(watch("b", "f"), ann);
    assertThat(call.next().getCanceled()).isFalse();
    ok(KVGrpcClient.Put, put("b", "1"), ann);
    assertThat(call.next().getEvents(0).getKv().getKey().toStringUtf8()).isEqualTo("b");
    call.cancel();
  }

  @Test
  void some_things_only_root_may_do() {
    denied(KVGrpcClient.Compact, CompactionRequest.newBuilder().setRevision(1).build(), ann);
    denied(AuthGrpcClient.UserAdd, user("x", "x"), ann);
    denied(AuthGrpcClient.UserGrantRole, granted("ann", "root"), ann);
    denied(AuthGrpcClient.RoleAdd, role("x"), ann);
    denied(AuthGrpcClient.AuthDisable, AuthDisableRequest.getDefaultInstance(), ann);
    denied(AuthGrpcClient.UserGet, AuthUserGetRequest.newBuilder().setName("root").build(), ann);
    ok(AuthGrpcClient.UserGet, AuthUserGetRequest.newBuilder().setName("ann").build(), ann);
    denied(AuthGrpcClient.RoleGet, AuthRoleGetRequest.newBuilder().setRole("root").build(), ann);
    ok(AuthGrpcClient.RoleGet, AuthRoleGetRequest.newBuilder().setRole("some").build(), ann);
    ok(MaintenanceGrpcClient.Alarm, AlarmRequest.getDefaultInstance(), root);
  }

  @Test
  void lists_are_ascending_and_root_has_all_rights() {
    assertThat(
            asked(AuthGrpcClient.UserList, AuthUserListRequest.getDefaultInstance()).getUsersList())
        .containsExactly("ann", "none", "root");
    assertThat(
            asked(AuthGrpcClient.RoleList, AuthRoleListRequest.getDefaultInstance()).getRolesList())
        .containsExactly("root", "some");
    assertThat(
            asked(AuthGrpcClient.RoleGet, AuthRoleGetRequest.newBuilder().setRole("root").build())
                .getPermList())
        .containsExactly(permission("", "\0", Permission.Type.READWRITE));
    assertThat(
            asked(AuthGrpcClient.RoleGet, AuthRoleGetRequest.newBuilder().setRole("some").build())
                .getPermList())
        .containsExactly(
            permission("b", "d", Permission.Type.READWRITE),
            permission("d", "f", Permission.Type.READ),
            permission("f", "", Permission.Type.WRITE));
  }
}
