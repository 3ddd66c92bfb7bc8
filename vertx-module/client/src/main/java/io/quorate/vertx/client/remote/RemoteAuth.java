package io.quorate.vertx.client.remote;

import io.quorate.command.AuthChange;
import io.quorate.command.Command;
import io.quorate.command.Password;
import io.quorate.command.Result;
import io.quorate.vertx.client.api.AuthMapping;
import io.quorate.vertx.client.api.ByteStrings;
import io.quorate.vertx.client.proto.auth.UserAddOptions;
import io.quorate.vertx.client.proto.rpc.AuthDisableRequest;
import io.quorate.vertx.client.proto.rpc.AuthEnableRequest;
import io.quorate.vertx.client.proto.rpc.AuthGrpcClient;
import io.quorate.vertx.client.proto.rpc.AuthRoleAddRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleDeleteRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleGrantPermissionRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleRevokePermissionRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserAddRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserChangePasswordRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserDeleteRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserGrantRoleRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserRevokeRoleRequest;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Sends each change of users and roles as the request that etcd has for it.
 *
 * @param request the change as a whole
 */
record RemoteAuth(Calls calls, Command.Auth request)
    implements AuthChange.Visitor<Future<Result.Done>> {
  private static Result.Done done(ResponseHeader header) {
    return new Result.Done(header.getRevision());
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
    return calls
        .ask(request, AuthGrpcClient.AuthEnable, AuthEnableRequest.getDefaultInstance())
        .map(r -> done(r.getHeader()));
  }

  @Override
  public Future<Result.Done> disable(AuthChange.Disable change) {
    return calls
        .ask(request, AuthGrpcClient.AuthDisable, AuthDisableRequest.getDefaultInstance())
        .map(r -> done(r.getHeader()));
  }

  @Override
  public Future<Result.Done> userAdd(AuthChange.UserAdd change) {
    return calls
        .ask(request, AuthGrpcClient.UserAdd, userAddition(change))
        .map(r -> done(r.getHeader()));
  }

  @Override
  public Future<Result.Done> userDelete(AuthChange.UserDelete change) {
    return calls
        .ask(
            request,
            AuthGrpcClient.UserDelete,
            AuthUserDeleteRequest.newBuilder().setName(change.name()).build())
        .map(r -> done(r.getHeader()));
  }

  @Override
  public Future<Result.Done> userChangePassword(AuthChange.UserChangePassword change) {
    return calls
        .ask(request, AuthGrpcClient.UserChangePassword, passwordChange(change))
        .map(r -> done(r.getHeader()));
  }

  @Override
  public Future<Result.Done> userGrantRole(AuthChange.UserGrantRole change) {
    return calls
        .ask(
            request,
            AuthGrpcClient.UserGrantRole,
            AuthUserGrantRoleRequest.newBuilder()
                .setUser(change.user())
                .setRole(change.role())
                .build())
        .map(r -> done(r.getHeader()));
  }

  @Override
  public Future<Result.Done> userRevokeRole(AuthChange.UserRevokeRole change) {
    return calls
        .ask(
            request,
            AuthGrpcClient.UserRevokeRole,
            AuthUserRevokeRoleRequest.newBuilder()
                .setName(change.user())
                .setRole(change.role())
                .build())
        .map(r -> done(r.getHeader()));
  }

  @Override
  public Future<Result.Done> roleAdd(AuthChange.RoleAdd change) {
    return calls
        .ask(
            request,
            AuthGrpcClient.RoleAdd,
            AuthRoleAddRequest.newBuilder().setName(change.name()).build())
        .map(r -> done(r.getHeader()));
  }

  @Override
  public Future<Result.Done> roleDelete(AuthChange.RoleDelete change) {
    return calls
        .ask(
            request,
            AuthGrpcClient.RoleDelete,
            AuthRoleDeleteRequest.newBuilder().setRole(change.name()).build())
        .map(r -> done(r.getHeader()));
  }

  @Override
  public Future<Result.Done> roleGrantPermission(AuthChange.RoleGrantPermission change) {
    return calls
        .ask(
            request,
            AuthGrpcClient.RoleGrantPermission,
            AuthRoleGrantPermissionRequest.newBuilder()
                .setName(change.role())
                .setPerm(AuthMapping.permission(change.permission()))
                .build())
        .map(r -> done(r.getHeader()));
  }

  @Override
  public Future<Result.Done> roleRevokePermission(AuthChange.RoleRevokePermission change) {
    return calls
        .ask(
            request,
            AuthGrpcClient.RoleRevokePermission,
            AuthRoleRevokePermissionRequest.newBuilder()
                .setRole(change.role())
                .setKey(ByteStrings.of(change.keys().start()))
                .setRangeEnd(ByteStrings.of(change.keys().end()))
                .build())
        .map(r -> done(r.getHeader()));
  }
}
