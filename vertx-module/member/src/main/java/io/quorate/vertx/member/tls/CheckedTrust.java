package io.quorate.vertx.member.tls;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.impl.KeyStoreHelper;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CRL;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Accepts a certificate if the JDK does, if none of its chain is revoked, and if its names are
 * allowed. Like etcd, it compares serial numbers only, and neither checks who has signed the
 * revocation list nor when the next one is due.
 */
final class CheckedTrust extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager authorities;
  private final Set<BigInteger> revoked;
  private final AllowedNames names;

  /**
   * @param trusted null for the authorities that the JVM trusts
   * @param revoked serial numbers
   */
  CheckedTrust(@Nullable Buffer trusted, Set<BigInteger> revoked, AllowedNames names) {
    this.authorities = authorities(trusted);
    this.revoked = Set.copyOf(revoked);
    this.names = names;
  }

  private static X509ExtendedTrustManager authorities(@Nullable Buffer trusted) {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(trusted == null ? (KeyStore) null : KeyStoreHelper.loadCA(Stream.of(trusted)));
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager extended) {
          return extended;
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException("the authorities to trust cannot be loaded", e);
    }
    throw new IllegalStateException("this JVM has no PKIX trust manager");
  }

  /**
   * The serial numbers in one or more revocation lists, in DER or PEM.
   *
   * @throws GeneralSecurityException if there is no revocation list
   */
  static Set<BigInteger> revokedIn(Buffer lists) throws GeneralSecurityException {
    Set<BigInteger> serials = new HashSet<>();
    int found = 0;
    for (CRL list :
        CertificateFactory.getInstance("X.509")
            .generateCRLs(new ByteArrayInputStream(lists.getBytes()))) {
      if (list instanceof X509CRL x509) {
        found++;
        Set<? extends X509CRLEntry> entries = x509.getRevokedCertificates();
        if (entries != null) {
          entries.forEach(entry -> serials.add(entry.getSerialNumber()));
        }
      }
    }
    if (found == 0) {
      throw new CertificateException("there is none");
    }
    return serials;
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    for (X509Certificate certificate : chain) {
      if (revoked.contains(certificate.getSerialNumber())) {
        throw TlsEngine.refusal(
            TlsEngine.Refusal.REVOKED,
            "the certificate with serial number "
                + certificate.getSerialNumber().toString(16)
                + " is revoked");
      }
    }
    if (!names.allow(chain[0])) {
      throw TlsEngine.refusal(
          TlsEngine.Refusal.REJECTED,
          "the certificate of "
              + chain[0].getSubjectX500Principal().getName()
              + " has none of the allowed names");
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    authorities.checkClientTrusted(chain, type, engine);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    authorities.checkServerTrusted(chain, type, engine);
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    authorities.checkClientTrusted(chain, type, socket);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    authorities.checkServerTrusted(chain, type, socket);
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    authorities.checkClientTrusted(chain, type);
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    authorities.checkServerTrusted(chain, type);
    check(chain);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.getAcceptedIssuers();
  }
}
