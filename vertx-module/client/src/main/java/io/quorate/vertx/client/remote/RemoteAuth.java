package io.quorate.vertx.client.remote;

import io.quorate.command.AuthChange;
import io.quorate.command.Command;
import io.quorate.command.Password;
import io.quorate.command.Result;
import io.quorate.vertx.client.api.AuthMapping;
import io.quorate.vertx.client.api.ByteStrings;
import io.quorate.vertx.client.proto.auth.UserAddOptions;
import io.quorate.vertx.client.proto.rpc.AuthDisableRequest;
import io.quorate.vertx.client.proto.rpc.AuthDisableResponse;
import io.quorate.vertx.client.proto.rpc.AuthEnableRequest;
import io.quorate.vertx.client.proto.rpc.AuthEnableResponse;
import io.quorate.vertx.client.proto.rpc.AuthGrpcClient;
import io.quorate.vertx.client.proto.rpc.AuthRoleAddRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleAddResponse;
import io.quorate.vertx.client.proto.rpc.AuthRoleDeleteRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleDeleteResponse;
import io.quorate.vertx.client.proto.rpc.AuthRoleGrantPermissionRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleGrantPermissionResponse;
import io.quorate.vertx.client.proto.rpc.AuthRoleRevokePermissionRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleRevokePermissionResponse;
import io.quorate.vertx.client.proto.rpc.AuthUserAddRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserAddResponse;
import io.quorate.vertx.client.proto.rpc.AuthUserChangePasswordRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserChangePasswordResponse;
import io.quorate.vertx.client.proto.rpc.AuthUserDeleteRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserDeleteResponse;
import io.quorate.vertx.client.proto.rpc.AuthUserGrantRoleRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserGrantRoleResponse;
import io.quorate.vertx.client.proto.rpc.AuthUserRevokeRoleRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserRevokeRoleResponse;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import io.vertx.core.Future;
import io.vertx.grpc.common.ServiceMethod;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Function;

/**
 * Sends each change of users and roles as the request that etcd has for it.
 *
 * @param request the change as a whole
 */
record RemoteAuth(Calls calls, Command.Auth request)
    implements AuthChange.Visitor<Future<Result.Done>> {
  private <Q, R> Future<Result.Done> send(
      ServiceMethod<R, Q> method, Q message, Function<R, ResponseHeader> header) {
    return calls
        .ask(request, method, message)
        .map(response -> new Result.Done(header.apply(response).getRevision()));
  }

  private static AuthUserAddRequest userAddition(AuthChange.UserAdd add) {
    AuthUserAddRequest.Builder request = AuthUserAddRequest.newBuilder().setName(add.name());
    if (add.password() instanceof Password.Plain plain) {
      return request.setPassword(plain.text()).build();
    }
    if (add.password() instanceof Password.Hashed) {
      throw new IllegalArgumentException("a user can be added with a password, not with its hash");
    }
    return request.setOptions(UserAddOptions.newBuilder().setNoPassword(true)).build();
  }

  private static AuthUserChangePasswordRequest passwordChange(
      AuthChange.UserChangePassword change) {
    AuthUserChangePasswordRequest.Builder request =
        AuthUserChangePasswordRequest.newBuilder().setName(change.name());
    if (change.password() instanceof Password.Plain plain) {
      request.setPassword(plain.text());
    } else if (change.password() instanceof Password.Hashed hashed) {
      byte[] hash = hashed.bcrypt().getBytes(StandardCharsets.ISO_8859_1);
      request.setHashedPassword(Base64.getEncoder().encodeToString(hash));
    }
    return request.build();
  }

  @Override
  public Future<Result.Done> enable(AuthChange.Enable change) {
    return send(
        AuthGrpcClient.AuthEnable,
        AuthEnableRequest.getDefaultInstance(),
        AuthEnableResponse::getHeader);
  }

  @Override
  public Future<Result.Done> disable(AuthChange.Disable change) {
    return send(
        AuthGrpcClient.AuthDisable,
        AuthDisableRequest.getDefaultInstance(),
        AuthDisableResponse::getHeader);
  }

  @Override
  public Future<Result.Done> userAdd(AuthChange.UserAdd change) {
    return send(AuthGrpcClient.UserAdd, userAddition(change), AuthUserAddResponse::getHeader);
  }

  @Override
  public Future<Result.Done> userDelete(AuthChange.UserDelete change) {
    return send(
        AuthGrpcClient.UserDelete,
        AuthUserDeleteRequest.newBuilder().setName(change.name()).build(),
        AuthUserDeleteResponse::getHeader);
  }

  @Override
  public Future<Result.Done> userChangePassword(AuthChange.UserChangePassword change) {
    return send(
        AuthGrpcClient.UserChangePassword,
        passwordChange(change),
        AuthUserChangePasswordResponse::getHeader);
  }

  @Override
  public Future<Result.Done> userGrantRole(AuthChange.UserGrantRole change) {
    return send(
        AuthGrpcClient.UserGrantRole,
        AuthUserGrantRoleRequest.newBuilder().setUser(change.user()).setRole(change.role()).build(),
        AuthUserGrantRoleResponse::getHeader);
  }

  @Override
  public Future<Result.Done> userRevokeRole(AuthChange.UserRevokeRole change) {
    return send(
        AuthGrpcClient.UserRevokeRole,
        AuthUserRevokeRoleRequest.newBuilder()
            .setName(change.user())
            .setRole(change.role())
            .build(),
        AuthUserRevokeRoleResponse::getHeader);
  }

  @Override
  public Future<Result.Done> roleAdd(AuthChange.RoleAdd change) {
    return send(
        AuthGrpcClient.RoleAdd,
        AuthRoleAddRequest.newBuilder().setName(change.name()).build(),
        AuthRoleAddResponse::getHeader);
  }

  @Override
  public Future<Result.Done> roleDelete(AuthChange.RoleDelete change) {
    return send(
        AuthGrpcClient.RoleDelete,
        AuthRoleDeleteRequest.newBuilder().setRole(change.name()).build(),
        AuthRoleDeleteResponse::getHeader);
  }

  @Override
  public Future<Result.Done> roleGrantPermission(AuthChange.RoleGrantPermission change) {
    return send(
        AuthGrpcClient.RoleGrantPermission,
        AuthRoleGrantPermissionRequest.newBuilder()
            .setName(change.role())
            .setPerm(AuthMapping.permission(change.permission()))
            .build(),
        AuthRoleGrantPermissionResponse::getHeader);
  }

  @Override
  public Future<Result.Done> roleRevokePermission(AuthChange.RoleRevokePermission change) {
    return send(
        AuthGrpcClient.RoleRevokePermission,
        AuthRoleRevokePermissionRequest.newBuilder()
            .setRole(change.role())
            .setKey(ByteStrings.of(change.keys().start()))
            .setRangeEnd(ByteStrings.of(change.keys().end()))
            .build(),
        AuthRoleRevokePermissionResponse::getHeader);
  }
}
