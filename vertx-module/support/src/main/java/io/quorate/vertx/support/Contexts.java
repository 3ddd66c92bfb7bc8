package io.quorate.vertx.support;

import io.vertx.core.internal.ContextInternal;

/** Running on a given context. */
public final class Contexts {
  private Contexts() {}

  /** Runs {@code task} on {@code context}: at once if the caller runs on it, else later. */
  public static void run(ContextInternal context, Runnable task) {
    if (context.isRunningOnContext()) {
      task.run();
    } else {
      context.runOnContext(nothing -> task.run());
    }
  }
}
