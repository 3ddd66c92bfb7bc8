package io.quorate.vertx.member.tls;

import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.SSLEngineOptions;

/**
 * The TLS implementation: BoringSSL if {@code netty-tcnative} is on the class path with the library
 * for this system, else the JDK's.
 */
public final class TlsEngine {
  private static final boolean OPEN_SSL =
      OpenSSLEngineOptions.isAvailable() && OpenSSLEngineOptions.isAlpnAvailable();

  private TlsEngine() {}

  static SSLEngineOptions options() {
    return OPEN_SSL ? new OpenSSLEngineOptions() : new JdkSSLEngineOptions();
  }

  /** For the log. */
  public static String description() {
    return OPEN_SSL ? "netty-tcnative" : "the JDK";
  }
}
