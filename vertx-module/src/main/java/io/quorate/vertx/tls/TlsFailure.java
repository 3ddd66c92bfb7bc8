package io.quorate.vertx.tls;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.security.GeneralSecurityException;
import java.util.Locale;
import javax.net.ssl.SSLException;

/** What a handshake that failed means, as half a sentence about the other side. */
public final class TlsFailure {
  private static final String ALERT = "Received fatal alert: ";
  private static final int MAX_CAUSES = 16;

  /** One that says no more than that the connection has ended, though it had begun well. */
  public static final String CLOSED =
      "it closed the connection after the handshake, as one does that refuses a certificate";

  private TlsFailure() {}

  /** Of any failure of a connection that was to be encrypted. */
  public static String text(Throwable failure) {
    Throwable deepest = failure;
    for (int i = 0; i < MAX_CAUSES; i++) {
      if (deepest instanceof NotSslRecordException) {
        return "it does not speak TLS";
      }
      if (deepest instanceof SslHandshakeTimeoutException) {
        return "it does not answer a TLS handshake, so it may not speak TLS";
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
    int alert = message.indexOf(ALERT);
    if (alert >= 0) {
      String name = message.substring(alert + ALERT.length());
      return (isAboutCertificates(name)
              ? "it refuses the certificate it was shown ("
              : "it ended the handshake (")
          + name
          + ")";
    }
    if (deepest instanceof GeneralSecurityException) {
      return "its certificate is not trusted (" + message + ")";
    }
    return deepest instanceof SSLException ? "the TLS handshake failed: " + message : message;
  }

  private static boolean isAboutCertificates(String alert) {
    String name = alert.toLowerCase(Locale.ROOT);
    return name.contains("certificate") || name.contains("unknown_ca");
  }
}
