package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.vertx.core.Future;

/**
 * The leader's side of an election. As with {@link Held}, an action that must not happen too late
 * needs a guard.
 */
public final class Leadership {
  private final Held held;

  Leadership(Held held) {
    this.held = held;
  }

  /** The leader's key. */
  public Bytes key() {
    return held.key();
  }

  /** Larger for each later leader. */
  public long fencingToken() {
    return held.fencingToken();
  }

  /** As {@link Held#isHeld}. Any thread. */
  public boolean isLeader() {
    return held.isHeld();
  }

  /** Completes when it no longer leads without having resigned. Never fails. */
  public Future<Void> lost() {
    return held.lost();
  }

  /** A condition that is true in the store only while this leader leads. */
  public Command.Compare guard() {
    return held.guard();
  }

  /**
   * Replaces the value that observers see.
   *
   * @return false if it no longer leads
   */
  public Future<Boolean> proclaim(Bytes value) {
    return held.put(value);
  }

  /** Ends this leadership, so that the next candidate leads. Further calls have no effect. */
  public Future<Void> resign() {
    return held.release();
  }
}
