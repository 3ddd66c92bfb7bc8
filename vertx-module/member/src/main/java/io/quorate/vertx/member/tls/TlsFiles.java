package io.quorate.vertx.member.tls;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The files of certificates and keys, all in PEM.
 *
 * @param certFile own certificate, followed by its intermediate certificates
 * @param keyFile the private key of that certificate, RSA or EC, not encrypted
 * @param trustedCaFile authorities whose certificates are accepted from the other side; a server
 *     with this file requires a client certificate
 * @param clientCertAuth whether client certificates were required explicitly
 * @param crlFile revocation lists, in DER as etcd has them, or in PEM
 * @param clientCertFile another certificate for connections to others; null for {@code certFile}
 * @param clientKeyFile the private key of that certificate
 */
public record TlsFiles(
    @Nullable Path certFile,
    @Nullable Path keyFile,
    @Nullable Path trustedCaFile,
    boolean clientCertAuth,
    @Nullable Path crlFile,
    @Nullable Path clientCertFile,
    @Nullable Path clientKeyFile) {
  public static final TlsFiles NONE = new TlsFiles(null, null, null, false);

  /** Files without a revocation list, and with one certificate for both directions. */
  public TlsFiles(
      @Nullable Path certFile,
      @Nullable Path keyFile,
      @Nullable Path trustedCaFile,
      boolean clientCertAuth) {
    this(certFile, keyFile, trustedCaFile, clientCertAuth, null, null, null);
  }

  public TlsFiles withCertFile(@Nullable Path file) {
    return new TlsFiles(
        file, keyFile, trustedCaFile, clientCertAuth, crlFile, clientCertFile, clientKeyFile);
  }

  public TlsFiles withKeyFile(@Nullable Path file) {
    return new TlsFiles(
        certFile, file, trustedCaFile, clientCertAuth, crlFile, clientCertFile, clientKeyFile);
  }

  public TlsFiles withTrustedCaFile(@Nullable Path file) {
    return new TlsFiles(
        certFile, keyFile, file, clientCertAuth, crlFile, clientCertFile, clientKeyFile);
  }

  public TlsFiles withCrlFile(@Nullable Path file) {
    return new TlsFiles(
        certFile, keyFile, trustedCaFile, clientCertAuth, file, clientCertFile, clientKeyFile);
  }

  /** A copy with another certificate for connections to others. */
  public TlsFiles withClientFiles(@Nullable Path cert, @Nullable Path key) {
    return new TlsFiles(certFile, keyFile, trustedCaFile, clientCertAuth, crlFile, cert, key);
  }

  /** Whether there is no certificate of our own. */
  public boolean isWithoutIdentity() {
    return certFile == null && keyFile == null;
  }
}
