package io.quorate.vertx.member.options;

import io.quorate.command.PeerUrl;
import io.quorate.node.AutoCompaction;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks that the values of several options are consistent, without access to disk or network. */
final class OptionRules {
  private static final int MIN_ELECTION_HEARTBEATS = 5;

  private OptionRules() {}

  /**
   * @throws ConfigurationException naming the first flag that is wrong
   */
  static void check(QuorateOptions options) {
    checkDataDir(options);
    checkDistinctAddresses(options);
    checkAdvertised(options);
    checkCluster(options);
    checkTimes(options);
    checkAutoCompaction(options);
    checkClientTls(options);
    checkPeerTls(options);
    checkTlsLimits(options.getTlsLimits());
  }

  static void check(boolean ok, String flag, Object value, String advice) {
    if (!ok) {
      throw new ConfigurationException(flag, value, advice);
    }
  }

  static void checkName(String flag, String name) {
    check(!name.isBlank(), flag, name, "must not be empty; give the member a name");
    check(
        name.indexOf('=') < 0 && name.indexOf(',') < 0,
        flag,
        name,
        "must not contain '=' or ','; they separate the members of --initial-cluster");
    check(
        name.length() <= PeerUrl.MAX_LENGTH,
        flag,
        name,
        "is too long; give at most " + PeerUrl.MAX_LENGTH + " characters");
  }

  private static void checkDataDir(QuorateOptions options) {
    String name = options.getName();
    check(
        options.isSet(Options.DATA_DIR) || name.indexOf('/') < 0 && name.indexOf('\\') < 0,
        "name",
        name,
        "cannot name a directory; set --data-dir as well");
    try {
      Path unused = options.getDataDir();
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          "name", name, e.getMessage() + ", or set --data-dir as well");
    }
  }

  private static void checkDistinctAddresses(QuorateOptions options) {
    Map<String, List<URI>> byFlag = new LinkedHashMap<>();
    byFlag.put(Options.LISTEN_PEER_URLS.name(), options.getListenPeerUrls());
    byFlag.put(Options.LISTEN_CLIENT_URLS.name(), options.getListenClientUrls());
    byFlag.put(Options.LISTEN_CLIENT_HTTP_URLS.name(), options.getListenClientHttpUrls());
    byFlag.put(Options.LISTEN_METRICS_URLS.name(), options.getListenMetricsUrls());
    Map<URI, String> earlier = new LinkedHashMap<>();
    byFlag.forEach(
        (flag, urls) -> {
          for (int i = 0; i < urls.size(); i++) {
            URI url = urls.get(i);
            check(
                urls.subList(0, i).stream().noneMatch(other -> UrlRules.isOneSocket(url, other)),
                flag,
                Format.join(urls),
                "names an address twice");
            earlier.forEach(
                (other, owner) ->
                    check(
                        !UrlRules.isOneSocket(url, other),
                        flag,
                        url,
                        "is one of --" + owner + " as well; give each an address of its own"));
          }
          urls.forEach(url -> earlier.put(url, flag));
        });
  }

  private static void checkAutoCompaction(QuorateOptions options) {
    String retention = options.get(Options.AUTO_COMPACTION_RETENTION);
    check(
        options.get(Options.AUTO_COMPACTION_MODE) == AutoCompaction.Mode.PERIODIC
            || Retention.isNumber(retention),
        "auto-compaction-retention",
        retention,
        "must be a number of revisions with --auto-compaction-mode=revision");
  }

  private static void checkAdvertised(QuorateOptions options) {
    check(
        !options.isSet(Options.LISTEN_CLIENT_URLS) || options.isSet(Options.ADVERTISE_CLIENT_URLS),
        "advertise-client-urls",
        "",
        "is required when --listen-client-urls is set; give the URLs under which clients reach this"
            + " member");
    Options.INITIAL_ADVERTISE_PEER_URLS.check(options.getInitialAdvertisePeerUrls());
  }

  private static void checkCluster(QuorateOptions options) {
    Map<String, List<URI>> cluster = options.getInitialCluster();
    String name = options.getName();
    List<URI> own = cluster.get(name);
    if (own == null) {
      throw new ConfigurationException(
          "initial-cluster",
          Format.show(cluster),
          "does not name this member, '" + name + "'; add it, or set --name to one that is there");
    }
    check(
        UrlRules.canonical(own).equals(UrlRules.canonical(options.getInitialAdvertisePeerUrls())),
        "initial-cluster",
        Format.show(cluster),
        "says that '"
            + name
            + "' is at "
            + Format.join(own)
            + ", but --initial-advertise-peer-urls says "
            + Format.join(options.getInitialAdvertisePeerUrls())
            + "; make them equal");
  }

  private static void checkTimes(QuorateOptions options) {
    check(
        options.getHeartbeatIntervalMillis()
            <= options.getElectionTimeoutMillis() / MIN_ELECTION_HEARTBEATS,
        "election-timeout",
        options.getElectionTimeoutMillis(),
        "must be at least "
            + MIN_ELECTION_HEARTBEATS
            + " times --heartbeat-interval ("
            + options.getHeartbeatIntervalMillis()
            + " ms); raise the one or lower the other");
  }

  private static void checkClientTls(QuorateOptions options) {
    TlsFiles clientTls = options.getClientTls();
    checkPair("", "cert-file", clientTls.certFile(), "key-file", clientTls.keyFile());
    if (clientTls.isWithoutIdentity() && !options.get(Options.AUTO_TLS)) {
      checkPlain(Options.LISTEN_CLIENT_URLS, options.getListenClientUrls());
      checkPlain(Options.LISTEN_CLIENT_HTTP_URLS, options.getListenClientHttpUrls());
      checkPlain(Options.LISTEN_METRICS_URLS, options.getListenMetricsUrls());
    }
    check(
        !clientTls.clientCertAuth() || clientTls.trustedCaFile() != null || !options.isClientTls(),
        "client-cert-auth",
        true,
        "needs --trusted-ca-file: whose certificates are to be accepted?");
    if (options.isClientTls() && clientTls.trustedCaFile() == null) {
      checkNoConditions(
          "trusted-ca-file",
          options,
          Options.CLIENT_CRL_FILE,
          Options.CLIENT_CERT_ALLOWED_HOSTNAME);
    }
  }

  /** Refuses conditions for certificates where nobody is asked for one. */
  private static void checkNoConditions(
      String missing, QuorateOptions options, Option<?>... conditions) {
    for (Option<?> condition : conditions) {
      boolean isSet = options.isSet(condition) && !options.get(condition).equals(List.of());
      check(
          !isSet,
          condition.name(),
          isSet ? options.get(condition) : "",
          "needs --" + missing + ": without it nobody is asked for a certificate");
    }
  }

  private static void checkPlain(Option<?> option, List<URI> urls) {
    for (URI url : urls) {
      check(
          !QuorateOptions.isSecure(url),
          option.name(),
          url,
          "is "
              + url.getScheme()
              + ", which needs --cert-file and --key-file; set both, or --auto-tls, or use "
              + (UnixUrl.is(url) ? "unix" : "http"));
    }
  }

  private static void checkPeerTls(QuorateOptions options) {
    TlsFiles peerTls = options.getPeerTls();
    URI listen = options.getListenPeerUrls().get(0);
    checkPair("peer-", "cert-file", peerTls.certFile(), "key-file", peerTls.keyFile());
    checkPair(
        "peer-",
        "client-cert-file",
        peerTls.clientCertFile(),
        "client-key-file",
        peerTls.clientKeyFile());
    check(
        options.get(Options.PEER_CERT_ALLOWED_CN).isEmpty()
            || options.get(Options.PEER_CERT_ALLOWED_HOSTNAME).isEmpty(),
        Options.PEER_CERT_ALLOWED_CN.name(),
        String.join(",", options.get(Options.PEER_CERT_ALLOWED_CN)),
        "does not go together with --peer-cert-allowed-hostname; leave one of them out");
    List<URI> all = new ArrayList<>(options.getListenPeerUrls());
    all.addAll(options.getInitialAdvertisePeerUrls());
    options.getInitialCluster().values().forEach(all::addAll);
    for (URI url : all) {
      check(
          QuorateOptions.isSecure(url) == options.isPeerTls(),
          "listen-peer-urls",
          listen,
          "is "
              + listen.getScheme()
              + " and "
              + url
              + " is not: either all members talk TLS with each other or none does");
    }
    if (options.isPeerTls()) {
      boolean auto = options.get(Options.PEER_AUTO_TLS) && peerTls.isWithoutIdentity();
      check(
          auto || !peerTls.isWithoutIdentity(),
          "listen-peer-urls",
          listen,
          "is https, which needs --peer-cert-file and --peer-key-file; set both, or --peer-auto-tls,"
              + " or use http");
      check(
          !auto || peerTls.trustedCaFile() == null,
          Options.PEER_AUTO_TLS.name(),
          true,
          "makes certificates that no authority signs; leave out --peer-trusted-ca-file, or give a"
              + " certificate");
      check(
          !peerTls.clientCertAuth() || peerTls.trustedCaFile() != null,
          Options.PEER_CLIENT_CERT_AUTH.name(),
          true,
          "needs --peer-trusted-ca-file: whose certificates are to be accepted?");
      if (peerTls.trustedCaFile() == null) {
        checkNoConditions(
            "peer-trusted-ca-file",
            options,
            Options.PEER_CRL_FILE,
            Options.PEER_CERT_ALLOWED_CN,
            Options.PEER_CERT_ALLOWED_HOSTNAME);
      }
    }
  }

  private static void checkPair(
      String prefix, String certName, @Nullable Path cert, String keyName, @Nullable Path key) {
    check(
        cert == null || key != null,
        prefix + certName,
        String.valueOf(cert),
        "needs --" + prefix + keyName + " as well");
    check(
        key == null || cert != null,
        prefix + keyName,
        String.valueOf(key),
        "needs --" + prefix + certName + " as well");
  }

  private static void checkTlsLimits(TlsLimits tlsLimits) {
    String contradiction = tlsLimits.contradiction();
    if (contradiction != null) {
      throw new ConfigurationException(
          "tls-max-version", String.valueOf(tlsLimits.max()), contradiction);
    }
    String suites = String.join(",", tlsLimits.cipherSuites());
    check(
        suites.isEmpty() || !tlsLimits.isOnlyTls13(),
        "cipher-suites",
        suites,
        "cannot be chosen when only TLS1.3 is allowed; leave it out");
    String unknown = tlsLimits.unknownSuite();
    check(unknown == null, "cipher-suites", suites, "has " + unknown + ", which this JVM has not");
  }
}
