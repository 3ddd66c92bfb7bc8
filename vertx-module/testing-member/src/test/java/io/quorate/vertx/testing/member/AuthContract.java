package io.quorate.vertx.testing.member;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.vertx.client.proto.auth.Permission;
import io.quorate.vertx.client.proto.auth.UserAddOptions;
import io.quorate.vertx.client.proto.rpc.AuthDisableRequest;
import io.quorate.vertx.client.proto.rpc.AuthEnableRequest;
import io.quorate.vertx.client.proto.rpc.AuthGrpcClient;
import io.quorate.vertx.client.proto.rpc.AuthRoleAddRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleDeleteRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleGrantPermissionRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleListRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleRevokePermissionRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserAddRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserChangePasswordRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserDeleteRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserGrantRoleRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserListRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserRevokeRoleRequest;
import io.quorate.vertx.client.proto.rpc.AuthenticateRequest;
import io.quorate.vertx.client.proto.rpc.DeleteRangeRequest;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import io.quorate.vertx.client.proto.rpc.WatchGrpcClient;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.member.RawRpc.Call;
import io.quorate.vertx.testing.member.RawRpc.End;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Users, roles and rights, which must be the same in etcd and in Quorate. Each test begins with
 * authentication enabled and these users: root; ann, whose role reads and writes [b, d), reads [d,
 * f) and writes f; and none, who has no role.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AuthContract {
  static final String DENIED = "etcdserver: permission denied";

  @SuppressWarnings("NullAway.Init")
  RawRpc rpc;

  String root = "";
  String ann = "";
  String none = "";

  void open(URI server) {
    rpc = new RawRpc(server);
    Await.untilTrue(
        "it serves", () -> end(KVGrpcClient.Range, range("a", ""), "").status() == GrpcStatus.OK);
    knowsUsers();
  }

  /** Waits until users can be added. */
  void knowsUsers() {}

  @AfterAll
  void close() {
    rpc.close();
  }

  @BeforeEach
  void enable() {
    ok(AuthGrpcClient.UserAdd, user("root", "r"), "");
    ok(AuthGrpcClient.UserAdd, user("ann", "a"), "");
    ok(AuthGrpcClient.UserAdd, user("none", "n"), "");
    ok(AuthGrpcClient.RoleAdd, role("root"), "");
    ok(AuthGrpcClient.RoleAdd, role("some"), "");
    ok(AuthGrpcClient.UserGrantRole, granted("root", "root"), "");
    ok(AuthGrpcClient.UserGrantRole, granted("ann", "some"), "");
    grant("b", "d", Permission.Type.READWRITE, "");
    grant("d", "f", Permission.Type.READ, "");
    grant("f", "", Permission.Type.WRITE, "");
    ok(AuthGrpcClient.AuthEnable, AuthEnableRequest.getDefaultInstance(), "");
    root = login("root", "r");
    ann = login("ann", "a");
    none = login("none", "n");
  }

  @AfterEach
  void disable() {
    ok(AuthGrpcClient.AuthDisable, AuthDisableRequest.getDefaultInstance(), login("root", "r"));
    for (String user :
        rpc.ask(AuthGrpcClient.UserList, AuthUserListRequest.getDefaultInstance()).getUsersList()) {
      ok(AuthGrpcClient.UserDelete, AuthUserDeleteRequest.newBuilder().setName(user).build(), "");
    }
    for (String role :
        rpc.ask(AuthGrpcClient.RoleList, AuthRoleListRequest.getDefaultInstance()).getRolesList()) {
      ok(AuthGrpcClient.RoleDelete, AuthRoleDeleteRequest.newBuilder().setRole(role).build(), "");
    }
    ok(KVGrpcClient.DeleteRange, delete("a", "z"), "");
  }

  // ---- who somebody is

  @Test
  void whoever_shows_no_token_is_told_so_and_whoever_shows_a_wrong_one() {
    End empty = new End(GrpcStatus.INVALID_ARGUMENT, "etcdserver: user name is empty");
    assertThat(end(KVGrpcClient.Range, range("b", ""), "")).isEqualTo(empty);
    assertThat(end(KVGrpcClient.Put, put("b", "1"), "")).isEqualTo(empty);
    End invalid = new End(GrpcStatus.UNAUTHENTICATED, "etcdserver: invalid auth token");
    for (String token : new String[] {"x", "x.1", "a.b.c", ".", "aaaaaaaaaaaaaaaa.1"}) {
      assertThat(end(KVGrpcClient.Range, range("b", ""), token)).isEqualTo(invalid);
      assertThat(end(KVGrpcClient.Put, put("b", "1"), token)).isEqualTo(invalid);
    }
  }

  @Test
  void logging_in_takes_the_right_password() {
    End failed =
        new End(
            GrpcStatus.INVALID_ARGUMENT,
            "etcdserver: authentication failed, invalid user ID or password");
    assertThat(end(AuthGrpcClient.Authenticate, credentials("ann", "x"), "")).isEqualTo(failed);
    assertThat(end(AuthGrpcClient.Authenticate, credentials("ann", ""), "")).isEqualTo(failed);
    assertThat(end(AuthGrpcClient.Authenticate, credentials("x", "a"), "")).isEqualTo(failed);
    assertThat(login("ann", "a")).matches("[a-zA-Z]{16}\\.[0-9]+");
  }

  @Test
  void a_password_that_changes_ends_what_was_logged_in_with_the_old_one() {
    ok(
        AuthGrpcClient.UserChangePassword,
        AuthUserChangePasswordRequest.newBuilder().setName("ann").setPassword("new").build(),
        root);
    assertThat(end(KVGrpcClient.Range, range("b", ""), ann).status())
        .isEqualTo(GrpcStatus.UNAUTHENTICATED);
    assertThat(end(AuthGrpcClient.Authenticate, credentials("ann", "a"), "").status())
        .isEqualTo(GrpcStatus.INVALID_ARGUMENT);
    ok(KVGrpcClient.Range, range("b", ""), login("ann", "new"));
  }

  @Test
  void a_user_who_is_deleted_is_nobody_any_more() {
    ok(AuthGrpcClient.UserDelete, AuthUserDeleteRequest.newBuilder().setName("ann").build(), root);
    assertThat(end(KVGrpcClient.Range, range("b", ""), ann).status())
        .isEqualTo(GrpcStatus.UNAUTHENTICATED);
  }

  @Test
  void a_user_without_a_password_cannot_log_in_with_one() {
    ok(
        AuthGrpcClient.UserAdd,
        AuthUserAddRequest.newBuilder()
            .setName("cn")
            .setOptions(UserAddOptions.newBuilder().setNoPassword(true))
            .build(),
        root);
    End end = end(AuthGrpcClient.Authenticate, credentials("cn", ""), "");
    assertThat(end.status()).isNotEqualTo(GrpcStatus.OK);
    assertThat(end.message()).contains("authentication failed");
  }

  // ---- what somebody may do with keys

  @Test
  void keys_are_read_and_written_by_those_who_may() {
    ok(KVGrpcClient.Put, put("b", "1"), ann);
    ok(KVGrpcClient.Put, put("f", "1"), ann);
    denied(KVGrpcClient.Put, put("d", "1"), ann);
    denied(KVGrpcClient.Put, put("g", "1"), ann);
    denied(KVGrpcClient.Put, put("f", "1").toBuilder().setPrevKv(true).build(), ann);
    ok(KVGrpcClient.Put, put("b", "2").toBuilder().setPrevKv(true).build(), ann);
    ok(KVGrpcClient.Range, range("b", "f"), ann);
    ok(KVGrpcClient.Range, range("b", "f").toBuilder().setSerializable(true).build(), ann);
    denied(KVGrpcClient.Range, range("b", "g"), ann);
    denied(KVGrpcClient.Range, range("b", "g").toBuilder().setSerializable(true).build(), ann);
    denied(KVGrpcClient.Range, range("b", "\0"), ann);
    denied(KVGrpcClient.Range, range("f", ""), ann);
    denied(KVGrpcClient.Range, range("\0", "\0"), ann);
    ok(KVGrpcClient.DeleteRange, delete("b", "d"), ann);
    denied(KVGrpcClient.DeleteRange, delete("b", "e"), ann);
    denied(KVGrpcClient.DeleteRange, delete("f", "").toBuilder().setPrevKv(true).build(), ann);
    ok(KVGrpcClient.DeleteRange, delete("f", ""), ann);
    for (String token : new String[] {none}) {
      denied(KVGrpcClient.Range, range("b", ""), token);
      denied(KVGrpcClient.Put, put("b", "1"), token);
      denied(KVGrpcClient.DeleteRange, delete("b", ""), token);
    }
    ok(KVGrpcClient.Range, range("\0", "\0"), root);
  }

  @Test
  void a_transaction_is_refused_if_any_part_of_it_is() {
    RequestOp forbidden = RequestOp.newBuilder().setRequestRange(range("f", "")).build();
    RequestOp allowed = RequestOp.newBuilder().setRequestPut(put("b", "1")).build();
    ok(KVGrpcClient.Txn, TxnRequest.newBuilder().addSuccess(allowed).build(), ann);
    denied(KVGrpcClient.Txn, TxnRequest.newBuilder().addSuccess(forbidden).build(), ann);
    denied(
        KVGrpcClient.Txn,
        TxnRequest.newBuilder().addSuccess(allowed).addFailure(forbidden).build(),
        ann);
    assertThat(
            rpc.start(KVGrpcClient.Range, range("c", ""), Map.of("token", root)).next().getCount())
        .isZero();
  }

  @Test
  void what_is_granted_or_taken_away_counts_at_once() {
    denied(KVGrpcClient.Range, range("g", ""), ann);
    grant("g", "", Permission.Type.READ, root);
    ok(KVGrpcClient.Range, range("g", ""), ann);
    ok(
        AuthGrpcClient.RoleRevokePermission,
        AuthRoleRevokePermissionRequest.newBuilder()
            .setRole("some")
            .setKey(ByteString.copyFromUtf8("g"))
            .build(),
        root);
    denied(KVGrpcClient.Range, range("g", ""), ann);
    ok(
        AuthGrpcClient.UserRevokeRole,
        AuthUserRevokeRoleRequest.newBuilder().setName("ann").setRole("some").build(),
        root);
    denied(KVGrpcClient.Put, put("b", "1"), ann);
    ok(AuthGrpcClient.UserGrantRole, granted("none", "some"), root);
    ok(KVGrpcClient.Put, put("b", "1"), none);
    ok(AuthGrpcClient.RoleDelete, AuthRoleDeleteRequest.newBuilder().setRole("some").build(), root);
    denied(KVGrpcClient.Put, put("b", "1"), none);
  }

  // ---- users and roles

  @Test
  void wrong_changes_are_refused_with_their_reason() {
    precondition(AuthGrpcClient.UserAdd, user("ann", "x"), "etcdserver: user name already exists");
    argument(AuthGrpcClient.UserAdd, user("", "x"), "etcdserver: user name is empty");
    precondition(
        AuthGrpcClient.UserDelete,
        AuthUserDeleteRequest.newBuilder().setName("x").build(),
        "etcdserver: user name not found");
    argument(
        AuthGrpcClient.UserDelete,
        AuthUserDeleteRequest.newBuilder().setName("root").build(),
        "etcdserver: invalid auth management");
    argument(
        AuthGrpcClient.UserRevokeRole,
        AuthUserRevokeRoleRequest.newBuilder().setName("root").setRole("root").build(),
        "etcdserver: invalid auth management");
    precondition(
        AuthGrpcClient.UserRevokeRole,
        AuthUserRevokeRoleRequest.newBuilder().setName("ann").setRole("x").build(),
        "etcdserver: role is not granted to the user");
    precondition(
        AuthGrpcClient.UserGrantRole, granted("ann", "x"), "etcdserver: role name not found");
    precondition(AuthGrpcClient.RoleAdd, role("some"), "etcdserver: role name already exists");
    precondition(
        AuthGrpcClient.RoleRevokePermission,
        AuthRoleRevokePermissionRequest.newBuilder()
            .setRole("some")
            .setKey(ByteString.copyFromUtf8("x"))
            .build(),
        "etcdserver: permission is not granted to the role");
    ok(AuthGrpcClient.UserGrantRole, granted("ann", "some"), root);
  }

  // ---- asking

  <Q, R> R asked(ServiceMethod<R, Q> method, Q request) {
    return rpc.start(method, request, Map.of("token", root)).next();
  }

  <Q, R> End end(ServiceMethod<R, Q> method, Q request, String token) {
    return rpc.start(method, request, token.isEmpty() ? Map.of() : Map.of("token", token)).end();
  }

  <Q, R> void ok(ServiceMethod<R, Q> method, Q request, String token) {
    assertThat(end(method, request, token).status())
        .as("%s %s", method.methodName(), request)
        .isEqualTo(GrpcStatus.OK);
  }

  <Q, R> void denied(ServiceMethod<R, Q> method, Q request, String token) {
    assertThat(end(method, request, token))
        .as("%s %s", method.methodName(), request)
        .isEqualTo(new End(GrpcStatus.PERMISSION_DENIED, DENIED));
  }

  private <Q, R> void precondition(ServiceMethod<R, Q> method, Q request, String message) {
    assertThat(end(method, request, root))
        .isEqualTo(new End(GrpcStatus.FAILED_PRECONDITION, message));
  }

  private <Q, R> void argument(ServiceMethod<R, Q> method, Q request, String message) {
    assertThat(end(method, request, root)).isEqualTo(new End(GrpcStatus.INVALID_ARGUMENT, message));
  }

  String login(String user, String password) {
    return rpc.ask(AuthGrpcClient.Authenticate, credentials(user, password)).getToken();
  }

  Call<WatchRequest, WatchResponse> watching(WatchCreateRequest.Builder create, String token) {
    return rpc.start(
        WatchGrpcClient.Watch,
        WatchRequest.newBuilder().setCreateRequest(create).build(),
        token.isEmpty() ? Map.of() : Map.of("token", token));
  }

  static WatchCreateRequest.Builder watch(String key, String end) {
    return WatchCreateRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setRangeEnd(ByteString.copyFromUtf8(end));
  }

  static AuthenticateRequest credentials(String user, String password) {
    return AuthenticateRequest.newBuilder().setName(user).setPassword(password).build();
  }

  static AuthUserAddRequest user(String name, String password) {
    return AuthUserAddRequest.newBuilder().setName(name).setPassword(password).build();
  }

  static AuthRoleAddRequest role(String name) {
    return AuthRoleAddRequest.newBuilder().setName(name).build();
  }

  static AuthUserGrantRoleRequest granted(String user, String role) {
    return AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build();
  }

  void grant(String key, String end, Permission.Type type, String token) {
    ok(
        AuthGrpcClient.RoleGrantPermission,
        AuthRoleGrantPermissionRequest.newBuilder()
            .setName("some")
            .setPerm(permission(key, end, type))
            .build(),
        token);
  }

  static Permission permission(String key, String end, Permission.Type type) {
    return Permission.newBuilder()
        .setPermType(type)
        .setKey(ByteString.copyFromUtf8(key))
        .setRangeEnd(ByteString.copyFromUtf8(end))
        .build();
  }

  static RangeRequest range(String key, String end) {
    return RangeRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setRangeEnd(ByteString.copyFromUtf8(end))
        .build();
  }

  static PutRequest put(String key, String value) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFromUtf8(value))
        .build();
  }

  static DeleteRangeRequest delete(String key, String end) {
    return DeleteRangeRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setRangeEnd(ByteString.copyFromUtf8(end))
        .build();
  }
}
