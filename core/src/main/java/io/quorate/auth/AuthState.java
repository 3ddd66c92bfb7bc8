package io.quorate.auth;

import io.quorate.command.AuthChange;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.Password;
import io.quorate.command.Permission;
import io.quorate.command.Role;
import io.quorate.command.User;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All users and roles at one moment, and whether they are asked for. Immutable, any thread; a
 * change makes a new one, of which there are few compared with the requests that are checked
 * against it.
 */
public final class AuthState {
  /** As it is in a new cluster: nobody is known, and everybody may do everything. */
  public static final AuthState INITIAL =
      new AuthState(false, 1, Collections.emptySortedMap(), Collections.emptySortedMap());

  private static final Comparator<Permission> BY_RANGE =
      Comparator.comparing((Permission p) -> p.keys().start()).thenComparing(p -> p.keys().end());

  private final boolean enabled;
  private final long revision;
  private final SortedMap<String, User> users;
  private final SortedMap<String, Role> roles;

  /** What each user may do, once somebody has asked. */
  private final Map<String, KeyRights> rights = new ConcurrentHashMap<>();

  private AuthState(
      boolean enabled,
      long revision,
      SortedMap<String, User> users,
      SortedMap<String, Role> roles) {
    this.enabled = enabled;
    this.revision = revision;
    this.users = users;
    this.roles = roles;
  }

  /**
   * @param revision at least 1
   */
  public static AuthState of(
      boolean enabled, long revision, Iterable<User> users, Iterable<Role> roles) {
    TreeMap<String, User> byName = new TreeMap<>();
    users.forEach(user -> byName.put(user.name(), user));
    TreeMap<String, Role> rolesByName = new TreeMap<>();
    roles.forEach(role -> rolesByName.put(role.name(), role));
    return new AuthState(enabled, revision, byName, rolesByName);
  }

  /** Whether callers are checked. */
  public boolean isEnabled() {
    return enabled;
  }

  /** Rises with every change of a user, a role or a permission. */
  public long revision() {
    return revision;
  }

  public @Nullable User user(String name) {
    return users.get(name);
  }

  public @Nullable Role role(String name) {
    return roles.get(name);
  }

  /** All users, by name. */
  public Map<String, User> users() {
    return Collections.unmodifiableMap(users);
  }

  /** All roles, by name. */
  public Map<String, Role> roles() {
    return Collections.unmodifiableMap(roles);
  }

  /** What the user's roles allow together; nothing if there is no such user. */
  KeyRights rightsOf(String name) {
    User user = users.get(name);
    return user == null ? KeyRights.NONE : rights.computeIfAbsent(name, n -> rightsOf(user));
  }

  private KeyRights rightsOf(User user) {
    List<Permission> all = new ArrayList<>();
    for (String name : user.roles()) {
      Role role = roles.get(name);
      if (role != null) {
        all.addAll(role.permissions());
      }
    }
    return KeyRights.of(all);
  }

  /**
   * The state after a change; this one if it changes nothing.
   *
   * @throws EtcdException the change is refused, see {@link AuthChange}
   */
  public AuthState with(AuthChange change) {
    return change.accept(new Changing());
  }

  private AuthState withUser(User user) {
    TreeMap<String, User> next = new TreeMap<>(users);
    next.put(user.name(), user);
    return new AuthState(enabled, revision + 1, next, roles);
  }

  private AuthState withRole(Role role) {
    TreeMap<String, Role> next = new TreeMap<>(roles);
    next.put(role.name(), role);
    return new AuthState(enabled, revision + 1, users, next);
  }

  private User requireUser(String name) {
    User user = users.get(name);
    if (user == null) {
      throw EtcdError.USER_NOT_FOUND.exception();
    }
    return user;
  }

  private Role requireRole(String name) {
    Role role = roles.get(name);
    if (role == null) {
      throw EtcdError.ROLE_NOT_FOUND.exception();
    }
    return role;
  }

  private static List<String> without(List<String> names, String name) {
    return names.stream().filter(n -> !n.equals(name)).toList();
  }

  private static List<Permission> without(List<Permission> permissions, KeyRange keys) {
    return permissions.stream().filter(p -> !p.keys().equals(keys)).toList();
  }

  /** Executes each change; the order of the checks is etcd's. */
  private final class Changing implements AuthChange.Visitor<AuthState> {
    /** Does not raise the revision, as in etcd: tokens that exist stay as they are. */
    @Override
    public AuthState enable(AuthChange.Enable enable) {
      if (enabled) {
        return AuthState.this;
      }
      User root = users.get(User.ROOT);
      if (root == null) {
        throw EtcdError.ROOT_USER_NOT_EXIST.exception();
      }
      if (!root.isRoot()) {
        throw EtcdError.ROOT_ROLE_NOT_EXIST.exception();
      }
      return new AuthState(true, revision, users, roles);
    }

    @Override
    public AuthState disable(AuthChange.Disable disable) {
      return enabled ? new AuthState(false, revision + 1, users, roles) : AuthState.this;
    }

    @Override
    public AuthState userAdd(AuthChange.UserAdd add) {
      if (add.name().isEmpty()) {
        throw EtcdError.USER_EMPTY.exception();
      }
      if (users.containsKey(add.name())) {
        throw EtcdError.USER_ALREADY_EXIST.exception();
      }
      boolean noPassword = add.password() instanceof Password.None;
      return withUser(new User(add.name(), hash(add.password()), noPassword, List.of()));
    }

    @Override
    public AuthState userDelete(AuthChange.UserDelete delete) {
      if (enabled && delete.name().equals(User.ROOT)) {
        throw EtcdError.INVALID_AUTH_MGMT.exception();
      }
      requireUser(delete.name());
      TreeMap<String, User> next = new TreeMap<>(users);
      next.remove(delete.name());
      return new AuthState(enabled, revision + 1, next, roles);
    }

    @Override
    public AuthState userChangePassword(AuthChange.UserChangePassword change) {
      User user = requireUser(change.name());
      return withUser(user.noPassword() ? user : user.withPasswordHash(hash(change.password())));
    }

    private static String hash(Password password) {
      if (password instanceof Password.Hashed hashed) {
        return hashed.bcrypt();
      }
      if (password instanceof Password.None) {
        return "";
      }
      throw new IllegalStateException("a password that nobody has hashed");
    }

    @Override
    public AuthState userGrantRole(AuthChange.UserGrantRole grant) {
      User user = requireUser(grant.user());
      if (!grant.role().equals(Role.ROOT)) {
        requireRole(grant.role());
      }
      if (user.roles().contains(grant.role())) {
        return AuthState.this;
      }
      List<String> now = new ArrayList<>(user.roles());
      now.add(grant.role());
      Collections.sort(now);
      return withUser(user.withRoles(now));
    }

    @Override
    public AuthState userRevokeRole(AuthChange.UserRevokeRole revoke) {
      if (enabled && revoke.user().equals(User.ROOT) && revoke.role().equals(Role.ROOT)) {
        throw EtcdError.INVALID_AUTH_MGMT.exception();
      }
      User user = requireUser(revoke.user());
      if (!user.roles().contains(revoke.role())) {
        throw EtcdError.ROLE_NOT_GRANTED.exception();
      }
      return withUser(user.withRoles(without(user.roles(), revoke.role())));
    }

    @Override
    public AuthState roleAdd(AuthChange.RoleAdd add) {
      if (add.name().isEmpty()) {
        throw EtcdError.ROLE_EMPTY.exception();
      }
      if (roles.containsKey(add.name())) {
        throw EtcdError.ROLE_ALREADY_EXIST.exception();
      }
      return withRole(new Role(add.name(), List.of()));
    }

    @Override
    public AuthState roleDelete(AuthChange.RoleDelete delete) {
      if (enabled && delete.name().equals(Role.ROOT)) {
        throw EtcdError.INVALID_AUTH_MGMT.exception();
      }
      requireRole(delete.name());
      TreeMap<String, Role> nextRoles = new TreeMap<>(roles);
      nextRoles.remove(delete.name());
      TreeMap<String, User> nextUsers = new TreeMap<>(users);
      nextUsers.replaceAll(
          (name, user) ->
              user.roles().contains(delete.name())
                  ? user.withRoles(without(user.roles(), delete.name()))
                  : user);
      return new AuthState(enabled, revision + 1, nextUsers, nextRoles);
    }

    @Override
    public AuthState roleGrantPermission(AuthChange.RoleGrantPermission grant) {
      Permission permission = grant.permission();
      if (!Permission.isValid(permission.keys())) {
        throw EtcdError.INVALID_AUTH_MGMT.exception();
      }
      Role role = requireRole(grant.role());
      List<Permission> now = new ArrayList<>(without(role.permissions(), permission.keys()));
      now.add(permission);
      now.sort(BY_RANGE);
      return withRole(new Role(role.name(), now));
    }

    @Override
    public AuthState roleRevokePermission(AuthChange.RoleRevokePermission revoke) {
      Role role = requireRole(revoke.role());
      List<Permission> now = without(role.permissions(), revoke.keys());
      if (now.size() == role.permissions().size()) {
        throw EtcdError.PERMISSION_NOT_GRANTED.exception();
      }
      return withRole(new Role(role.name(), now));
    }
  }

  @Override
  public boolean equals(Object other) {
    return other == this
        || other instanceof AuthState that
            && enabled == that.enabled
            && revision == that.revision
            && users.equals(that.users)
            && roles.equals(that.roles);
  }

  @Override
  public int hashCode() {
    return Objects.hash(enabled, revision, users, roles);
  }

  @Override
  public String toString() {
    return "AuthState[enabled="
        + enabled
        + ", revision="
        + revision
        + ", users="
        + users.values()
        + ", roles="
        + roles.values()
        + "]";
  }
}
