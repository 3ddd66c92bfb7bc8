package io.quorate.vertx.server.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.node.AutoCompaction;
import io.quorate.node.AutoCompaction.Mode;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.Flag;
import io.quorate.vertx.member.options.Flags;
import io.quorate.vertx.member.options.Option;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.options.QuorateOptions.ClusterState;
import io.quorate.vertx.member.tls.TlsFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
  private final Path directory;

  ConfigurationTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void withoutFlagsTheOptionsHaveTheirDefaults() {
    Configuration configuration = resolve(Map.of());
    assertThat(configuration.options().getName()).isEqualTo("default");
    assertThat(configuration.notes()).isEmpty();
  }

  @Test
  void oneOrTwoDashesWithOrWithoutEqualsSignAreTheSame() {
    for (String[] args :
        List.of(
            new String[] {"--name=a"},
            new String[] {"--name", "a"},
            new String[] {"-name=a"},
            new String[] {"-name", "a"})) {
      assertThat(resolve(Map.of(), args).options().getName()).isEqualTo("a");
    }
  }

  @Test
  void aValueMayContainAnEqualsSignAndTheLastOccurrenceWins() {
    QuorateOptions options =
        resolve(
                Map.of(),
                "--initial-cluster=b=http://127.0.0.1:1",
                "--initial-cluster",
                "default=http://127.0.0.1:2380,b=http://127.0.0.1:3,b=http://127.0.0.1:4")
            .options();
    assertThat(options.getInitialCluster())
        .containsExactly(
            Map.entry("default", List.of(URI.create("http://127.0.0.1:2380"))),
            Map.entry(
                "b", List.of(URI.create("http://127.0.0.1:3"), URI.create("http://127.0.0.1:4"))));
  }

  @Test
  void aBooleanFlagMayHaveNoValue() {
    assertThat(resolve(Map.of(), "--pre-vote").options().isPreVote()).isTrue();
    assertThat(resolve(Map.of(), "--pre-vote=false").options().isPreVote()).isFalse();
    assertThat(resolve(Map.of(), "--pre-vote=0", "--name=x").options().isPreVote()).isFalse();
    assertThatThrownBy(() -> resolve(Map.of(), "--pre-vote", "false"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("'false' is not a flag");
  }

  @Test
  void theFlagsOfEtcdsEndToEndTestsAreAccepted() {
    Configuration configuration =
        resolve(
            Map.of(),
            "--name=test-0",
            "--listen-client-urls=http://localhost:20000",
            "--advertise-client-urls=http://localhost:20000",
            "--listen-peer-urls=http://localhost:20001",
            "--initial-advertise-peer-urls=http://localhost:20001",
            "--initial-cluster-token=new",
            "--data-dir=" + directory,
            "--snapshot-count=10000",
            "--initial-cluster=test-0=http://localhost:20001,test-1=http://localhost:20006",
            "--initial-cluster-state=existing",
            "--watch-progress-notify-interval=5s",
            "--quota-backend-bytes=-1");
    QuorateOptions options = configuration.options();
    assertThat(configuration.notes()).isEmpty();
    assertThat(options.getInitialClusterState()).isEqualTo(ClusterState.EXISTING);
    assertThat(options.getInitialCluster()).containsOnlyKeys("test-0", "test-1");
    assertThat(options.getWatchProgressNotifyIntervalMillis()).isEqualTo(5_000);
    assertThat(options.getDataDir()).isEqualTo(directory);
    assertThat(options.getQuotaBackendBytes()).isEqualTo(-1);
  }

  @Test
  void aFlagOverridesItsEnvironmentVariable() {
    Map<String, String> environment =
        Map.of("QUORATE_NAME", "env", "QUORATE_MAX_TXN_OPS", "7", "PATH", "/bin");
    QuorateOptions options = resolve(environment, "--name=flag").options();
    assertThat(options.getName()).isEqualTo("flag");
    assertThat(options.getMaxTxnOps()).isEqualTo(7);
  }

  @Test
  void etcdsVariablesAreReadBehindOurOwn() {
    Map<String, String> environment =
        Map.of(
            "ETCD_NAME", "etcd",
            "ETCD_MAX_TXN_OPS", "7",
            "QUORATE_MAX_TXN_OPS", "8",
            "QUORATE_MAX_LEARNERS", "");
    QuorateOptions options = resolve(environment).options();
    assertThat(options.getName()).isEqualTo("etcd");
    assertThat(options.getMaxTxnOps()).isEqualTo(8);
    assertThat(options.getMaxLearners()).as("an empty variable is none").isEqualTo(1);
    assertThat(resolve(environment, "--name=flag").options().getName()).isEqualTo("flag");
    assertThatThrownBy(() -> resolve(Map.of("ETCD_MAX_TXN_OPS", "many")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("--max-txn-ops=many");
  }

  @Test
  void unknownVariablesAreReported() {
    Configuration configuration =
        resolve(Map.of("QUORATE_NMAE", "x", "ETCD_NMAE", "y", "ETCDCTL_API", "3"));
    assertThat(configuration.options().getName()).isEqualTo("default");
    assertThat(configuration.notes())
        .extracting(Configuration.Note::text)
        .containsExactly(
            "ETCD_NMAE is not known and ignored", "QUORATE_NMAE is not known and ignored");
  }

  @Test
  void keysOfOlderSampleFilesAreSkippedUnlessTheyAskForAProxy() throws IOException {
    Path file = file("name: f\nproxy: 'off'\nproxy-dial-timeout: 1000\nenable-v2: true\n");
    assertThat(resolve(Map.of(), "--config-file=" + file).options().getName()).isEqualTo("f");
    Path proxy = file("proxy: 'on'\n");
    assertThatThrownBy(() -> resolve(Map.of(), "--config-file=" + proxy))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("there is no v2 proxy");
  }

  @Test
  void flagsOfEtcdsFirstVersionsAreAcceptedWithANote() {
    assertThat(resolve(Map.of(), "--snapshot=true", "--vv=x").notes()).hasSize(2);
  }

  @Test
  void aFileReplacesFlagsAndVariablesWithANote() throws IOException {
    Path file =
        file(
            """
            name: from-file
            election-timeout: 2000
            pre-vote: false
            watch-progress-notify-interval: 5000000000
            grpc-keepalive-min-time: 2s
            listen-peer-urls: http://127.0.0.1:1,http://127.0.0.1:2
            initial-cluster: from-file=http://127.0.0.1:1,from-file=http://127.0.0.1:2
            client-transport-security:
              cert-file: ''
              client-cert-auth: false
            """);
    Configuration configuration =
        resolve(Map.of("QUORATE_MAX_TXN_OPS", "7"), "--name=flag", "--config-file=" + file);
    QuorateOptions options = configuration.options();
    assertThat(options.getName()).isEqualTo("from-file");
    assertThat(options.getMaxTxnOps()).isEqualTo(128);
    assertThat(options.getElectionTimeoutMillis()).isEqualTo(2_000);
    assertThat(options.isPreVote()).isFalse();
    assertThat(options.getWatchProgressNotifyIntervalMillis()).isEqualTo(5_000);
    assertThat(options.getGrpcKeepaliveMinTimeMillis()).isEqualTo(2_000);
    assertThat(options.getListenPeerUrls()).hasSize(2);
    assertThat(configuration.notes()).hasSize(1);
    assertThat(configuration.notes().get(0).isWarning()).isTrue();
    assertThat(configuration.notes().get(0).text()).contains("--name", "--max-txn-ops");
  }

  @Test
  void theFileMayBeNamedByAVariableAndMayBeEmpty() throws IOException {
    Path file = file("# nothing\n");
    assertThat(resolve(Map.of("QUORATE_CONFIG_FILE", file.toString())).options().getName())
        .isEqualTo("default");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nmae: x",
        "- a list",
        "name: {a: b}",
        "name: a\nname: b",
        "name: 'open",
        "peer-transport-security: {cert-file: x}",
        "peer-transport-security: x",
        "client-transport-security: {cert-flie: x}",
        "client-transport-security: {auto-tls: perhaps}",
        "config-file: other.yml",
        "election-timeout: long",
        "!!javax.script.ScriptEngineManager {}"
      })
  void aFileWithAnErrorIsRefusedInOneLine(String content) throws IOException {
    Path file = file(content);
    assertThatThrownBy(() -> resolve(Map.of(), "--config-file=" + file))
        .isInstanceOf(ConfigurationException.class)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void theTlsSectionsOfTheFileUseShorterNames() throws IOException {
    Path file =
        file(
            """
            listen-client-urls: https://127.0.0.1:2379
            advertise-client-urls: https://127.0.0.1:2379
            client-transport-security:
              cert-file: c.crt
              key-file: c.key
              trusted-ca-file: ca.crt
              client-cert-auth: true
              auto-tls: false
            listen-peer-urls: https://127.0.0.1:2380
            peer-transport-security:
              cert-file: p.crt
              key-file: p.key
              trusted-ca-file: p-ca.crt
            tls-min-version: TLS1.3
            """);
    QuorateOptions options = resolve(Map.of(), "--config-file=" + file).options();
    assertThat(options.getClientTls())
        .isEqualTo(new TlsFiles(Path.of("c.crt"), Path.of("c.key"), Path.of("ca.crt"), true));
    assertThat(options.getPeerTls())
        .isEqualTo(new TlsFiles(Path.of("p.crt"), Path.of("p.key"), Path.of("p-ca.crt"), false));
    assertThat(options.getTlsLimits().isOnlyTls13()).isTrue();
  }

  @Test
  void aMissingFileIsRefused() {
    assertThatThrownBy(() -> resolve(Map.of(), "--config-file=" + directory.resolve("none")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("is not there");
    assertThatThrownBy(() -> resolve(Map.of(), "--config-file=" + directory))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cannot be read")
        .message()
        .doesNotContain("Exception");
  }

  @Test
  void theErrorForAWrongNumberNamesItsUnit() {
    refusedWith("--quota-backend-bytes=8G", "must be a whole number of bytes, in digits");
    refusedWith("--max-request-bytes=1.5MiB", "bytes");
    refusedWith("--snapshot-count=many", "entries");
    refusedWith("--heartbeat-interval=1s", "milliseconds");
  }

  private void refusedWith(String arg, String advice) {
    assertThatThrownBy(() -> resolve(Map.of(), arg))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(arg.split("=", 2)[0] + "=")
        .hasMessageContaining(advice);
  }

  @Test
  void switchingTheMissingGatewayOffIsAccepted() {
    assertThat(resolve(Map.of(), "--enable-grpc-gateway=false").notes())
        .singleElement()
        .satisfies(note -> assertThat(note.text()).contains("there is no JSON gateway"));
  }

  /** Checks the texts of all flags: an error message must not recommend a flag that is refused. */
  @Test
  void noRefusalRecommendsAnUnavailableFlag() {
    List<String> missing = List.of("snapshot", "defragment", "gateway", "restore");
    for (Flag flag : Flags.all()) {
      if (flag.support() == Flag.Support.REFUSED) {
        assertThat(missing).as(flag.name()).noneMatch(flag.note()::contains);
        assertThat(flag.note()).as(flag.name()).containsAnyOf(";", "names in certificates");
      }
    }
  }

  @Test
  void theLogFormatIsTextOnlyForATerminal() {
    assertThat(resolve(Map.of()).options().getLogFormat()).isEqualTo(QuorateOptions.LogFormat.AUTO);
    assertThat(resolve(Map.of(), "--log-format=console").options().getLogFormat())
        .isEqualTo(QuorateOptions.LogFormat.TEXT);
    assertThat(resolve(Map.of(), "--log-format=json").options().getLogFormat())
        .isEqualTo(QuorateOptions.LogFormat.JSON);
    refusedWith("--log-format=xml", "must be json, text or auto");
  }

  @Test
  void hostNamesMayContainUnderscores() {
    QuorateOptions options =
        resolve(
                Map.of(),
                "--name=etcd_1",
                "--listen-client-urls=http://0.0.0.0:2379",
                "--listen-peer-urls=http://0.0.0.0:2380",
                "--advertise-client-urls=http://etcd_1:2379",
                "--initial-advertise-peer-urls=http://etcd_1:2380",
                "--initial-cluster=etcd_1=http://etcd_1:2380,etcd_2=http://etcd_2:2380")
            .options();
    assertThat(options.getInitialCluster()).containsOnlyKeys("etcd_1", "etcd_2");
    refusedWith("--listen-client-urls=http://etcd_1:2379", "must be an IP address");
    refusedWith("--initial-advertise-peer-urls=http://etcd_1", "http://host:port");
    refusedWith("--initial-advertise-peer-urls=http://etcd_1:x", "http://host:port");
    refusedWith("--initial-advertise-peer-urls=http://a_b@etcd_1:2380", "http://host:port");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--cert-file=x",
        "--peer-key-file=x",
        "--self-signed-cert-validity=0",
        "--peer-client-cert-file=x",
        "--tls-min-version=TLS1.1",
        "--cipher-suites=TLS_ROT13",
        "--auth-token=paper",
        "--discovery-srv=example.com",
        "--auto-compaction-retention=-1",
        "--auto-compaction-retention=-5m",
        "--auto-compaction-retention=often",
        "--auto-compaction-retention=99999999999999999999",
        "--auto-compaction-mode=always",
        "--listen-metrics-urls=http://127.0.0.1:2379",
        "--feature-gates=Nonsense=true",
        "--force-new-cluster",
        "--listen-peer-urls=https://127.0.0.1:2380",
        "--wal-dir=x",
        "--corrupt-check-time=-1h",
        "--compact-hash-check-time=-1m",
        "--log-outputs=default,/var/log/x",
        "--election-timeout=soon",
        "--max-txn-ops=3000000000",
        "--initial-cluster-state=old",
        "--initial-cluster=http://127.0.0.1:2380",
        "--listen-peer-urls=http://[",
        "--watch-progress-notify-interval=5",
        "--data-dir="
      })
  void anUnsupportedValueIsRefusedWithFlagAndValue(String arg) {
    String flag = arg.contains("=") ? arg.substring(0, arg.indexOf('=')) : arg;
    assertThatThrownBy(() -> resolve(Map.of(), arg))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(flag + "=");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--cert-file=",
        "--client-cert-auth=false",
        "--auth-token=simple",
        "--log-outputs=stderr"
      })
  void theDefaultOfAnUnavailableFlagIsAccepted(String arg) {
    assertThat(resolve(Map.of(), arg).notes()).isEmpty();
  }

  @Test
  void aFlagWithoutEffectIsReported() {
    assertThat(resolve(Map.of(), "--unsafe-no-fsync").notes())
        .singleElement()
        .extracting(Configuration.Note::text)
        .isEqualTo("--unsafe-no-fsync is accepted and changes nothing: the log is always synced");
  }

  private AutoCompaction autoCompaction(String... args) {
    return resolve(Map.of(), args).options().getAutoCompaction();
  }

  @Test
  void automaticCompactionIsByHoursDurationsOrRevisions() {
    assertThat(autoCompaction()).isEqualTo(AutoCompaction.OFF);
    assertThat(autoCompaction("--auto-compaction-retention=1"))
        .isEqualTo(new AutoCompaction(Mode.PERIODIC, 3_600_000));
    assertThat(autoCompaction("--auto-compaction-mode=periodic", "--auto-compaction-retention=5m"))
        .isEqualTo(new AutoCompaction(Mode.PERIODIC, 300_000));
    assertThat(
            autoCompaction("--auto-compaction-mode=revision", "--auto-compaction-retention=1000"))
        .isEqualTo(new AutoCompaction(Mode.REVISION, 1_000));
    assertThatThrownBy(
            () ->
                resolve(
                    Map.of(), "--auto-compaction-mode=revision", "--auto-compaction-retention=1h"))
        .hasMessageContaining("must be a number of revisions");
  }

  @Test
  void theServersPingsCanBeConfiguredAndSwitchedOff() {
    QuorateOptions options =
        resolve(Map.of(), "--grpc-keepalive-interval=1m", "--grpc-keepalive-timeout=1500ms")
            .options();
    assertThat(options.getGrpcKeepaliveIntervalMillis()).isEqualTo(60_000);
    assertThat(options.getGrpcKeepaliveTimeoutMillis()).isEqualTo(1_500);
    QuorateOptions off = resolve(Map.of(), "--grpc-keepalive-interval=0").options();
    assertThat(off.getGrpcKeepaliveIntervalMillis()).isZero();
  }

  @Test
  void aFormerExperimentalNameIsAccepted() {
    assertThat(
            resolve(Map.of(), "--experimental-watch-progress-notify-interval=1m")
                .options()
                .getWatchProgressNotifyIntervalMillis())
        .isEqualTo(60_000);
  }

  @Test
  void theErrorForAnUnknownFlagNamesTheNearestOne() {
    assertThatThrownBy(() -> resolve(Map.of(), "--elction-timeout=1"))
        .isInstanceOf(UsageException.class)
        .hasMessage("unknown flag --elction-timeout; did you mean --election-timeout?");
    assertThatThrownBy(() -> resolve(Map.of(), "--zzzzzzzzzzzz"))
        .isInstanceOf(UsageException.class)
        .hasMessage("unknown flag --zzzzzzzzzzzz; see --help");
    assertThatThrownBy(() -> resolve(Map.of(), "--name"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("needs a value");
  }

  @Test
  void theDefaultsInTheHelpAreThoseOfTheOptions() {
    for (Option<?> option : Options.all()) {
      Flag flag = Flags.find(option.name());
      if (flag == null) {
        throw new AssertionError(option + " is no flag");
      }
      if (option.defaultValue() != null && !flag.defaultValue().isEmpty()) {
        assertThat((Object) option.parse(flag.defaultValue()))
            .as("" + option)
            .isEqualTo(option.defaultValue());
      }
    }
    QuorateOptions defaults = new QuorateOptions();
    assertThat(Options.ADVERTISE_CLIENT_URLS.parse("http://127.0.0.1:2379"))
        .isEqualTo(defaults.getAdvertiseClientUrls());
  }

  private Path file(String content) throws IOException {
    return Files.writeString(directory.resolve("quorate.yml"), content);
  }

  private static Configuration resolve(Map<String, String> environment, String... args) {
    return Configuration.resolve(Arguments.parse(args).flags(), environment);
  }
}
