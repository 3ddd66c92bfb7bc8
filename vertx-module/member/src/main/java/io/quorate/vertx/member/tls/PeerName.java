package io.quorate.vertx.member.tls;

import io.quorate.command.Caller;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Identifies the client of a connection by its certificate. */
public final class PeerName {
  private PeerName() {}

  /**
   * A {@link Caller.Certificate} with the common name of the client certificate that the handshake
   * has verified; nobody if there is no TLS, no certificate, or no common name.
   */
  public static Caller callerOf(@Nullable SSLSession session) {
    String name = session == null ? null : commonName(session);
    return name == null || !Caller.isName(name) ? Caller.NOBODY : new Caller.Certificate(name, 0);
  }

  private static @Nullable String commonName(SSLSession session) {
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate certificate
          ? commonName(certificate.getSubjectX500Principal().getName())
          : null;
    } catch (SSLPeerUnverifiedException none) {
      return null;
    }
  }

  /** The common name in a subject; the most specific if there are several. */
  static @Nullable String commonName(String subject) {
    List<Rdn> parts;
    try {
      parts = new LdapName(subject).getRdns();
    } catch (InvalidNameException e) {
      throw new IllegalArgumentException("not the name of a subject: " + subject, e);
    }
    String name = null;
    for (Rdn part : parts) { // the most specific is last
      if (part.getType().equalsIgnoreCase("CN") && part.getValue() instanceof String text) {
        name = text;
      }
    }
    return name;
  }
}
