package io.quorate.node;

import io.quorate.command.EtcdError;
import org.jspecify.annotations.Nullable;

/** Reasons that members give each other for refusing a request. */
final class Refusals {
  /** The request may be sent to another member. */
  static final String NOT_LEADER = EtcdError.NOT_LEADER.name();

  private Refusals() {}

  /** The error with this name; null if there is none. */
  static @Nullable EtcdError errorNamed(String name) {
    for (EtcdError error : EtcdError.values()) {
      if (error.name().equals(name)) {
        return error;
      }
    }
    return null;
  }
}
