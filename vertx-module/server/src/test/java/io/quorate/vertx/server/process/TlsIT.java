package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.server.bench.Bench;
import io.quorate.vertx.server.process.Etcdctl.Outcome;
import io.quorate.vertx.server.snapshot.SnapshotCommand;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Certificates;
import io.quorate.vertx.testing.Loopback;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Three members with TLS among each other and with their clients; all have certificates. */
@ExtendWith(LogTails.class)
class TlsIT {
  @SuppressWarnings("NullAway.Init")
  private static Certificates certificates;

  @SuppressWarnings("NullAway.Init")
  private static ProcessCluster cluster;

  /** The files of this name change while the members run. */
  @SuppressWarnings("NullAway.Init")
  private static Path live;

  @BeforeAll
  static void startThreeMembers() throws Exception {
    certificates = Certificates.shared();
    cluster = ProcessCluster.prepareEncrypted("tls", 3);
    live = Files.createDirectories(cluster.directory().resolve("live"));
    show("one");
    for (MemberProcess member : cluster.members()) {
      member.setFlags(flags("one"));
      member.start();
    }
    cluster.members().forEach(MemberProcess::awaitReady);
    Await.untilTrue("a leader", () -> etcdctl("client").run("get", "x").exitCode() == 0);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static void show(String name) throws Exception {
    // the key first, so that for a moment key and certificate do not match
    replace(certificates.keyFile(name), live.resolve("server.key"));
    replace(certificates.certificateFile(name), live.resolve("server.crt"));
  }

  private static void replace(Path source, Path target) throws IOException {
    Path whole = target.resolveSibling(target.getFileName() + ".new");
    Files.copy(source, whole, StandardCopyOption.REPLACE_EXISTING);
    Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private static List<String> flags(String peer) throws Exception {
    Path ca = certificates.certificateFile("ca");
    return List.of(
        "--cert-file=" + live.resolve("server.crt"),
        "--key-file=" + live.resolve("server.key"),
        "--trusted-ca-file=" + ca,
        "--client-cert-auth",
        "--peer-cert-file=" + certificates.certificateFile(peer),
        "--peer-key-file=" + certificates.keyFile(peer),
        "--peer-trusted-ca-file=" + ca,
        "--peer-client-cert-auth",
        "--initial-cluster=" + cluster.initialCluster());
  }

  private static Etcdctl etcdctl(String identity, MemberProcess... members) throws Exception {
    List<MemberProcess> asked = members.length == 0 ? cluster.members() : Arrays.asList(members);
    return new Etcdctl(
        asked.stream().map(MemberProcess::clientUrl).collect(Collectors.joining(",")),
        List.of(
            "--cacert=" + certificates.certificateFile("ca"),
            "--cert=" + certificates.certificateFile(identity),
            "--key=" + certificates.keyFile(identity)));
  }

  /** The output of etcdctl, with a short time-out. */
  private static Outcome brief(Etcdctl etcdctl) {
    return etcdctl.run("--dial-timeout=2s", "--command-timeout=2s", "get", "tls/b");
  }

  @Test
  void a_key_put_through_one_member_is_read_from_every_member() throws Exception {
    assertThat(etcdctl("client", cluster.member(0)).ok("put", "tls/a", "1")).isEqualTo("OK");
    for (MemberProcess member : cluster.members()) {
      assertThat(etcdctl("client", member).ok("get", "tls/a")).isEqualTo("tls/a\n1");
    }
    assertThat(etcdctl("client").ok("member", "list")).contains(cluster.member(2).peerUrl());
  }

  @Test
  void clients_without_a_trusted_certificate_or_without_tls_are_refused() throws Exception {
    Path ca = certificates.certificateFile("ca");
    MemberProcess member = cluster.member(0);
    List<Outcome> outcomes =
        List.of(
            brief(new Etcdctl(member.clientUrl(), List.of("--cacert=" + ca))),
            brief(new Etcdctl("http://127.0.0.1:" + member.clientPort())),
            brief(etcdctl("stranger", member)));
    assertThat(outcomes).extracting(Outcome::exitCode).doesNotContain(0);
    assertThat(member.log().contains("rejected connection on client endpoint")).isTrue();
  }

  @Test
  void a_member_with_a_certificate_of_another_authority_cannot_connect_until_it_is_replaced()
      throws Exception {
    MemberProcess member = cluster.member(2);
    int unused = member.terminate();
    member.setFlags(flags("stranger"));
    member.start();
    String refused = "no connection with member";
    assertThat(
            member
                .log()
                .find(
                    line -> line.contains(refused) && line.contains("refuses the certificate"),
                    Await.LONG))
        .isNotNull();
    assertThat(
            cluster
                .member(0)
                .log()
                .find(
                    line -> line.contains(refused) && line.contains("is not trusted"), Await.LONG))
        .as("said by one of the others, or by both")
        .isNotNull();
    assertThat(etcdctl("client", cluster.member(0), cluster.member(1)).ok("put", "tls/b", "2"))
        .isEqualTo("OK");
    assertThat(brief(etcdctl("client", member)).exitCode()).isNotZero();

    unused = member.terminate();
    member.setFlags(flags("two"));
    member.start();
    Await.untilTrue(
        "it has caught up", () -> brief(etcdctl("client", member)).out().equals("tls/b\n2"));
  }

  @Test
  void replaced_certificate_files_are_used_for_new_connections() throws Exception {
    MemberProcess member = cluster.member(1);
    assertThat(nameShown(member)).isEqualTo("CN=one");
    show("two");
    Await.untilTrue("the new certificate", () -> nameShown(member).equals("CN=two"));
    assertThat(etcdctl("client", member).ok("put", "tls/c", "3")).isEqualTo("OK");
    show("one");
    for (MemberProcess each : cluster.members()) {
      Await.untilTrue("the previous certificate again", () -> nameShown(each).equals("CN=one"));
    }
  }

  private static String nameShown(MemberProcess member) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    try (var in = Files.newInputStream(certificates.certificateFile("ca"))) {
      store.setCertificateEntry("ca", factory.generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    KeyManagerFactory none = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    none.init(null, null);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(none.getKeyManagers(), trust.getTrustManagers(), null);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", member.clientPort())) {
      socket.setEnabledProtocols(
          new String[] {
            "TLSv1.3"
          }); // with TLS 1.3 the client's handshake completes before a refusal arrives
      socket.startHandshake();
      X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return shown.getSubjectX500Principal().getName();
    }
  }

  /** The flags are those of kubeadm 1.37, except for addresses and paths. */
  @Test
  void a_member_starts_with_the_flags_of_kubeadm_and_answers_its_probes() throws Exception {
    try (ProcessCluster alone = ProcessCluster.prepareEncrypted("kubeadm", 1)) {
      MemberProcess member = alone.member(0);
      URI checks = Loopback.url(Loopback.freePort());
      List<String> flags = new ArrayList<>(flags("one"));
      flags.removeIf(
          flag -> flag.endsWith("-client-cert-auth") || flag.startsWith("--initial-cluster"));
      flags.addAll(
          List.of(
              "--client-cert-auth=true",
              "--peer-client-cert-auth=true",
              "--feature-gates=InitialCorruptCheck=true",
              "--snapshot-count=10000",
              "--watch-progress-notify-interval=5s",
              "--listen-metrics-urls=" + checks,
              "--initial-cluster=" + alone.initialCluster(),
              "--initial-cluster-state=new"));
      member.setFlags(flags);
      member.start();
      member.awaitReady();
      HttpClient probe = HttpClient.newHttpClient();
      for (String path : List.of("/livez", "/readyz")) {
        HttpResponse<String> answer =
            probe.send(
                HttpRequest.newBuilder(checks.resolve(path)).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("ok\n");
      }
      assertThat(etcdctl("client", member).ok("put", "kubeadm", "1")).isEqualTo("OK");
    }
  }

  @Test
  void bench_speaks_tls_with_the_files_that_etcdctl_takes() throws Exception {
    String endpoints = "--endpoints=" + cluster.member(0).clientUrl();
    String cacert = "--cacert=" + certificates.certificateFile("ca");
    String cert = "--cert=" + certificates.certificateFile("client");
    String key = "--key=" + certificates.keyFile("client");
    assertThat(bench(endpoints, cacert, cert, key)).isZero();
    assertThat(bench(endpoints, "--insecure-skip-tls-verify", cert, key)).isZero();
    assertThat(bench(endpoints, cert, key)).as("without its authority").isEqualTo(1);
    assertThat(bench(endpoints, cacert)).as("without a certificate").isEqualTo(1);
  }

  @Test
  void a_snapshot_is_saved_with_the_files_that_etcdctl_takes() throws Exception {
    String endpoint = "--endpoints=" + cluster.member(0).clientUrl();
    String cacert = "--cacert=" + certificates.certificateFile("ca");
    String cert = "--cert=" + certificates.certificateFile("client");
    String key = "--key=" + certificates.keyFile("client");
    String withoutScheme = "--endpoints=127.0.0.1:" + cluster.member(0).clientPort();
    assertThat(save(endpoint, cacert, cert, key)).isZero();
    assertThat(save(withoutScheme, cacert, cert, key)).isZero();
    assertThat(save(endpoint, "--insecure-skip-tls-verify", cert, key)).isZero();
    assertThat(save(endpoint, cert, key)).as("without its authority").isEqualTo(1);
    assertThat(save(endpoint, cacert)).as("without a certificate").isEqualTo(1);
    assertThatThrownBy(() -> save(endpoint, cacert, cert, key + ".none"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("--key", ".none");
  }

  private static int save(String... flags) throws IOException {
    Path saved = cluster.directory().resolve("saved.db");
    Files.deleteIfExists(saved);
    List<String> all = new ArrayList<>(List.of("save", saved.toString(), "--dial-timeout=2"));
    all.addAll(Arrays.asList(flags));
    int exitCode = SnapshotCommand.run(all.toArray(String[]::new), System.out, System.err);
    assertThat(Files.exists(saved)).isEqualTo(exitCode == 0);
    return exitCode;
  }

  private static int bench(String... flags) {
    List<String> all = new ArrayList<>(List.of("put", "--total=5", "--quiet", "--timeout=2"));
    all.addAll(Arrays.asList(flags));
    return Bench.run(all.toArray(String[]::new), System.out, System.err);
  }

  @Test
  void unusable_certificate_files_end_the_start_before_anything_is_written() throws Exception {
    try (ProcessCluster alone = ProcessCluster.prepareEncrypted("tls-files", 1)) {
      MemberProcess member = alone.member(0);
      List<String> flags = new ArrayList<>(flags("one"));
      flags.removeIf(flag -> flag.startsWith("--key-file") || flag.startsWith("--initial-cluster"));
      Path key = certificates.keyFile("two");
      flags.add("--key-file=" + key);
      member.setFlags(flags);
      member.start();
      assertThat(member.awaitExit(Await.LONG)).isNotZero();
      assertThat(member.log().whole())
          .as("one line")
          .filteredOn(line -> line.contains("--key-file=" + key))
          .singleElement()
          .asString()
          .contains("is not the key of the certificate in " + live.resolve("server.crt"));
      assertThat(member.dataDir()).doesNotExist();
    }
  }
}
