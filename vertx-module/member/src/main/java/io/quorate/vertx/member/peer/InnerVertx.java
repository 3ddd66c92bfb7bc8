package io.quorate.vertx.member.peer;

import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;

/**
 * What a part of Quorate runs on by itself, apart from the application's Vert.x: few daemon
 * threads, nothing on the disk, neither metrics nor a tracer.
 */
public final class InnerVertx {
  private InnerVertx() {}

  /** One thread of each kind; new ones each time. */
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
