package io.quorate.command;

/**
 * A change of users, roles and their permissions, or of whether they are asked for at all; part of
 * {@link Command.Auth}. Each fails with the {@link EtcdError}s named in its comment, and then
 * changes nothing.
 */
public sealed interface AuthChange {

  /** One method for each, so that code which forgets one does not compile. */
  interface Visitor<R> {
    R enable(Enable enable);

    R disable(Disable disable);

    R userAdd(UserAdd add);

    R userDelete(UserDelete delete);

    R userChangePassword(UserChangePassword change);

    R userGrantRole(UserGrantRole grant);

    R userRevokeRole(UserRevokeRole revoke);

    R roleAdd(RoleAdd add);

    R roleDelete(RoleDelete delete);

    R roleGrantPermission(RoleGrantPermission grant);

    R roleRevokePermission(RoleRevokePermission revoke);
  }

  <R> R accept(Visitor<R> visitor);

  /** From now on callers are checked. ROOT_USER_NOT_EXIST, ROOT_ROLE_NOT_EXIST. */
  record Enable() implements AuthChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.enable(this);
    }
  }

  /** Everybody may do everything again. */
  record Disable() implements AuthChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.disable(this);
    }
  }

  /** USER_EMPTY, USER_ALREADY_EXIST. */
  record UserAdd(String name, Password password) implements AuthChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.userAdd(this);
    }
  }

  /** INVALID_AUTH_MGMT for root while authentication is enabled, USER_NOT_FOUND. */
  record UserDelete(String name) implements AuthChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.userDelete(this);
    }
  }

  /** USER_NOT_FOUND. A user who has no password does not get one. */
  record UserChangePassword(String name, Password password) implements AuthChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.userChangePassword(this);
    }
  }

  /** USER_NOT_FOUND, ROLE_NOT_FOUND. To grant a role twice changes nothing. */
  record UserGrantRole(String user, String role) implements AuthChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.userGrantRole(this);
    }
  }

  /** INVALID_AUTH_MGMT for root's root while enabled, USER_NOT_FOUND, ROLE_NOT_GRANTED. */
  record UserRevokeRole(String user, String role) implements AuthChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.userRevokeRole(this);
    }
  }

  /** ROLE_EMPTY, ROLE_ALREADY_EXIST. */
  record RoleAdd(String name) implements AuthChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.roleAdd(this);
    }
  }

  /** INVALID_AUTH_MGMT for root while enabled, ROLE_NOT_FOUND. Users lose the role. */
  record RoleDelete(String name) implements AuthChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.roleDelete(this);
    }
  }

  /**
   * INVALID_AUTH_MGMT for a range that is not {@linkplain Permission#isValid valid},
   * ROLE_NOT_FOUND. Replaces a permission on the same range.
   */
  record RoleGrantPermission(String role, Permission permission) implements AuthChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.roleGrantPermission(this);
    }
  }

  /** ROLE_NOT_FOUND; PERMISSION_NOT_GRANTED unless the range is exactly that of a permission. */
  record RoleRevokePermission(String role, KeyRange keys) implements AuthChange {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.roleRevokePermission(this);
    }
  }
}
