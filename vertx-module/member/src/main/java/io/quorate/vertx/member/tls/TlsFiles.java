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
 */
public record TlsFiles(
    @Nullable Path certFile,
    @Nullable Path keyFile,
    @Nullable Path trustedCaFile,
    boolean clientCertAuth) {
  public static final TlsFiles NONE = new TlsFiles(null, null, null, false);

  public TlsFiles withCertFile(@Nullable Path file) {
    return new TlsFiles(file, keyFile, trustedCaFile, clientCertAuth);
  }

  public TlsFiles withKeyFile(@Nullable Path file) {
    return new TlsFiles(certFile, file, trustedCaFile, clientCertAuth);
  }

  public TlsFiles withTrustedCaFile(@Nullable Path file) {
    return new TlsFiles(certFile, keyFile, file, clientCertAuth);
  }

  /** Whether there is no certificate of our own. */
  public boolean isWithoutIdentity() {
    return certFile == null && keyFile == null;
  }
}
