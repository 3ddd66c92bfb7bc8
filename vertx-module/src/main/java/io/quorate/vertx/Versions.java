package io.quorate.vertx;

import org.jspecify.annotations.Nullable;

/** The two versions a member has: its own, and the etcd release whose behaviour it offers. */
public final class Versions {
  /**
   * What {@code StatusResponse.version}, {@code /version} and {@code --version} say unless {@link
   * QuorateOptions#etcdVersion()} is set. Kubernetes probes for features by it.
   */
  public static final String ETCD = "3.6.14";

  private Versions() {}

  /** The version in the jar's manifest; {@code development} when run from classes. */
  public static String quorate() {
    @Nullable String version = Versions.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
