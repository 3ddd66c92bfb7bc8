package io.quorate.vertx.member;

import io.quorate.vertx.client.HostPort;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.Option;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.options.UnixUrl;
import io.quorate.vertx.member.tls.AllowedNames;
import io.quorate.vertx.member.tls.AutoTls;
import io.quorate.vertx.member.tls.TlsFileException;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import io.quorate.vertx.member.tls.TlsMaterial;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Loads the files for TLS that the options name; errors name the flag. */
final class ServerTls {
  private static final Logger LOG = Logger.getLogger(ServerTls.class);

  private ServerTls() {}

  /**
   * The TLS files of the client port; null if none of its URLs is with TLS. Blocks.
   *
   * @throws ConfigurationException naming flag, file and reason
   */
  static @Nullable TlsMaterial forClients(QuorateOptions options) {
    return options.isClientTls() ? clientsAgain(options) : null;
  }

  /** Reads the files of the client port again. Blocks. */
  static TlsMaterial clientsAgain(QuorateOptions options) {
    TlsFiles files = options.getClientTls();
    if (files.isWithoutIdentity() && options.get(Options.AUTO_TLS)) {
      files =
          withMade(
              files,
              Options.AUTO_TLS,
              "client",
              ClientUrl.of(options).stream().map(ClientUrl::url),
              options);
    }
    return load("", "client-", files, options.getClientNames(), options.getTlsLimits());
  }

  /** Like {@link #forClients}, for the connections between members. */
  static @Nullable TlsMaterial forPeers(QuorateOptions options) {
    return options.isPeerTls() ? peersAgain(options) : null;
  }

  /** Reads the files for the connections between members again. Blocks. */
  static TlsMaterial peersAgain(QuorateOptions options) {
    TlsFiles files = options.getPeerTls();
    boolean made = files.isWithoutIdentity() && options.get(Options.PEER_AUTO_TLS);
    if (made) {
      files =
          withMade(
              files,
              Options.PEER_AUTO_TLS,
              "peer",
              Stream.concat(
                  options.getListenPeerUrls().stream(),
                  options.getInitialAdvertisePeerUrls().stream()),
              options);
    }
    TlsMaterial loaded =
        load("peer-", "peer-", files, options.getPeerNames(), options.getTlsLimits());
    return made ? loaded.trustingAnyServer() : loaded;
  }

  /** Adds a certificate made for the hosts of {@code urls} to {@code files}. */
  private static TlsFiles withMade(
      TlsFiles files, Option<?> flag, String name, Stream<URI> urls, QuorateOptions options) {
    Path directory = options.getDataDir().resolve("fixtures").resolve(name);
    List<String> hosts =
        urls.filter(url -> !UnixUrl.is(url))
            .map(url -> HostPort.required(url).bareHost())
            .distinct()
            .toList();
    try {
      TlsFiles made =
          AutoTls.files(
              directory, hosts, options.get(Options.SELF_SIGNED_CERT_VALIDITY), Clock.systemUTC());
      return files.withCertFile(made.certFile()).withKeyFile(made.keyFile());
    } catch (IOException e) {
      throw new ConfigurationException(
          flag.name(), true, "cannot make a certificate in " + directory + ": " + e);
    }
  }

  /** Warns of members that anybody can join, which etcd allows as well. */
  static void warnOfOpenPeers(TlsMaterial peers) {
    if (peers.trusted() == null) {
      LOG.warn(
          "there is no --peer-trusted-ca-file: connections between members are encrypted, but any"
              + " process that reaches the peer port is accepted as a member");
    }
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

  /**
   * @param prefix of the flags
   * @param listPrefix of the flag for the revocation list
   */
  private static TlsMaterial load(
      String prefix, String listPrefix, TlsFiles files, AllowedNames names, TlsLimits limits) {
    try {
      return TlsMaterial.load(files, names, limits);
    } catch (TlsFileException e) {
      String flag =
          switch (e.role()) {
            case CERTIFICATE -> prefix + "cert-file";
            case KEY -> prefix + "key-file";
            case TRUSTED_CA -> prefix + "trusted-ca-file";
            case REVOCATION_LIST -> listPrefix + "crl-file";
            case CLIENT_CERTIFICATE -> prefix + "client-cert-file";
            case CLIENT_KEY -> prefix + "client-key-file";
          };
      throw new ConfigurationException(flag, e.file(), e.reason());
    }
  }
}
