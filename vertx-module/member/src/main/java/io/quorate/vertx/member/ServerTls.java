package io.quorate.vertx.member;

import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.tls.TlsFileException;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import io.quorate.vertx.member.tls.TlsMaterial;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Loads the files for TLS that the options name; errors name the flag. */
final class ServerTls {
  private static final Logger LOG = Logger.getLogger(ServerTls.class);

  private ServerTls() {}

  /**
   * The TLS files of the client port; null if all its URLs are {@code http}. Blocks.
   *
   * @throws ConfigurationException naming flag, file and reason
   */
  static @Nullable TlsMaterial forClients(QuorateOptions options) {
    return options.isClientTls() ? again(options) : null;
  }

  /** Reads the files of the client port again. Blocks. */
  static TlsMaterial again(QuorateOptions options) {
    return load("", options.getClientTls(), options.getTlsLimits());
  }

  /** Like {@link #forClients}, for the connections between members. */
  static @Nullable TlsMaterial forPeers(QuorateOptions options) {
    return options.isPeerTls() ? load("peer-", options.getPeerTls(), options.getTlsLimits()) : null;
  }

  /** Warns of TLS files that have no effect because the URLs are {@code http}, as etcd does. */
  static void warnOfIgnored(QuorateOptions options) {
    warnOfIgnored(
        "", options.getClientTls(), ClientUrl.of(options).stream().map(ClientUrl::url).toList());
    warnOfIgnored("peer-", options.getPeerTls(), options.getListenPeerUrls());
  }

  private static void warnOfIgnored(String prefix, TlsFiles files, List<URI> urls) {
    for (URI url : urls) {
      if (!QuorateOptions.isSecure(url) && (!files.isWithoutIdentity() || files.clientCertAuth())) {
        LOG.warn(
            "{} is without TLS: --{}cert-file, --{}key-file and --{}client-cert-auth are ignored there",
            url,
            prefix,
            prefix,
            prefix);
      }
    }
  }

  private static TlsMaterial load(String prefix, TlsFiles files, TlsLimits limits) {
    try {
      return TlsMaterial.load(files, limits);
    } catch (TlsFileException e) {
      String flag =
          switch (e.role()) {
            case CERTIFICATE -> "cert-file";
            case KEY -> "key-file";
            case TRUSTED_CA -> "trusted-ca-file";
          };
      throw new ConfigurationException(prefix + flag, e.file(), e.reason());
    }
  }
}
