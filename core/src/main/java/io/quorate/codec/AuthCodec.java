package io.quorate.codec;

import io.quorate.command.AuthChange;
import io.quorate.command.KeyRange;
import io.quorate.command.Password;
import io.quorate.command.Permission;

/** Binary form of an {@link AuthChange}: a byte for its kind, then its fields. */
final class AuthCodec {
  private static final int ENABLE = 1;
  private static final int DISABLE = 2;
  private static final int USER_ADD = 3;
  private static final int USER_DELETE = 4;
  private static final int USER_CHANGE_PASSWORD = 5;
  private static final int USER_GRANT_ROLE = 6;
  private static final int USER_REVOKE_ROLE = 7;
  private static final int ROLE_ADD = 8;
  private static final int ROLE_DELETE = 9;
  private static final int ROLE_GRANT_PERMISSION = 10;
  private static final int ROLE_REVOKE_PERMISSION = 11;

  private static final Permission.Type[] TYPES = Permission.Type.values();

  private AuthCodec() {}

  static Writer write(Writer out, AuthChange change) {
    return change.accept(new Body(out));
  }

  private record Body(Writer out) implements AuthChange.Visitor<Writer> {
    private Writer kind(int kind) {
      out.u8(kind);
      return out;
    }

    private Writer named(int kind, String name) {
      out.u8(kind);
      out.string(name);
      return out;
    }

    @Override
    public Writer enable(AuthChange.Enable enable) {
      return kind(ENABLE);
    }

    @Override
    public Writer disable(AuthChange.Disable disable) {
      return kind(DISABLE);
    }

    @Override
    public Writer userAdd(AuthChange.UserAdd add) {
      return password(named(USER_ADD, add.name()), add.password());
    }

    @Override
    public Writer userDelete(AuthChange.UserDelete delete) {
      return named(USER_DELETE, delete.name());
    }

    @Override
    public Writer userChangePassword(AuthChange.UserChangePassword change) {
      return password(named(USER_CHANGE_PASSWORD, change.name()), change.password());
    }

    @Override
    public Writer userGrantRole(AuthChange.UserGrantRole grant) {
      named(USER_GRANT_ROLE, grant.user()).string(grant.role());
      return out;
    }

    @Override
    public Writer userRevokeRole(AuthChange.UserRevokeRole revoke) {
      named(USER_REVOKE_ROLE, revoke.user()).string(revoke.role());
      return out;
    }

    @Override
    public Writer roleAdd(AuthChange.RoleAdd add) {
      return named(ROLE_ADD, add.name());
    }

    @Override
    public Writer roleDelete(AuthChange.RoleDelete delete) {
      return named(ROLE_DELETE, delete.name());
    }

    @Override
    public Writer roleGrantPermission(AuthChange.RoleGrantPermission grant) {
      named(ROLE_GRANT_PERMISSION, grant.role()).u8(grant.permission().type().ordinal());
      return keys(grant.permission().keys());
    }

    @Override
    public Writer roleRevokePermission(AuthChange.RoleRevokePermission revoke) {
      named(ROLE_REVOKE_PERMISSION, revoke.role());
      return keys(revoke.keys());
    }

    private Writer keys(KeyRange keys) {
      out.bytes(keys.start());
      out.bytes(keys.end());
      return out;
    }

    /** A plain one is never written anywhere. */
    private static Writer password(Writer out, Password password) {
      if (password instanceof Password.Plain) {
        throw new IllegalStateException("a password that nobody has hashed");
      }
      out.nullable(password instanceof Password.Hashed hashed ? hashed.bcrypt() : null);
      return out;
    }
  }

  /**
   * @throws CodecException malformed bytes, or a kind that this release does not know
   */
  static AuthChange read(Reader in) {
    int kind = in.u8("kind of change");
    return switch (kind) {
      case ENABLE -> new AuthChange.Enable();
      case DISABLE -> new AuthChange.Disable();
      case USER_ADD -> new AuthChange.UserAdd(in.string("user"), password(in));
      case USER_DELETE -> new AuthChange.UserDelete(in.string("user"));
      case USER_CHANGE_PASSWORD ->
          new AuthChange.UserChangePassword(in.string("user"), password(in));
      case USER_GRANT_ROLE -> new AuthChange.UserGrantRole(in.string("user"), in.string("role"));
      case USER_REVOKE_ROLE -> new AuthChange.UserRevokeRole(in.string("user"), in.string("role"));
      case ROLE_ADD -> new AuthChange.RoleAdd(in.string("role"));
      case ROLE_DELETE -> new AuthChange.RoleDelete(in.string("role"));
      case ROLE_GRANT_PERMISSION -> {
        String role = in.string("role");
        Permission.Type type = in.constant(TYPES, "type of permission");
        yield new AuthChange.RoleGrantPermission(role, new Permission(type, keys(in)));
      }
      case ROLE_REVOKE_PERMISSION ->
          new AuthChange.RoleRevokePermission(in.string("role"), keys(in));
      default -> throw in.bad("unknown kind of change " + kind);
    };
  }

  private static KeyRange keys(Reader in) {
    return new KeyRange(in.value("key"), in.value("range end"));
  }

  private static Password password(Reader in) {
    String hash = in.nullable("password");
    return hash == null ? Password.NONE : new Password.Hashed(hash);
  }
}
