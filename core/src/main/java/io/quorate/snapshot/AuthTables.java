package io.quorate.snapshot;

import io.quorate.auth.AuthState;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.KeyRange;
import io.quorate.command.Permission;
import io.quorate.command.Role;
import io.quorate.command.User;
import io.quorate.wire.ProtoReader;
import io.quorate.wire.ProtoWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Users and roles as a snapshot holds them: {@code authpb.User} and {@code authpb.Role}. */
final class AuthTables {
  private static final int USER_NAME = 1;
  private static final int USER_PASSWORD = 2;
  private static final int USER_ROLE = 3;
  private static final int USER_OPTIONS = 4;
  private static final int NO_PASSWORD = 1;
  private static final int ROLE_NAME = 1;
  private static final int ROLE_PERMISSION = 2;
  private static final int PERMISSION_TYPE = 1;
  private static final int PERMISSION_KEY = 2;
  private static final int PERMISSION_RANGE_END = 3;

  private static final Permission.Type[] TYPES = Permission.Type.values();

  private AuthTables() {}

  /** True if there is nothing that a state without users would not have, too. */
  static boolean isInitial(AuthState auth) {
    return auth.equals(AuthState.INITIAL);
  }

  static byte[] bytes(User user) {
    ProtoWriter message =
        new ProtoWriter(128)
            .bytes(USER_NAME, utf8(user.name()))
            .bytes(USER_PASSWORD, utf8(user.passwordHash()));
    user.roles().forEach(role -> message.bytes(USER_ROLE, utf8(role)));
    byte[] options =
        user.noPassword() ? new ProtoWriter(4).number(NO_PASSWORD, 1).toBytes() : new byte[0];
    return message.bytes(USER_OPTIONS, options).toBytes();
  }

  static byte[] bytes(Role role) {
    ProtoWriter message = new ProtoWriter(128).bytes(ROLE_NAME, utf8(role.name()));
    for (Permission permission : role.permissions()) {
      message.bytes(
          ROLE_PERMISSION,
          new ProtoWriter(64)
              .number(PERMISSION_TYPE, permission.type().ordinal())
              .bytes(PERMISSION_KEY, permission.keys().start().array())
              .bytes(PERMISSION_RANGE_END, permission.keys().end().array())
              .toBytes());
    }
    return message.toBytes();
  }

  /**
   * @throws IllegalArgumentException this is no user
   */
  static User user(byte[] message) {
    String name = "";
    String password = "";
    boolean noPassword = false;
    List<String> roles = new ArrayList<>();
    ProtoReader in = new ProtoReader(message);
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case USER_NAME -> name = text(in.bytes());
        case USER_PASSWORD -> password = text(in.bytes());
        case USER_ROLE -> roles.add(text(in.bytes()));
        case USER_OPTIONS -> noPassword = hasNoPassword(in.bytes());
        default -> in.skip();
      }
    }
    requireName(name);
    return new User(name, password, noPassword, roles.stream().sorted().distinct().toList());
  }

  private static boolean hasNoPassword(byte[] options) {
    boolean noPassword = false;
    ProtoReader in = new ProtoReader(options);
    for (int field = in.next(); field != 0; field = in.next()) {
      if (field == NO_PASSWORD) {
        noPassword = in.number() != 0;
      } else {
        in.skip();
      }
    }
    return noPassword;
  }

  /**
   * @throws IllegalArgumentException this is no role
   */
  static Role role(byte[] message) {
    String name = "";
    List<Permission> permissions = new ArrayList<>();
    ProtoReader in = new ProtoReader(message);
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case ROLE_NAME -> name = text(in.bytes());
        case ROLE_PERMISSION -> permissions.add(permission(in.bytes()));
        default -> in.skip();
      }
    }
    requireName(name);
    return new Role(name, permissions);
  }

  private static Permission permission(byte[] message) {
    long type = 0;
    Bytes key = Bytes.EMPTY;
    Bytes end = Bytes.EMPTY;
    ProtoReader in = new ProtoReader(message);
    for (int field = in.next(); field != 0; field = in.next()) {
      switch (field) {
        case PERMISSION_TYPE -> type = in.number();
        case PERMISSION_KEY -> key = Bytes.of(in.bytes());
        case PERMISSION_RANGE_END -> end = Bytes.of(in.bytes());
        default -> in.skip();
      }
    }
    if (type < 0 || type >= TYPES.length) {
      throw new IllegalArgumentException("permission of type " + type);
    }
    return new Permission(TYPES[(int) type], new KeyRange(key, end));
  }

  private static void requireName(String name) {
    if (!Caller.isName(name)) {
      throw new IllegalArgumentException("a user or role with a name of " + name.length());
    }
  }

  private static String text(byte[] utf8) {
    String text = new String(utf8, StandardCharsets.UTF_8);
    if (!Arrays.equals(utf8, utf8(text))) {
      throw new IllegalArgumentException("a text of a user or role is not UTF-8");
    }
    return text;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
