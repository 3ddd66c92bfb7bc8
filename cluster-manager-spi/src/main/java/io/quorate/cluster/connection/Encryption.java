package io.quorate.cluster.connection;

import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.vertx.member.tls.TlsFileException;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import io.quorate.vertx.member.tls.TlsMaterial;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What the options say about TLS. */
final class Encryption {
  private Encryption() {}

  static TlsFiles files(QuorateClusterOptions options) {
    return new TlsFiles(
        path(options.getCertFile()),
        path(options.getKeyFile()),
        path(options.getTrustedCaFile()),
        options.getTrustedCaFile() != null);
  }

  private static @Nullable Path path(@Nullable String file) {
    return file == null ? null : Path.of(file);
  }

  /**
   * Reads the files; null if there are none. Blocks.
   *
   * @throws JoinFailedException naming option, file and reason
   */
  static @Nullable TlsMaterial read(QuorateClusterOptions options) {
    if (options.getTrustedCaFile() == null && options.getCertFile() == null) {
      return null;
    }
    try {
      return TlsMaterial.load(files(options), TlsLimits.DEFAULT);
    } catch (TlsFileException e) {
      String option =
          switch (e.role()) {
            case CERTIFICATE -> "certFile";
            case KEY -> "keyFile";
            case TRUSTED_CA -> "trustedCaFile";
            case REVOCATION_LIST, CLIENT_CERTIFICATE, CLIENT_KEY ->
                throw new IllegalStateException("there is no option for a " + e.role(), e);
          };
      throw new JoinFailedException("option " + option + ": " + e.file() + " " + e.reason());
    }
  }
}
