package io.quorate.sim.checks;

import io.quorate.sim.SimWorld;
import java.io.IOException;

/** A member ends by itself only if its disk fails; an invariant of its own that breaks is a bug. */
public final class UnexpectedFailure implements SimWorld.Observer {
  private final SimWorld world;

  public UnexpectedFailure(SimWorld world) {
    this.world = world;
  }

  @Override
  public void after(SimWorld.Life life) {
    for (Throwable failure : life.failures) {
      if (!(failure instanceof IOException)) {
        world.violated("member " + life.id + " failed: " + failure);
        return;
      }
    }
  }
}
