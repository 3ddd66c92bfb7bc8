package io.quorate.vertx.member.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.quorate.node.AutoCompaction;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.tls.TlsFiles;
import io.quorate.vertx.member.tls.TlsLimits;
import io.quorate.vertx.member.tls.TlsLimits.TlsVersion;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class QuorateOptionsTest {
  private static final Path FILE = Path.of("some.pem");

  @Test
  void theDefaultsDescribeAValidSingleMemberOnThisHost() {
    QuorateOptions options = new QuorateOptions().validate();
    assertThat(options.getName()).isEqualTo("default");
    assertThat(options.getDataDir()).isEqualTo(Path.of("default.quorate"));
    assertThat(options.getListenClientUrls()).containsExactly(url("http://127.0.0.1:2379"));
    assertThat(options.getAdvertiseClientUrls()).isEqualTo(options.getListenClientUrls());
    assertThat(options.getListenPeerUrls()).containsExactly(url("http://127.0.0.1:2380"));
    assertThat(options.getInitialCluster())
        .containsExactly(Map.entry("default", options.getListenPeerUrls()));
    assertThat(options.getEffectiveQuotaBytes()).isEqualTo(2L << 30);
    assertThat(options.getMaxRequestBytes()).isEqualTo(1_572_864);
    assertThat(options.getMaxConcurrentStreams()).isEqualTo(4_294_967_295L);
  }

  @Test
  void defaultsAreDerivedFromTheName() {
    QuorateOptions options = new QuorateOptions().setName("n1").validate();
    assertThat(options.getDataDir()).isEqualTo(Path.of("n1.quorate"));
    assertThat(options.getInitialCluster()).containsOnlyKeys("n1");
  }

  @Test
  void aNegativeQuotaMeansNoQuota() {
    assertThat(new QuorateOptions().setQuotaBackendBytes(-1).getEffectiveQuotaBytes())
        .isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aCopyKeepsEverythingAndIsIndependent() {
    QuorateOptions original =
        new QuorateOptions()
            .setName("n")
            .setDataDir(Path.of("d"))
            .setListenClientUrls(List.of(url("http://127.0.0.1:1")))
            .setAdvertiseClientUrls(List.of(url("http://127.0.0.1:2")))
            .setListenClientHttpUrls(List.of(url("http://127.0.0.1:5")))
            .setListenMetricsUrls(List.of(url("http://127.0.0.1:6")))
            .setFeatureGates(FeatureGates.parse("AllAlpha=true"))
            .setListenPeerUrls(List.of(url("http://127.0.0.1:3")))
            .setInitialAdvertisePeerUrls(List.of(url("http://127.0.0.1:4")))
            .setInitialCluster(Map.of("n", List.of(url("http://127.0.0.1:4"))))
            .setInitialClusterState(QuorateOptions.ClusterState.EXISTING)
            .setInitialClusterToken("t")
            .setHeartbeatIntervalMillis(11)
            .setElectionTimeoutMillis(222)
            .setSnapshotCount(5)
            .setSnapshotCatchupEntries(6)
            .setQuotaBackendBytes(7)
            .setMaxRequestBytes(8)
            .setMaxTxnOps(9)
            .setMaxLearners(10)
            .setStrictReconfigCheck(false)
            .setPreVote(false)
            .setMaxConcurrentStreams(12)
            .setGrpcKeepaliveIntervalMillis(21)
            .setGrpcKeepaliveTimeoutMillis(22)
            .setGrpcKeepaliveMinTimeMillis(13)
            .setWatchProgressNotifyIntervalMillis(116)
            .setClientTls(new TlsFiles(FILE, FILE, FILE, true).withCrlFile(FILE))
            .setPeerTls(new TlsFiles(FILE, FILE, FILE, true, FILE, FILE, FILE))
            .set(Options.CLIENT_CERT_ALLOWED_HOSTNAME, List.of("h"))
            .set(Options.PEER_CERT_ALLOWED_CN, List.of("c"))
            .set(Options.PEER_CERT_ALLOWED_HOSTNAME, List.of("h"))
            .set(Options.LOG_OUTPUTS, List.of("stdout"))
            .set(Options.CORS, List.of("http://a:1"))
            .set(Options.HOST_WHITELIST, List.of("a"))
            .set(Options.AUTO_TLS, true)
            .set(Options.PEER_AUTO_TLS, true)
            .set(Options.SELF_SIGNED_CERT_VALIDITY, 2)
            .setTlsLimits(TlsLimits.DEFAULT.withMin(TlsVersion.TLS1_3).withMax(TlsVersion.TLS1_3))
            .set(Options.MAX_FEATURE_LEVEL, 1)
            .setAuthToken("jwt,sign-method=RS256")
            .setAuthTokenTtlSeconds(117)
            .setBcryptCost(5)
            .set(Options.QUOTA_AUTO_DISARM, false)
            .set(Options.INITIAL_CORRUPT_CHECK, false)
            .set(Options.CORRUPT_CHECK_TIME, 15L)
            .set(Options.COMPACT_HASH_CHECK_TIME, 16L)
            .setAutoCompaction(new AutoCompaction(AutoCompaction.Mode.REVISION, 14))
            .setLogLevel(QuorateOptions.LogLevel.WARN)
            .setLogFormat(QuorateOptions.LogFormat.JSON);
    QuorateOptions copy = new QuorateOptions(original);
    for (Option<?> option : Options.all()) {
      assertThat(original.isSet(option)).as("the test sets " + option).isTrue();
      assertThat((Object) copy.get(option)).as("" + option).isEqualTo(original.get(option));
    }
    new QuorateOptions(original).setName("other");
    assertThat(original.getName()).isEqualTo("n");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("valid")
  void isAccepted(String what, UnaryOperator<QuorateOptions> change) {
    change.apply(new QuorateOptions()).validate();
  }

  static Stream<Arguments> valid() {
    return Stream.of(
        valid("a heartbeat of a fifth", o -> o.setElectionTimeoutMillis(500)),
        valid("the longest election", o -> o.setElectionTimeoutMillis(50_000)),
        valid(
            "localhost for 127.0.0.1",
            o -> o.setInitialCluster(cluster("default", "http://localhost:2380"))),
        valid(
            "all interfaces, if something is advertised",
            o ->
                o.setListenPeerUrls(urls("http://0.0.0.0:2380"))
                    .setInitialAdvertisePeerUrls(urls("http://10.0.0.1:2380"))),
        valid("an IPv6 address", o -> o.setListenPeerUrls(urls("http://[::1]:2380"))),
        valid(
            "a domain name advertised",
            o ->
                o.setListenClientUrls(urls("http://0.0.0.0:2379"))
                    .setAdvertiseClientUrls(urls("http://db.example.com:2379"))),
        valid(
            "certificates made at the start",
            o ->
                clientTls(o, TlsFiles.NONE)
                    .setListenPeerUrls(urls("https://127.0.0.1:2380"))
                    .set(Options.AUTO_TLS, true)
                    .set(Options.PEER_AUTO_TLS, true)),
        valid(
            "https members without an authority",
            o ->
                o.setListenPeerUrls(urls("https://127.0.0.1:2380"))
                    .setPeerTls(new TlsFiles(FILE, FILE, null, false))),
        valid(
            "socket files for clients",
            o ->
                o.setListenClientUrls(urls("unix:///tmp/x", "unix://localhost:1", "unix://x/y"))
                    .setAdvertiseClientUrls(urls("unix:///tmp/x"))),
        valid(
            "any free port for clients",
            o ->
                o.setListenClientUrls(urls("http://127.0.0.1:0"))
                    .setAdvertiseClientUrls(urls("http://127.0.0.1:0"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("invalid")
  void isRefusedNamingTheFlag(String what, String flag, UnaryOperator<QuorateOptions> change) {
    assertThatThrownBy(() -> change.apply(new QuorateOptions()).validate())
        .as(what)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("--" + flag + "=")
        .message()
        .doesNotContain("\n");
  }

  static Stream<Arguments> invalid() {
    return Stream.of(
        invalid("an empty name", "name", o -> o.setName(" ")),
        invalid("a name with a comma", "name", o -> o.setName("a,b")),
        invalid("a name with an equals sign", "name", o -> o.setName("a=b")),
        invalid("a path as a name", "name", o -> o.setName("../x")),
        invalid("an empty token", "initial-cluster-token", o -> o.setInitialClusterToken("")),
        invalid(
            "a heartbeat above a fifth", "election-timeout", o -> o.setElectionTimeoutMillis(499)),
        invalid(
            "too long an election", "election-timeout", o -> o.setElectionTimeoutMillis(50_001)),
        invalid("no heartbeat", "heartbeat-interval", o -> o.setHeartbeatIntervalMillis(0)),
        invalid("no election", "election-timeout", o -> o.setElectionTimeoutMillis(-1)),
        invalid(
            "nothing to listen on", "listen-client-urls", o -> o.setListenClientUrls(List.of())),
        invalid(
            "a domain to listen on",
            "listen-peer-urls",
            o -> o.setListenPeerUrls(urls("http://example.com:2380"))),
        invalid(
            "an almost address",
            "listen-peer-urls",
            o -> o.setListenPeerUrls(urls("http://256.0.0.1:2380"))),
        invalid("no port", "listen-peer-urls", o -> o.setListenPeerUrls(urls("http://127.0.0.1"))),
        invalid(
            "a path",
            "listen-peer-urls",
            o -> o.setListenPeerUrls(urls("http://127.0.0.1:2380/x"))),
        invalid(
            "a port out of range",
            "listen-peer-urls",
            o -> o.setListenPeerUrls(urls("http://127.0.0.1:70000"))),
        invalid(
            "the same URL twice",
            "listen-peer-urls",
            o -> o.setListenPeerUrls(urls("http://127.0.0.1:1", "http://127.0.0.1:1"))),
        invalid(
            "https without a certificate",
            "listen-client-urls",
            o ->
                o.setListenClientUrls(urls("https://127.0.0.1:2379"))
                    .setAdvertiseClientUrls(urls("https://127.0.0.1:2379"))),
        invalid(
            "a certificate without its key",
            "cert-file",
            o -> o.setClientTls(TlsFiles.NONE.withCertFile(FILE))),
        invalid(
            "a key without its certificate",
            "peer-key-file",
            o -> o.setPeerTls(TlsFiles.NONE.withKeyFile(FILE))),
        invalid(
            "certificates asked for and nobody trusted",
            "client-cert-auth",
            o ->
                o.setListenClientUrls(urls("https://127.0.0.1:2379"))
                    .setAdvertiseClientUrls(urls("https://127.0.0.1:2379"))
                    .setClientTls(new TlsFiles(FILE, FILE, null, true))),
        invalid(
            "https and http at one port",
            "listen-client-urls",
            o ->
                o.setListenClientUrls(urls("https://127.0.0.1:1", "http://127.0.0.1:1"))
                    .setAdvertiseClientUrls(urls("https://127.0.0.1:1"))
                    .setClientTls(new TlsFiles(FILE, FILE, FILE, true))),
        invalid(
            "clients and peers at one port",
            "listen-client-urls",
            o ->
                o.setListenClientUrls(urls("http://127.0.0.1:2380"))
                    .setAdvertiseClientUrls(urls("http://127.0.0.1:2380"))),
        invalid(
            "one address by two names",
            "listen-client-urls",
            o ->
                o.setListenClientUrls(urls("http://127.0.0.1:2379", "http://localhost:2379"))
                    .setAdvertiseClientUrls(urls("http://127.0.0.1:2379"))),
        invalid(
            "one address and all of them",
            "listen-client-urls",
            o ->
                o.setListenClientUrls(urls("http://127.0.0.1:2379", "http://0.0.0.0:2379"))
                    .setAdvertiseClientUrls(urls("http://127.0.0.1:2379"))),
        invalid(
            "https peers without a certificate",
            "listen-peer-urls",
            o -> o.setListenPeerUrls(urls("https://127.0.0.1:2380"))),
        invalid(
            "certificates of members asked for and nobody trusted",
            "peer-client-cert-auth",
            o ->
                o.setListenPeerUrls(urls("https://127.0.0.1:2380"))
                    .setPeerTls(new TlsFiles(FILE, FILE, null, true))),
        invalid(
            "a revocation list where nobody is asked for a certificate",
            "client-crl-file",
            o -> clientTls(o, new TlsFiles(FILE, FILE, null, false).withCrlFile(FILE))),
        invalid(
            "allowed names where nobody is asked for a certificate",
            "client-cert-allowed-hostname",
            o ->
                clientTls(o, new TlsFiles(FILE, FILE, null, false))
                    .set(Options.CLIENT_CERT_ALLOWED_HOSTNAME, List.of("h"))),
        invalid(
            "allowed names of members where nobody is asked for a certificate",
            "peer-cert-allowed-cn",
            o ->
                o.setListenPeerUrls(urls("https://127.0.0.1:2380"))
                    .setPeerTls(new TlsFiles(FILE, FILE, null, false))
                    .set(Options.PEER_CERT_ALLOWED_CN, List.of("c"))),
        invalid(
            "allowed names of two kinds",
            "peer-cert-allowed-cn",
            o ->
                o.set(Options.PEER_CERT_ALLOWED_CN, List.of("c"))
                    .set(Options.PEER_CERT_ALLOWED_HOSTNAME, List.of("h"))),
        invalid(
            "certificates made here that an authority would have to sign",
            "peer-auto-tls",
            o ->
                o.setListenPeerUrls(urls("https://127.0.0.1:2380"))
                    .setPeerTls(TlsFiles.NONE.withTrustedCaFile(FILE))
                    .set(Options.PEER_AUTO_TLS, true)),
        invalid(
            "a second certificate without its key",
            "peer-client-cert-file",
            o -> o.setPeerTls(TlsFiles.NONE.withClientFiles(FILE, null))),
        invalid(
            "a certificate that is never valid",
            "self-signed-cert-validity",
            o -> o.set(Options.SELF_SIGNED_CERT_VALIDITY, 0)),
        invalid(
            "peers of which one is plain",
            "listen-peer-urls",
            o -> {
              Map<String, List<URI>> cluster =
                  new LinkedHashMap<>(cluster("default", "https://127.0.0.1:2380"));
              cluster.put("other", urls("http://127.0.0.1:2381"));
              return o.setListenPeerUrls(urls("https://127.0.0.1:2380"))
                  .setPeerTls(new TlsFiles(FILE, FILE, FILE, true))
                  .setInitialCluster(cluster);
            }),
        invalid(
            "versions that exclude each other",
            "tls-max-version",
            o ->
                o.setTlsLimits(
                    TlsLimits.DEFAULT.withMin(TlsVersion.TLS1_3).withMax(TlsVersion.TLS1_2))),
        invalid(
            "a suite that nobody knows",
            "cipher-suites",
            o -> o.setTlsLimits(TlsLimits.DEFAULT.withCipherSuites(List.of("TLS_ROT13")))),
        invalid(
            "suites where none can be chosen",
            "cipher-suites",
            o ->
                o.setTlsLimits(
                    TlsLimits.DEFAULT
                        .withMin(TlsVersion.TLS1_3)
                        .withCipherSuites(List.of("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")))),
        invalid(
            "a socket file", "listen-peer-urls", o -> o.setListenPeerUrls(urls("unix:///tmp/x"))),
        invalid(
            "a socket file without a name",
            "listen-client-urls",
            o ->
                o.setListenClientUrls(urls("unix:///tmp/"))
                    .setAdvertiseClientUrls(urls("unix:///tmp/"))),
        invalid(
            "a socket file with too long a name",
            "listen-client-urls",
            o -> o.setListenClientUrls(urls("unix:///" + "x".repeat(103)))),
        invalid(
            "one socket file with and without TLS",
            "listen-client-urls",
            o -> o.setListenClientUrls(urls("unix:///tmp/x", "unixs:///tmp/x"))),
        invalid(
            "gRPC and only HTTP at one port",
            "listen-client-http-urls",
            o -> o.setListenClientHttpUrls(urls("http://127.0.0.1:2379"))),
        invalid(
            "clients and checks at one port",
            "listen-metrics-urls",
            o -> o.setListenMetricsUrls(urls("http://0.0.0.0:2379"))),
        invalid(
            "encrypted checks without a certificate",
            "listen-metrics-urls",
            o -> o.setListenMetricsUrls(urls("https://127.0.0.1:2381"))),
        invalid(
            "another scheme",
            "listen-peer-urls",
            o -> o.setListenPeerUrls(urls("ftp://127.0.0.1:2380"))),
        invalid(
            "listening without advertising",
            "advertise-client-urls",
            o -> o.setListenClientUrls(urls("http://127.0.0.1:1"))),
        invalid(
            "all interfaces advertised to peers",
            "initial-advertise-peer-urls",
            o -> o.setListenPeerUrls(urls("http://0.0.0.0:2380"))),
        invalid(
            "a cluster without this member",
            "initial-cluster",
            o -> o.setInitialCluster(cluster("other", "http://127.0.0.1:2380"))),
        invalid(
            "a cluster that says otherwise",
            "initial-cluster",
            o -> o.setInitialCluster(cluster("default", "http://127.0.0.1:9"))),
        invalid(
            "two members at one URL",
            "initial-cluster",
            o -> {
              Map<String, List<URI>> cluster =
                  new LinkedHashMap<>(cluster("default", "http://127.0.0.1:2380"));
              cluster.put("b", urls("http://localhost:2380"));
              return o.setInitialCluster(cluster);
            }),
        invalid("no snapshots", "snapshot-count", o -> o.setSnapshotCount(0)),
        invalid("no requests", "max-request-bytes", o -> o.setMaxRequestBytes(0)),
        invalid("no transactions", "max-txn-ops", o -> o.setMaxTxnOps(0)),
        invalid("no learners", "max-learners", o -> o.setMaxLearners(0)),
        invalid(
            "too many streams", "max-concurrent-streams", o -> o.setMaxConcurrentStreams(1L << 32)),
        invalid(
            "progress too often",
            "watch-progress-notify-interval",
            o -> o.setWatchProgressNotifyIntervalMillis(99)));
  }

  private static QuorateOptions clientTls(QuorateOptions options, TlsFiles files) {
    return options
        .setListenClientUrls(urls("https://127.0.0.1:2379"))
        .setAdvertiseClientUrls(urls("https://127.0.0.1:2379"))
        .setClientTls(files);
  }

  private static Arguments valid(String what, UnaryOperator<QuorateOptions> change) {
    return arguments(what, change);
  }

  private static Arguments invalid(String what, String flag, UnaryOperator<QuorateOptions> change) {
    return arguments(what, flag, change);
  }

  private static Map<String, List<URI>> cluster(String name, String... urls) {
    return Map.of(name, urls(urls));
  }

  private static List<URI> urls(String... urls) {
    return Stream.of(urls).map(URI::create).toList();
  }

  private static URI url(String url) {
    return URI.create(url);
  }
}
