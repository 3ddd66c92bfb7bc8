package io.quorate.vertx.server.launch;

import io.quorate.vertx.member.options.QuorateOptions;
import io.vertx.core.Future;

/** How the launcher gets its member; a seam for tests of exit codes and signals. */
@FunctionalInterface
interface MemberStarter {
  /** Completes when clients are served. */
  Future<Running> start(QuorateOptions options);

  /** A member that runs. */
  interface Running {
    /** Succeeds once it is closed; fails if it had to stop by itself. */
    Future<Void> termination();

    /** Hands leadership over, then stops; may be called again. */
    Future<Void> close();
  }
}
