package io.quorate.vertx.client.api;

import io.quorate.command.AuthChange;
import io.quorate.command.EtcdError;
import io.quorate.command.Password;
import io.quorate.command.Permission;
import io.quorate.command.Request;
import io.quorate.command.Result;
import io.quorate.vertx.client.proto.rpc.AuthRoleGetResponse;
import io.quorate.vertx.client.proto.rpc.AuthRoleGrantPermissionRequest;
import io.quorate.vertx.client.proto.rpc.AuthRoleListResponse;
import io.quorate.vertx.client.proto.rpc.AuthStatusResponse;
import io.quorate.vertx.client.proto.rpc.AuthUserAddRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserChangePasswordRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserGetResponse;
import io.quorate.vertx.client.proto.rpc.AuthUserListResponse;
import io.quorate.vertx.client.proto.rpc.AuthenticateRequest;
import io.quorate.vertx.client.proto.rpc.AuthenticateResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * Messages about users and roles, in both directions. Pure functions, any thread; see {@link
 * ProtoMapping}.
 */
public final class AuthMapping {
  private AuthMapping() {}

  // requests

  static AuthChange userAdd(AuthUserAddRequest r) {
    Password password =
        r.getOptions().getNoPassword() ? Password.NONE : new Password.Plain(r.getPassword());
    return new AuthChange.UserAdd(r.getName(), password);
  }

  /**
   * As in etcd, a client may send a hash instead of a password.
   *
   * @throws io.quorate.command.EtcdException NO_PASSWORD_USER if it is not base64
   */
  static AuthChange userChangePassword(AuthUserChangePasswordRequest r) {
    if (!r.getPassword().isEmpty()) {
      return new AuthChange.UserChangePassword(r.getName(), new Password.Plain(r.getPassword()));
    }
    byte[] hash;
    try {
      hash = Base64.getDecoder().decode(r.getHashedPassword());
    } catch (IllegalArgumentException e) {
      throw EtcdError.NO_PASSWORD_USER.exception();
    }
    return new AuthChange.UserChangePassword(
        r.getName(), new Password.Hashed(new String(hash, StandardCharsets.ISO_8859_1)));
  }

  /**
   * @throws io.quorate.command.EtcdException PERMISSION_NOT_GIVEN
   */
  static AuthChange roleGrantPermission(AuthRoleGrantPermissionRequest r) {
    if (!r.hasPerm()) {
      throw EtcdError.PERMISSION_NOT_GIVEN.exception();
    }
    return new AuthChange.RoleGrantPermission(r.getName(), permission(r.getPerm()));
  }

  static Request.Authenticate authenticate(AuthenticateRequest r) {
    return new Request.Authenticate(r.getName(), new Password.Plain(r.getPassword()));
  }

  /**
   * @throws RpcException INVALID_ARGUMENT for an unknown type
   */
  public static Permission permission(io.quorate.vertx.client.proto.auth.Permission p) {
    Permission.Type type =
        switch (p.getPermType()) {
          case READ -> Permission.Type.READ;
          case WRITE -> Permission.Type.WRITE;
          case READWRITE -> Permission.Type.READWRITE;
          case UNRECOGNIZED ->
              throw RpcException.invalid(
                  "quorate: unknown type of permission " + p.getPermTypeValue());
        };
    return new Permission(type, ProtoMapping.keyRange(p.getKey(), p.getRangeEnd()));
  }

  public static io.quorate.vertx.client.proto.auth.Permission permission(Permission p) {
    return io.quorate.vertx.client.proto.auth.Permission.newBuilder()
        .setPermType(
            switch (p.type()) {
              case READ -> io.quorate.vertx.client.proto.auth.Permission.Type.READ;
              case WRITE -> io.quorate.vertx.client.proto.auth.Permission.Type.WRITE;
              case READWRITE -> io.quorate.vertx.client.proto.auth.Permission.Type.READWRITE;
            })
        .setKey(ByteStrings.of(p.keys().start()))
        .setRangeEnd(ByteStrings.of(p.keys().end()))
        .build();
  }

  // answers

  static AuthStatusResponse authStatus(Result.MemberStatus status, Result.AuthStatus r) {
    return AuthStatusResponse.newBuilder()
        .setHeader(ProtoMapping.header(status, r.revision()))
        .setEnabled(r.enabled())
        .setAuthRevision(r.authRevision())
        .build();
  }

  static AuthenticateResponse authenticated(Result.MemberStatus status, Result.Authenticated r) {
    return AuthenticateResponse.newBuilder()
        .setHeader(ProtoMapping.header(status, r.revision()))
        .setToken(r.token())
        .build();
  }

  static AuthUserGetResponse userRoles(Result.MemberStatus status, Result.UserRoles r) {
    return AuthUserGetResponse.newBuilder()
        .setHeader(ProtoMapping.header(status, r.revision()))
        .addAllRoles(r.roles())
        .build();
  }

  static AuthUserListResponse users(Result.MemberStatus status, Result.Names r) {
    return AuthUserListResponse.newBuilder()
        .setHeader(ProtoMapping.header(status, r.revision()))
        .addAllUsers(r.names())
        .build();
  }

  static AuthRoleGetResponse permissions(Result.MemberStatus status, Result.RolePermissions r) {
    List<io.quorate.vertx.client.proto.auth.Permission> permissions =
        r.permissions().stream().map(AuthMapping::permission).toList();
    return AuthRoleGetResponse.newBuilder()
        .setHeader(ProtoMapping.header(status, r.revision()))
        .addAllPerm(permissions)
        .build();
  }

  static AuthRoleListResponse roles(Result.MemberStatus status, Result.Names r) {
    return AuthRoleListResponse.newBuilder()
        .setHeader(ProtoMapping.header(status, r.revision()))
        .addAllRoles(r.names())
        .build();
  }
}
