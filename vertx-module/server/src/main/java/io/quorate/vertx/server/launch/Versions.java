package io.quorate.vertx.server.launch;

import org.jspecify.annotations.Nullable;

/** The version of this build. */
public final class Versions {
  private Versions() {}

  /** The version in the jar's manifest; {@code development} when run from classes. */
  public static String quorate() {
    @Nullable String version = Versions.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
