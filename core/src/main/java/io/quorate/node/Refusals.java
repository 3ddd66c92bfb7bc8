package io.quorate.node;

import io.quorate.command.EtcdError;
import org.jspecify.annotations.Nullable;

/** Why a member would not do what another one asked for, as members say it to each other. */
final class Refusals {
  /** May be asked of another member. */
  static final String NOT_LEADER = EtcdError.NOT_LEADER.name();

  private Refusals() {}

  /** The error a client is answered with; null if the name is none of an error's. */
  static @Nullable EtcdError errorNamed(String name) {
    for (EtcdError error : EtcdError.values()) {
      if (error.name().equals(name)) {
        return error;
      }
    }
    return null;
  }
}
