package io.quorate.vertx.member;

import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.tls.TlsFileException;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import io.quorate.vertx.member.tls.TlsMaterial;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member's options say about TLS, and what the files hold; what is wrong is said by flag.
 */
final class ServerTls {
  private static final Logger LOG = Logger.getLogger(ServerTls.class);

  private ServerTls() {}

  /**
   * What can be seen without reading a file.
   *
   * @throws ConfigurationException naming the first flag that is wrong
   */
  static void check(QuorateOptions options) {
    checkClients(options);
    checkPeers(options);
    checkLimits(options.tlsLimits());
  }

  private static void checkClients(QuorateOptions options) {
    TlsFiles clientTls = options.clientTls();
    checkPair("", clientTls);
    for (URI url : options.listenClientUrls()) {
      QuorateOptions.check(
          !QuorateOptions.isHttps(url) || !clientTls.isWithoutIdentity(),
          "listen-client-urls",
          url,
          "is https, which needs --cert-file and --key-file; set both, or use http");
    }
    QuorateOptions.check(
        !clientTls.clientCertAuth() || clientTls.trustedCaFile() != null || !options.isClientTls(),
        "client-cert-auth",
        true,
        "needs --trusted-ca-file: whose certificates are to be accepted?");
  }

  /**
   * Names of members cannot be checked, so being signed by the trusted authority is all there is:
   * without one, anybody with a certificate could vote.
   */
  private static void checkPeers(QuorateOptions options) {
    TlsFiles peerTls = options.peerTls();
    URI listen = options.listenPeerUrls().get(0);
    checkPair("peer-", peerTls);
    List<URI> all = new ArrayList<>(options.listenPeerUrls());
    all.addAll(options.initialAdvertisePeerUrls());
    options.initialCluster().values().forEach(all::addAll);
    for (URI url : all) {
      QuorateOptions.check(
          QuorateOptions.isHttps(url) == options.isPeerTls(),
          "listen-peer-urls",
          listen,
          "is "
              + listen.getScheme()
              + " and "
              + url
              + " is not: either all members talk TLS with each other or none does");
    }
    if (options.isPeerTls()) {
      QuorateOptions.check(
          !peerTls.isWithoutIdentity(),
          "listen-peer-urls",
          listen,
          "is https, which needs --peer-cert-file and --peer-key-file; set both, or use http");
      QuorateOptions.check(
          peerTls.trustedCaFile() != null,
          "listen-peer-urls",
          listen,
          "is https, which needs --peer-trusted-ca-file: whoever that authority has signed may be a"
              + " member");
    }
  }

  private static void checkPair(String prefix, TlsFiles files) {
    QuorateOptions.check(
        files.certFile() == null || files.keyFile() != null,
        prefix + "cert-file",
        String.valueOf(files.certFile()),
        "needs --" + prefix + "key-file as well");
    QuorateOptions.check(
        files.keyFile() == null || files.certFile() != null,
        prefix + "key-file",
        String.valueOf(files.keyFile()),
        "needs --" + prefix + "cert-file as well");
  }

  private static void checkLimits(TlsLimits tlsLimits) {
    String contradiction = tlsLimits.contradiction();
    if (contradiction != null) {
      throw new ConfigurationException(
          "tls-max-version", String.valueOf(tlsLimits.max()), contradiction);
    }
    String suites = String.join(",", tlsLimits.cipherSuites());
    QuorateOptions.check(
        suites.isEmpty() || !tlsLimits.isOnlyTls13(),
        "cipher-suites",
        suites,
        "cannot be chosen when only TLS1.3 is allowed; leave it out");
    String unknown = tlsLimits.unknownSuite();
    QuorateOptions.check(
        unknown == null, "cipher-suites", suites, "has " + unknown + ", which this JVM has not");
  }

  /**
   * For the client port; null if all its URLs are {@code http}. Blocks.
   *
   * @throws ConfigurationException naming flag, file and reason
   */
  static @Nullable TlsMaterial forClients(QuorateOptions options) {
    return options.isClientTls() ? again(options) : null;
  }

  /** What the files of the client port hold now. */
  static TlsMaterial again(QuorateOptions options) {
    return load("", options.clientTls(), options.tlsLimits());
  }

  /** As {@link #forClients}, for what members say to each other. */
  static @Nullable TlsMaterial forPeers(QuorateOptions options) {
    return options.isPeerTls() ? load("peer-", options.peerTls(), options.tlsLimits()) : null;
  }

  /** As with etcd, files do not make {@code http} encrypted. */
  static void warnOfIgnored(QuorateOptions options) {
    warnOfIgnored("", options.clientTls(), options.listenClientUrls());
    warnOfIgnored("peer-", options.peerTls(), options.listenPeerUrls());
  }

  private static void warnOfIgnored(String prefix, TlsFiles files, List<URI> urls) {
    for (URI url : urls) {
      if (!QuorateOptions.isHttps(url) && (!files.isWithoutIdentity() || files.clientCertAuth())) {
        LOG.warn(
            "{} is http: --{}cert-file, --{}key-file and --{}client-cert-auth are ignored there",
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
