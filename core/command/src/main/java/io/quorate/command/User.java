package io.quorate.command;

import java.util.List;

/**
 * Somebody who can log in.
 *
 * @param passwordHash bcrypt's text; empty if there is none, and then nobody can log in with a
 *     password
 * @param noPassword true for one who can only be identified by a certificate
 * @param roles ascending
 */
public record User(String name, String passwordHash, boolean noPassword, List<String> roles) {
  /** etcd's name for the user without whom authentication cannot be enabled. */
  public static final String ROOT = "root";

  public User {
    roles = List.copyOf(roles);
  }

  /** True for those who may do everything. */
  public boolean isRoot() {
    return roles.contains(Role.ROOT);
  }

  public User withRoles(List<String> now) {
    return new User(name, passwordHash, noPassword, now);
  }

  public User withPasswordHash(String hash) {
    return new User(name, hash, noPassword, roles);
  }

  /** Without the hash, as this may end in a log. */
  @Override
  public String toString() {
    return "User[name=" + name + ", noPassword=" + noPassword + ", roles=" + roles + "]";
  }
}
