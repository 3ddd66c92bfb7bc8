package io.quorate.snapshot;

import io.quorate.apply.StateStore.Loaded;
import java.util.Map;

/**
 * Users and roles as a snapshot holds them.
 *
 * @param revision of the tables, at least 1
 * @param users serialized {@code authpb.User} by name
 * @param roles serialized {@code authpb.Role} by name
 */
public record AuthTables(
    boolean enabled, long revision, Map<String, byte[]> users, Map<String, byte[]> roles) {

  /** No users and no roles, and nobody is asked who they are. */
  public static final AuthTables NONE = new AuthTables(false, 1, Map.of(), Map.of());

  public AuthTables {
    users = Map.copyOf(users);
    roles = Map.copyOf(roles);
  }

  /** Those of a state; the state machine has none yet. */
  static AuthTables of(Loaded state) {
    return NONE;
  }
}
