package io.quorate.vertx.client.recipe;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.vertx.core.Future;

/** What the one who leads has. As with {@link Held}, what must not happen late needs a guard. */
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

  /** Completes when it leads no more without having resigned. Never fails. */
  public Future<Void> lost() {
    return held.lost();
  }

  /** A condition that only holds in the store while this one leads. */
  public Command.Compare guard() {
    return held.guard();
  }

  /**
   * Shows observers another value.
   *
   * @return false if it does not lead any more
   */
  public Future<Boolean> proclaim(Bytes value) {
    return held.put(value);
  }

  /** Lets the next one lead. Calling it again changes nothing. */
  public Future<Void> resign() {
    return held.release();
  }
}
