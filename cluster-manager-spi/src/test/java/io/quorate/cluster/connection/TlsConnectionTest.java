package io.quorate.cluster.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.cluster.connection.MemberGroup.Node;
import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.cluster.options.QuorateClusterOptions.Role;
import io.quorate.command.Bytes;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.testing.Certificates;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Processes that authenticate each other by certificates, and those that cannot. */
class TlsConnectionTest {
  private static final long JOIN_MILLIS = 1_500;

  @SuppressWarnings("NullAway.Init")
  private static Certificates certificates;

  private final Vertx vertx = Vertx.vertx();

  @BeforeAll
  static void make() throws Exception {
    certificates = Certificates.shared();
  }

  @AfterEach
  void closeVertx() {
    Object unused = MemberGroup.await(vertx.close());
  }

  private static UnaryOperator<QuorateClusterOptions> as(String name, String authority)
      throws Exception {
    Path certFile = certificates.certificateFile(name);
    Path keyFile = certificates.keyFile(name);
    Path trustedCaFile = certificates.certificateFile(authority);
    return o ->
        o.setCertFile(certFile.toString())
            .setKeyFile(keyFile.toString())
            .setTrustedCaFile(trustedCaFile.toString());
  }

  private static UnaryOperator<QuorateClusterOptions> impatient(
      UnaryOperator<QuorateClusterOptions> change) {
    return o -> change.apply(o).setJoinTimeoutMillis(JOIN_MILLIS);
  }

  /** The result of the client's connection: null, or why it failed, in bounded time. */
  private String failure(QuorateClusterOptions options) {
    RemoteConnection connection = new RemoteConnection(options.setRole(Role.CLIENT));
    long begin = System.nanoTime();
    Throwable e =
        MemberGroup.await(connection.open(vertx).transform(r -> Future.succeededFuture(r.cause())));
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)).isLessThan(15_000);
    Object unused = MemberGroup.await(connection.close());
    assertThat(e).isInstanceOf(JoinFailedException.class);
    return String.valueOf(e.getMessage());
  }

  /** The client URLs, once known; a learner serves no clients. */
  private static List<String> clientUrlsOfVoter(Node node) {
    List<String> urls = new ArrayList<>();
    MemberGroup.awaitTrue(
        "client URLs are known",
        () -> {
          node.members().stream()
              .filter(m -> !m.isLearner() && !m.clientUrls().isEmpty())
              .limit(1)
              .forEach(m -> urls.addAll(m.clientUrls()));
          return !urls.isEmpty();
        });
    return urls;
  }

  private static void assertRefused(MemberGroup members, Node node, String reason) {
    long begin = System.nanoTime();
    assertThat(node.failure())
        .contains("cannot become a member of cluster 'test'")
        .contains("127.0.0.1:" + members.port)
        .contains(reason);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)).isLessThan(15_000);
  }

  @Test
  void members_and_clients_of_one_authority_connect() throws Exception {
    try (MemberGroup members = new MemberGroup()) {
      Node one = members.start(as("one", "ca")).awaitOpen();
      Node two = members.start(as("two", "ca")).awaitOpen();
      one.put("a", "1");
      assertThat(two.get("a")).isEqualTo("1");
      assertThat(one.members())
          .allSatisfy(m -> assertThat(m.peerUrls()).allMatch(u -> u.startsWith("https://")));

      RemoteConnection found =
          new RemoteConnection(as("client", "ca").apply(members.options().setRole(Role.CLIENT)));
      QuorateClient client = MemberGroup.await(found.open(vertx));
      assertThat(MemberGroup.await(client.get("a")).orElseThrow().value())
          .isEqualTo(Bytes.utf8("1"));
      Object unused = MemberGroup.await(found.close());

      List<String> endpoints = clientUrlsOfVoter(one);
      assertThat(endpoints).allMatch(url -> url.startsWith("https://"));
      RemoteConnection canceled =
          new RemoteConnection(
              as("client", "ca")
                  .apply(members.options().setRole(Role.CLIENT).setEndpoints(endpoints)));
      assertThat(MemberGroup.await(MemberGroup.await(canceled.open(vertx)).get("a"))).isPresent();
      unused = MemberGroup.await(canceled.close());

      String refused =
          failure(impatient(as("stranger", "ca")).apply(members.options().setEndpoints(endpoints)));
      assertThat(refused).contains(endpoints.get(0)).contains("certificate");
      String distrusted =
          failure(
              impatient(as("client", "other-ca")).apply(members.options().setEndpoints(endpoints)));
      assertThat(distrusted)
          .contains(endpoints.get(0))
          .contains("unable to find valid certification path");
    }
  }

  @Test
  void an_untrusted_expired_or_plaintext_peer_is_named() throws Exception {
    try (MemberGroup members = new MemberGroup()) {
      Node unused = members.start(as("one", "ca")).awaitOpen();
      List<Node> refused =
          List.of(
              members.start(impatient(as("stranger", "ca"))),
              members.start(impatient(as("two", "other-ca"))),
              members.start(impatient(as("former", "ca"))),
              members.start(impatient(o -> o)));
      assertRefused(members, refused.get(0), "it refuses the certificate it was shown");
      assertRefused(members, refused.get(1), "its certificate is not trusted");
      assertRefused(members, refused.get(2), "it refuses the certificate it was shown");
      assertRefused(members, refused.get(3), "it speaks TLS, and this process does not");

      assertThat(failure(impatient(as("stranger", "ca")).apply(members.options())))
          .contains("127.0.0.1:" + members.port)
          .contains("it refuses the certificate it was shown");
      assertThat(failure(members.options().setJoinTimeoutMillis(JOIN_MILLIS)))
          .contains("127.0.0.1:" + members.port)
          .contains("it speaks TLS, and this process does not");
    }
  }

  @Test
  void a_process_with_tls_does_not_join_one_without() throws Exception {
    try (MemberGroup members = new MemberGroup()) {
      Node unused = members.start().awaitOpen();
      assertRefused(members, members.start(impatient(as("one", "ca"))), "it may not speak TLS");
    }
  }

  @Test
  void a_file_that_cannot_be_used_is_named_at_once() throws Exception {
    try (MemberGroup members = new MemberGroup()) {
      UnaryOperator<QuorateClusterOptions> one = as("one", "ca");
      String key = certificates.keyFile("two").toString();
      assertThat(members.start(o -> one.apply(o).setKeyFile(key)).failure())
          .contains("option keyFile: " + key + " is not the key of the certificate in");
      assertThat(members.start(o -> one.apply(o).setTrustedCaFile("none.pem")).failure())
          .contains("option trustedCaFile: none.pem there is no such file");
    }
  }

  @Test
  void options_that_contradict_each_other_are_refused_by_name() {
    assertThatThrownBy(() -> new QuorateClusterOptions().setCertFile("c").validate())
        .hasMessageStartingWith("keyFile:");
    assertThatThrownBy(() -> new QuorateClusterOptions().setTrustedCaFile("c").validate())
        .hasMessageStartingWith("certFile:");
    assertThatThrownBy(
            () ->
                new QuorateClusterOptions()
                    .setRole(Role.CLIENT)
                    .setEndpoints(List.of("http://127.0.0.1:1"))
                    .setTrustedCaFile("c")
                    .validate())
        .hasMessageStartingWith("endpoints:");
  }
}
