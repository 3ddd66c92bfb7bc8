package io.quorate.vertx.member.peer;

import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;

/**
 * Options for a Vert.x instance that Quorate uses internally, apart from the application's: few
 * threads, all daemons, no files, neither metrics nor tracing.
 */
public final class InnerVertx {
  private InnerVertx() {}

  /** One thread of each kind. Returns new options each time. */
  public static VertxOptions options() {
    return new VertxOptions()
        .setEventLoopPoolSize(1)
        .setWorkerPoolSize(1)
        .setInternalBlockingPoolSize(1)
        .setUseDaemonThread(true)
        .setFileSystemOptions(
            new FileSystemOptions()
                .setClassPathResolvingEnabled(false)
                .setFileCachingEnabled(false));
  }
}
