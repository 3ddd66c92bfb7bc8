package io.quorate.vertx.server.launch;

import io.quorate.vertx.member.options.QuorateOptions;
import io.vertx.core.Future;

/** Starts the launcher's member; replaced in tests of exit codes and signals. */
@FunctionalInterface
interface MemberStarter {
  /** Completes when clients are served. */
  Future<Running> start(QuorateOptions options);

  /** A running member. */
  interface Running {
    /** Succeeds once the member is closed; fails if it had to end by itself. */
    Future<Void> termination();

    /** Transfers leadership, then closes the member; may be called more than once. */
    Future<Void> close();
  }
}
