package io.quorate.vertx.server.tls;

import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.tls.TlsFileException;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import io.quorate.vertx.member.tls.TlsMaterial;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options under etcdctl's names, mixed into those of a command by the command line parser. */
public final class ClientTls {
  @Option(
      names = "--cacert",
      paramLabel = "<file>",
      description = "Authorities whose servers are trusted, PEM (default: those of the JVM).")
  private @Nullable Path cacert;

  @Option(
      names = "--cert",
      paramLabel = "<file>",
      description = "Certificate to show to servers, PEM; needs --key.")
  private @Nullable Path cert;

  @Option(names = "--key", paramLabel = "<file>", description = "Its private key, PEM.")
  private @Nullable Path key;

  @Option(
      names = "--insecure-skip-tls-verify",
      description = "Accept any certificate of a server that speaks TLS.")
  private boolean insecureSkipTlsVerify;

  /** Whether an endpoint without a scheme is one of TLS, as for etcdctl. */
  public boolean isForEndpointsWithoutScheme() {
    return cacert != null || cert != null || insecureSkipTlsVerify;
  }

  /**
   * @throws ConfigurationException if a certificate has no key, or a key no certificate
   */
  public void validate() {
    if ((cert == null) != (key == null)) {
      throw new ConfigurationException("cert", String.valueOf(cert), "goes with --key");
    }
  }

  /**
   * Reads the files; blocks.
   *
   * @throws ConfigurationException naming option, file and reason
   */
  public TlsMaterial load() {
    try {
      TlsMaterial loaded =
          TlsMaterial.load(new TlsFiles(cert, key, cacert, false), TlsLimits.DEFAULT);
      return insecureSkipTlsVerify ? loaded.trustingAnyServer() : loaded;
    } catch (TlsFileException e) {
      String option =
          switch (e.role()) {
            case CERTIFICATE -> "cert";
            case KEY -> "key";
            case TRUSTED_CA -> "cacert";
            case REVOCATION_LIST, CLIENT_CERTIFICATE, CLIENT_KEY ->
                throw new IllegalStateException("there is no option for a " + e.role(), e);
          };
      throw new ConfigurationException(option, e.file(), e.reason());
    }
  }
}
