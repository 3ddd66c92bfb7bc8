package io.quorate.cluster.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.connection.MemberGroup.Node;
import io.quorate.cluster.options.QuorateClusterOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemberConnectionTest {

  private static long millisSince(long beginNanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos);
  }

  @Test
  void one_node_alone_elects_itself_and_leaves_nothing_behind() throws IOException {
    Set<Thread> threads = threads();
    Set<Path> directories = directories();
    try (MemberGroup nodes = new MemberGroup()) {
      long begin = System.nanoTime();
      Node node = nodes.start().awaitOpen();
      System.out.println("one node formed in ms: " + millisSince(begin));
      node.put("a", "1");
      assertThat(node.get("a")).isEqualTo("1");
      assertThat(node.voters()).isEqualTo(1);
      assertThat(node.close()).as("ms to close").isLessThan(4_000);
      assertThat(nodes.isAnybodyThere()).isFalse();
    }
    MemberGroup.awaitTrue("no thread is left", () -> threads.containsAll(threads()));
    assertThat(directories()).isEqualTo(directories);
  }

  /** Threads of Quorate or Vert.x; of the others, Netty's shared executor lingers for a second. */
  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("quorate") || t.getName().startsWith("vert.x"))
        .collect(Collectors.toSet());
  }

  /** Those of this process. */
  private static Set<Path> directories() throws IOException {
    String prefix = "quorate-member-" + ProcessHandle.current().pid() + "-";
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(f -> f.getFileName().toString().startsWith(prefix))
          .collect(Collectors.toSet());
    }
  }

  @Test
  void three_that_start_at_once_form_one_cluster_and_all_get_a_vote() {
    for (int run = 0; run < 2; run++) {
      try (MemberGroup nodes = new MemberGroup()) {
        long begin = System.nanoTime();
        List<Node> three = List.of(nodes.start(), nodes.start(), nodes.start());
        three.forEach(Node::awaitOpen);
        System.out.println("three at once formed in ms: " + millisSince(begin));
        assertThat(three).extracting(Node::clusterId).containsOnly(three.get(0).clusterId());
        three.get(0).put("a", "1");
        assertThat(three).extracting(n -> n.get("a")).containsOnly("1");
        MemberGroup.awaitTrue("three votes", () -> three.get(0).voters() == 3);
        System.out.println("three votes after ms: " + millisSince(begin));
      }
    }
  }

  @Test
  void three_that_start_one_after_the_other_share_one_cluster() {
    try (MemberGroup nodes = new MemberGroup()) {
      long begin = System.nanoTime();
      Node first = nodes.start().awaitOpen();
      first.put("a", "1");
      Node second = nodes.start().awaitOpen();
      assertThat(second.get("a")).isEqualTo("1");
      assertThat(second.voters()).as("of two members one votes").isEqualTo(1);
      Node third = nodes.start().awaitOpen();
      System.out.println("three in a row formed in ms: " + millisSince(begin));
      assertThat(third.get("a")).isEqualTo("1");
      MemberGroup.awaitTrue("three votes", () -> third.voters() == 3);
    }
  }

  @Test
  void eight_become_one_in_any_order_and_keep_what_was_written() {
    long seed = 7;
    try (MemberGroup nodes = new MemberGroup()) {
      List<Node> left = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        left.add(nodes.start());
      }
      left.forEach(Node::awaitOpen);
      left.get(0).put("a", "1");
      MemberGroup.awaitTrue("three of eight vote", () -> left.get(0).voters() == 3);
      Collections.shuffle(left, new Random(seed));
      while (left.size() > 1) {
        long millis = left.remove(0).close();
        System.out.println("leaving, " + left.size() + " are left, took ms: " + millis);
        assertThat(millis).as("ms to leave").isLessThan(4_000);
        assertThat(left).extracting(n -> n.get("a")).containsOnly("1");
        assertThat(left.get(0).members()).hasSize(left.size());
      }
      left.get(0).put("a", "2");
      assertThat(left.get(0).get("a")).isEqualTo("2");
      assertThat(left.get(0).voters()).isEqualTo(1);
    }
  }

  @Test
  void all_may_be_closed_at_once() {
    try (MemberGroup nodes = new MemberGroup()) {
      List<Node> five = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        five.add(nodes.start());
      }
      five.forEach(Node::awaitOpen);
      long begin = System.nanoTime();
      five.stream().map(n -> n.connection.close()).toList().forEach(MemberGroup::await);
      System.out.println("five closed at once in ms: " + millisSince(begin));
      assertThat(millisSince(begin)).isLessThan(6_000);
      assertThat(nodes.isAnybodyThere()).isFalse();
    }
  }

  @Test
  void a_process_that_takes_the_first_port_again_joins_the_running_cluster() {
    try (MemberGroup nodes = new MemberGroup()) {
      Node first = nodes.start().awaitOpen();
      Node second = nodes.start().awaitOpen();
      Node third = nodes.start().awaitOpen();
      second.put("a", "1");
      first.close();
      Node again = nodes.start().awaitOpen();
      assertThat(again.clusterId()).isEqualTo(second.clusterId());
      assertThat(again.get("a")).isEqualTo("1");
      assertThat(third.members())
          .extracting(m -> m.peerUrls().get(0))
          .contains("http://127.0.0.1:" + nodes.port)
          .hasSize(3);
    }
  }

  @Test
  void a_first_port_that_does_not_answer_is_named_at_the_timeout() throws IOException {
    try (MemberGroup nodes = new MemberGroup();
        ServerSocket mute = MemberGroup.listen(nodes.port)) {
      assertThat(mute.isBound()).isTrue();
      String failure = nodes.start(o -> o.setJoinTimeoutMillis(1_000)).failure();
      assertThat(failure).contains("127.0.0.1:" + nodes.port).contains("does not answer");
    }
  }

  @Test
  void no_cluster_is_begun_while_another_port_does_not_answer() throws IOException {
    try (MemberGroup nodes = new MemberGroup();
        ServerSocket mute = MemberGroup.listen(nodes.port + 4)) {
      assertThat(mute.isBound()).isTrue();
      String failure = nodes.start(o -> o.setJoinTimeoutMillis(1_000)).failure();
      assertThat(failure).contains("127.0.0.1:" + (nodes.port + 4)).contains("cannot tell");
    }
  }

  @Test
  void another_cluster_on_the_first_port_is_named() {
    try (MemberGroup nodes = new MemberGroup()) {
      Node unused = nodes.start().awaitOpen();
      String failure = nodes.start(o -> o.setClusterName("other")).failure();
      assertThat(failure).contains("127.0.0.1:" + nodes.port).contains("'test'");
    }
  }

  @Test
  void a_proxy_at_the_public_address_does_not_take_the_port_of_a_member() throws IOException {
    try (MemberGroup nodes = new MemberGroup();
        ServerSocket before =
            new ServerSocket(nodes.port, 50, InetAddress.getByName("127.0.1.1"))) {
      assertThat(before.isBound()).isTrue();
      Node node =
          nodes
              .start(o -> o.setHost("127.0.0.1").setPublicHost("127.0.1.1").setPortRange(1))
              .awaitOpen();
      assertThat(node.voters()).isEqualTo(1);
    }
  }

  @Test
  void a_cluster_without_a_quorum_is_named_by_those_who_cannot_join_it(@TempDir Path dir) {
    try (MemberGroup nodes = new MemberGroup()) {
      List<Node> three = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String own = dir.resolve("m" + i).toString();
        three.add(nodes.start(o -> o.setDataDir(own)));
      }
      three.forEach(Node::awaitOpen);
      MemberGroup.awaitTrue("three votes", () -> three.get(0).voters() == 3);
      // members that last stay members when they are closed
      three.get(1).close();
      three.get(2).close();
      long begin = System.nanoTime();
      assertThat(nodes.start(o -> o.setJoinTimeoutMillis(2_000)).failure())
          .contains("cannot become a member of cluster 'test'")
          .contains("may have no quorum");
      assertThat(millisSince(begin)).isLessThan(20_000);
    }
  }

  @Test
  void a_seed_where_nothing_listens_is_named() {
    try (MemberGroup nodes = new MemberGroup()) {
      String seed = "127.0.0.1:" + (nodes.port + 7);
      String failure =
          nodes
              .start(
                  o ->
                      o.setSeeds(List.of(seed, "127.0.0.1:" + nodes.port))
                          .setPortRange(3)
                          .setJoinTimeoutMillis(500))
              .failure();
      assertThat(failure).contains(seed).contains("nothing listens");
    }
  }

  @Test
  void the_first_seed_begins_and_the_others_join_it() {
    try (MemberGroup nodes = new MemberGroup()) {
      List<String> seeds = List.of("127.0.0.1:" + nodes.port, "127.0.0.1:" + (nodes.port + 5));
      Node other = nodes.start(o -> o.setSeeds(seeds).setPort(nodes.port + 5).setPortRange(5));
      Node first = nodes.start(o -> o.setSeeds(seeds).setPortRange(5));
      assertThat(other.awaitOpen().clusterId()).isEqualTo(first.awaitOpen().clusterId());
    }
  }

  @Test
  void a_member_without_a_quorum_closes_in_bounded_time(@TempDir Path dir) {
    try (MemberGroup nodes = new MemberGroup()) {
      List<Node> three = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String own = dir.resolve("m" + i).toString();
        three.add(nodes.start(o -> o.setDataDir(own)));
      }
      three.forEach(Node::awaitOpen);
      MemberGroup.awaitTrue("three votes", () -> three.get(0).voters() == 3);
      // members that last stay members when they are closed
      three.get(1).close();
      three.get(2).close();
      assertThat(three.get(0).close()).isLessThan(5_000);
    }
  }

  @Test
  void members_with_a_data_directory_are_themselves_again(@TempDir Path dir) {
    try (MemberGroup nodes = new MemberGroup()) {
      List<Long> ids = new ArrayList<>();
      for (int nodeSession = 0; nodeSession < 2; nodeSession++) {
        List<Node> three = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          String own = dir.resolve("m" + i).toString();
          three.add(nodes.start(o -> o.setDataDir(own)));
        }
        three.forEach(Node::awaitOpen);
        if (nodeSession == 0) {
          three.get(0).put("a", "1");
          MemberGroup.awaitTrue("three votes", () -> three.get(0).voters() == 3);
        }
        assertThat(three).extracting(n -> n.get("a")).containsOnly("1");
        ids.add(three.get(0).clusterId());
        assertThat(three.get(0).members()).hasSize(3);
        three.stream().map(n -> n.connection.close()).toList().forEach(MemberGroup::await);
      }
      assertThat(ids.get(1)).isEqualTo(ids.get(0));
    }
  }

  @Test
  void the_place_of_a_voter_that_stays_away_is_given_to_another_and_it_joins_anew(
      @TempDir Path dir) {
    try (MemberGroup nodes = new MemberGroup()) {
      UnaryOperator<QuorateClusterOptions> impatient =
          o -> o.setHoldDownMillis(2_000).setSessionTimeoutMillis(1_000);
      String away = dir.resolve("away").toString();
      Node first = nodes.start(impatient).awaitOpen();
      Node second = nodes.start(o -> impatient.apply(o).setDataDir(away)).awaitOpen();
      Node third = nodes.start(impatient).awaitOpen();
      MemberGroup.awaitTrue("three votes", () -> first.voters() == 3);
      Node fourth = nodes.start(impatient).awaitOpen();
      fourth.put("a", "1");
      assertThat(fourth.voters()).isEqualTo(3);
      assertThat(first.members()).hasSize(4);

      second.close(); // its directory lasts, so it stays a member
      MemberGroup.awaitTrue("three members", () -> first.members().size() == 3);
      MemberGroup.awaitTrue("the fourth votes", () -> first.voters() == 3);
      first.put("a", "2");

      Node again = nodes.start(o -> impatient.apply(o).setDataDir(away)).awaitOpen();
      assertThat(again.get("a")).isEqualTo("2");
      assertThat(third.members()).hasSize(4);
    }
  }

  @Test
  void closing_cancels_an_opening_in_progress() throws IOException {
    try (MemberGroup nodes = new MemberGroup();
        ServerSocket mute = MemberGroup.listen(nodes.port)) {
      assertThat(mute.isBound()).isTrue();
      Node node = nodes.start();
      assertThat(node.close()).isLessThan(3_000);
      assertThat(node.failure()).contains("closed meanwhile");
    }
  }

  @Test
  void closing_during_bootstrap_leaves_no_port_open() {
    try (MemberGroup nodes = new MemberGroup()) {
      for (int i = 0; i < 3; i++) {
        Node node = nodes.start();
        MemberGroup.awaitTrue("it listens", nodes::isAnybodyThere);
        assertThat(node.close()).isLessThan(6_000);
        assertThat(nodes.isAnybodyThere()).isFalse();
      }
    }
  }
}
