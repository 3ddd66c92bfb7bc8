package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.UnreachableException;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.testing.Certificates;
import io.quorate.vertx.testing.EtcdProcess;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The remote client with an etcd that requires TLS and client certificates. */
class EtcdTlsClientIT {
  private static final long TIMEOUT_MILLIS = 2_000;

  private static Certificates certificates;
  private static EtcdProcess etcd;
  private static Vertx vertx;

  private final List<RemoteStore> stores = new ArrayList<>();

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    certificates = Certificates.shared();
    etcd =
        new EtcdProcess(
            directory,
            "https",
            List.of(
                "--cert-file=" + certificates.certificateFile("one"),
                "--key-file=" + certificates.keyFile("one"),
                "--trusted-ca-file=" + certificates.certificateFile("ca"),
                "--client-cert-auth"));
    vertx = Vertx.vertx();
    RemoteStore store = new RemoteStore(vertx, options(trusting("ca", "client"), 20_000));
    // repeated until it serves
    Result.MemberStatus unused = await(store.status().eventually(store::close));
  }

  @AfterAll
  static void stop() {
    try {
      Void unused = await(vertx.close());
    } finally {
      etcd.close();
    }
  }

  @AfterEach
  void closeStores() {
    stores.forEach(store -> await(store.close()));
  }

  private static ClientSSLOptions trusting(String authority, String identity) throws Exception {
    return new ClientSSLOptions()
        .setTrustOptions(certificates.trust(authority))
        .setKeyCertOptions(certificates.identity(identity));
  }

  private static RemoteOptions options(ClientSSLOptions ssl, long timeoutMillis) {
    return new RemoteOptions(List.of(etcd.clientUrl()))
        .setSsl(ssl)
        .setRequestTimeoutMillis(timeoutMillis);
  }

  private QuorateClient client(RemoteOptions options) {
    RemoteStore store = new RemoteStore(vertx, options);
    stores.add(store);
    return QuorateClient.over(vertx, store);
  }

  private QuorateClient client(ClientSSLOptions ssl) {
    return client(options(ssl, TIMEOUT_MILLIS));
  }

  /** Asserts that a read and a write fail in time without being sent. */
  private static void assertNotSent(QuorateClient client, URI endpoint, String reason) {
    long begin = System.nanoTime();
    for (String what : List.of("range", "put")) {
      assertThatThrownBy(
              () -> await(what.equals("put") ? client.put("k", "v").mapEmpty() : client.get("k")))
          .isInstanceOf(UnreachableException.class)
          .hasMessageStartingWith(what + " could not be sent, at last to " + endpoint + ": ")
          .hasMessageContaining(reason);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isLessThan(Duration.ofMillis(3 * TIMEOUT_MILLIS));
  }

  @Test
  void requestsWatchesAndSessionsWorkOverTls() throws Exception {
    QuorateClient client = client(options(trusting("ca", "client"), 20_000));
    WatchStream watch = client.watch(WatchOptions.of(KeyRange.prefix(Bytes.utf8("tls/"))));
    Recorder recorder = Recorder.of(watch);
    assertThat(await(watch.started())).isPositive();
    long revision = await(client.put("tls/a", "1"));
    assertThat(await(client.get("tls/a")).orElseThrow().modRevision()).isEqualTo(revision);
    assertThat(await(client.delete(Bytes.utf8("tls/a")))).isTrue();
    assertThat(recorder.next().kv().modRevision()).isEqualTo(revision);
    assertThat(recorder.next().kv().modRevision()).isEqualTo(revision + 1);
    Session session = await(client.session(5));
    assertThat(await(client.store().leaseKeepAlive(session.leaseId())).grantedTtlSeconds())
        .isEqualTo(5);
    Void unused = await(client.close());
    assertThat(await(client.store().leaseTimeToLive(session.leaseId(), false)).ttlSeconds())
        .isEqualTo(-1);
  }

  @Test
  void nothingIsSentToAMemberWithAnUntrustedCertificate() throws Exception {
    assertNotSent(
        client(trusting("other-ca", "client")),
        etcd.clientUrl(),
        "unable to find valid certification path to requested target");
  }

  @Test
  void byDefaultTheTrustedAuthoritiesOfTheJvmApply() {
    assertNotSent(
        client(
            new RemoteOptions(List.of(etcd.clientUrl())).setRequestTimeoutMillis(TIMEOUT_MILLIS)),
        etcd.clientUrl(),
        "unable to find valid certification path to requested target");
  }

  @Test
  void nothingIsSentToAMemberWhoseHostNameIsNotInItsCertificate() throws Exception {
    URI otherName = URI.create("https://localhost:" + etcd.clientUrl().getPort());
    ClientSSLOptions ssl = trusting("ca", "client");
    RemoteOptions options =
        new RemoteOptions(List.of(otherName)).setSsl(ssl).setRequestTimeoutMillis(TIMEOUT_MILLIS);
    assertNotSent(client(options), otherName, "localhost");
    QuorateClient lenient = client(options.setSsl(ssl.setHostnameVerificationAlgorithm("")));
    assertThat(await(lenient.put("k", "v"))).isPositive();
  }

  @Test
  void aClientWithoutACertificateIsRefused() throws Exception {
    assertNotSent(
        client(new ClientSSLOptions().setTrustOptions(certificates.trust("ca"))),
        etcd.clientUrl(),
        "certificate");
  }

  @Test
  void aClientWithAnUntrustedCertificateIsRefused() throws Exception {
    assertNotSent(client(trusting("ca", "stranger")), etcd.clientUrl(), "certificate");
  }

  @Test
  void aClientWithAnExpiredCertificateIsRefused() throws Exception {
    assertNotSent(client(trusting("ca", "former")), etcd.clientUrl(), "certificate");
  }

  @Test
  void sessionsFailAndWatchesRetryForARefusedClientAndBothCanBeClosed() throws Exception {
    QuorateClient client = client(trusting("other-ca", "client"));
    assertThatThrownBy(() -> await(client.session(5))).isInstanceOf(UnreachableException.class);
    WatchStream watch = client.watch(WatchOptions.of(KeyRange.prefix(Bytes.utf8("tls/"))));
    assertThatThrownBy(() -> await(client.store().leaseKeepAlive(7)))
        .hasMessageContaining("timed out");
    Void unused = await(client.close());
    assertThatThrownBy(() -> await(watch.started())).hasMessageContaining("closed");
  }

  @Test
  void nothingIsSentToAMemberWithoutTls(@TempDir Path directory) throws Exception {
    try (EtcdProcess plain = new EtcdProcess(directory, "http", List.of())) {
      RemoteStore waits =
          new RemoteStore(
              vertx, new RemoteOptions(List.of(plain.clientUrl())).setRequestTimeoutMillis(20_000));
      Result.MemberStatus unused = await(waits.status().eventually(waits::close));
      URI encrypted = URI.create("https://127.0.0.1:" + plain.clientUrl().getPort());
      long begin = System.nanoTime();
      QuorateClient client =
          client(
              new RemoteOptions(List.of(encrypted))
                  .setSsl(trusting("ca", "client"))
                  .setRequestTimeoutMillis(TIMEOUT_MILLIS));
      assertThatThrownBy(() -> await(client.put("k", "v")))
          .isInstanceOf(UnreachableException.class)
          .hasMessageContaining(encrypted.toString());
      assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin))
          .isLessThan(3 * TIMEOUT_MILLIS);
    }
  }
}
