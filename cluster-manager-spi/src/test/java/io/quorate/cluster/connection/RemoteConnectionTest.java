package io.quorate.cluster.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.options.QuorateClusterOptions;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.vertx.client.QuorateClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoteConnectionTest {
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void closeVertx() {
    Object unused = MemberGroup.await(vertx.close());
  }

  private static long count(QuorateClient client, String key) {
    return MemberGroup.await(
            client.store().range(Command.Range.of(KeyRange.single(Bytes.utf8(key)))))
        .count();
  }

  @Test
  void finds_the_members_on_this_host_and_reads_their_data() {
    try (MemberGroup members = new MemberGroup()) {
      members.start().awaitOpen().put("a", "1");
      RemoteConnection connection =
          new RemoteConnection(members.options().setRole(QuorateClusterOptions.Role.CLIENT));
      QuorateClient client = MemberGroup.await(connection.open(vertx));
      assertThat(count(client, "a")).isEqualTo(1);
      Object unused = MemberGroup.await(connection.close());
    }
  }

  @Test
  void goes_on_when_all_members_have_been_replaced() {
    try (MemberGroup members = new MemberGroup()) {
      List<MemberGroup.Node> early = startThree(members);
      early.get(0).put("a", "1");
      RemoteConnection connection =
          new RemoteConnection(members.options().setRole(QuorateClusterOptions.Role.CLIENT));
      QuorateClient client = MemberGroup.await(connection.open(vertx));
      QuorateClient another = connection.another(vertx, client);
      List<MemberGroup.Node> late = startThree(members);
      for (MemberGroup.Node leaving : early) {
        MemberGroup.awaitTrue("three votes", () -> late.get(0).voters() == 3);
        MemberGroup.awaitTrue(
            "those who vote are known",
            () -> Set.copyOf(connection.endpoints()).equals(clientUrls(late.get(0))));
        leaving.close();
      }
      assertThat(count(client, "a")).isEqualTo(1);
      assertThat(count(another, "a")).isEqualTo(1);
      Object unused = MemberGroup.await(connection.close());
    }
  }

  private static List<MemberGroup.Node> startThree(MemberGroup members) {
    List<MemberGroup.Node> three = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      three.add(members.start());
    }
    three.forEach(MemberGroup.Node::awaitOpen);
    return three;
  }

  private static Set<URI> clientUrls(MemberGroup.Node node) {
    return node.members().stream()
        .filter(member -> !member.isLearner())
        .flatMap(member -> member.clientUrls().stream())
        .map(URI::create)
        .collect(Collectors.toSet());
  }

  @Test
  void says_which_endpoint_did_not_answer() {
    try (MemberGroup members = new MemberGroup()) {
      String endpoint = "http://127.0.0.1:" + members.port;
      RemoteConnection connection =
          new RemoteConnection(
              members
                  .options()
                  .setRole(QuorateClusterOptions.Role.CLIENT)
                  .setEndpoints(List.of(endpoint))
                  .setJoinTimeoutMillis(500));
      Throwable e =
          MemberGroup.await(
              connection.open(vertx).transform(r -> Future.succeededFuture(r.cause())));
      assertThat(e).hasMessageContaining(endpoint);
      Object unused = MemberGroup.await(connection.close());
    }
  }

  @Test
  void says_that_there_is_no_quorum(@TempDir Path dir) {
    try (MemberGroup members = new MemberGroup()) {
      List<MemberGroup.Node> three = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String own = dir.resolve("m" + i).toString();
        three.add(members.start(o -> o.setDataDir(own)));
      }
      three.forEach(MemberGroup.Node::awaitOpen);
      MemberGroup.awaitTrue("three votes", () -> three.get(0).voters() == 3);
      // members that last stay members when they are closed
      three.get(1).close();
      three.get(2).close();
      RemoteConnection connection =
          new RemoteConnection(
              members
                  .options()
                  .setRole(QuorateClusterOptions.Role.CLIENT)
                  .setJoinTimeoutMillis(2_000));
      Throwable e =
          MemberGroup.await(
              connection.open(vertx).transform(r -> Future.succeededFuture(r.cause())));
      assertThat(e)
          .hasMessageContaining("cannot connect to cluster 'test'")
          .hasMessageContaining("no quorum was reached through");
      Object unused = MemberGroup.await(connection.close());
    }
  }

  @Test
  void says_that_no_member_was_found() {
    try (MemberGroup members = new MemberGroup()) {
      RemoteConnection connection =
          new RemoteConnection(
              members
                  .options()
                  .setRole(QuorateClusterOptions.Role.CLIENT)
                  .setJoinTimeoutMillis(300));
      Throwable e =
          MemberGroup.await(
              connection.open(vertx).transform(r -> Future.succeededFuture(r.cause())));
      assertThat(e).hasMessageContaining("nothing listens at 127.0.0.1:" + members.port);
    }
  }
}
