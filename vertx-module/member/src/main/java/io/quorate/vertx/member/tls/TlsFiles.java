package io.quorate.vertx.member.tls;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where certificates and keys are, all of them PEM.
 *
 * @param certFile own certificate, with those between it and its authority behind it
 * @param keyFile its private key, RSA or EC, not encrypted
 * @param trustedCaFile authorities whose certificates are accepted of the other side; for a server,
 *     that there are any means that it asks for one
 * @param clientCertAuth that a server asks for a certificate was said by name, too
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
