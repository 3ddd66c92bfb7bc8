package io.quorate.vertx.member.tls;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.security.GeneralSecurityException;
import java.util.Locale;
import javax.net.ssl.SSLException;

/** Describes a failed TLS handshake by a text about the other side, for use within a sentence. */
public final class TlsFailure {
  private static final String ALERT = "Received fatal alert: ";
  private static final String NATIVE_ALERT = "_ALERT_"; // SSLV3_ALERT_BAD_CERTIFICATE
  private static final int MAX_CAUSES = 16;

  /** The description of a connection that was closed during the handshake without a reason. */
  public static final String CLOSED =
      "it closed the connection after the handshake, as one does that refuses a certificate";

  private static final String NO_ANSWER =
      "it does not answer a TLS handshake, so it may not speak TLS";

  private static final String REFUSES = "it refuses the certificate it was shown (";
  private static final String DISTRUSTED = "its certificate is not trusted (";

  private TlsFailure() {}

  /**
   * Whether a description of {@link #text} is certain; others may also be caused by a peer that
   * stops.
   */
  public static boolean isCertain(String text) {
    return text.startsWith(REFUSES) || text.startsWith(DISTRUSTED);
  }

  /** Describes a failed connection that was to use TLS. */
  public static String text(Throwable failure) {
    Throwable deepest = failure;
    for (int i = 0; i < MAX_CAUSES; i++) {
      if (deepest instanceof NotSslRecordException) {
        return "it does not speak TLS";
      }
      if (deepest instanceof SslHandshakeTimeoutException) {
        return NO_ANSWER;
      }
      Throwable cause = deepest.getCause();
      if (cause == null || cause == deepest) {
        break;
      }
      deepest = cause;
    }
    String message = String.valueOf(deepest.getMessage());
    if (deepest instanceof ClosedChannelException) {
      return "it closed the connection during the handshake";
    }
    int alert = Math.max(message.indexOf(ALERT), message.indexOf(NATIVE_ALERT));
    if (alert >= 0) {
      String name = message.substring(alert).replaceFirst(ALERT + "|" + NATIVE_ALERT, "");
      return (isAboutCertificates(name) ? REFUSES : "it ended the handshake (")
          + name.toLowerCase(Locale.ROOT)
          + ")";
    }
    if (deepest instanceof GeneralSecurityException) {
      return DISTRUSTED + message + ")";
    }
    return deepest instanceof SSLException ? "the TLS handshake failed: " + message : message;
  }

  private static boolean isAboutCertificates(String alert) {
    String name = alert.toLowerCase(Locale.ROOT);
    return name.contains("certificate") || name.contains("unknown_ca");
  }
}
