package io.quorate.command;

import java.util.List;

/**
 * A named set of permissions, which users may be granted. The role {@link #ROOT} has all rights
 * there are and needs no permissions.
 *
 * @param permissions ordered by start and end; no two have the same range
 */
public record Role(String name, List<Permission> permissions) {
  /** etcd's name for the role that may do everything. */
  public static final String ROOT = "root";

  public Role {
    permissions = List.copyOf(permissions);
  }
}
