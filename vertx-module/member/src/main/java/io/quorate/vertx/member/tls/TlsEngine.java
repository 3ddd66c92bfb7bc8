package io.quorate.vertx.member.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.SSLEngineOptions;
import java.security.cert.CertificateException;

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

  /**
   * An exception for a certificate that is refused although an authority has signed it. BoringSSL
   * tells the other side of an internal error unless the exception has one of its codes.
   */
  static CertificateException refusal(Refusal why, String message) {
    return OPEN_SSL
        ? new OpenSslCertificateException(message, why.verifyError)
        : new CertificateException(message);
  }

  /** Why a certificate is refused, with the code of X509_verify_cert. */
  enum Refusal {
    REVOKED(23),
    REJECTED(28);

    private final int verifyError;

    Refusal(int verifyError) {
      this.verifyError = verifyError;
    }
  }

  /** For the log. */
  public static String description() {
    return OPEN_SSL ? "netty-tcnative" : "the JDK";
  }
}
