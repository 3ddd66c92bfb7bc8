package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.vertx.testing.Await;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Mistakes of users and faults of networks and disks. A member that cannot run gives the reason in
 * its final line and ends, without a stack trace; a running member continues.
 */
@ExtendWith(LogTails.class)
class BadDaysIT {
  /** A member ends within 1.5 s after SIGTERM; the rest is for a busy machine. */
  private static final Duration TERMINATION_BOUND = Duration.ofSeconds(15);

  // ---- flags

  @Test
  void an_unknown_flag_is_a_usage_error() {
    try (ProcessCluster cluster = ProcessCluster.prepare("flag", 1)) {
      assertRefused(cluster.member(0), 2, List.of("--no-such-flag=1"), "no-such-flag");
      assertThat(cluster.member(0).dataDir()).doesNotExist();
    }
  }

  @Test
  void a_wrong_value_is_refused_with_its_flag() {
    try (ProcessCluster cluster = ProcessCluster.prepare("value", 1)) {
      MemberProcess member = cluster.member(0);
      assertRefused(member, 1, List.of("--election-timeout=100"), "--election-timeout");
      assertRefused(
          member, 1, List.of("--listen-peer-urls=http://example.org:1"), "--listen-peer-urls");
      assertThat(member.dataDir()).doesNotExist();
    }
  }

  // ---- ports and directories that cannot be used

  @Test
  void a_port_in_use_is_named_and_nothing_is_written() throws IOException {
    try (ProcessCluster cluster = ProcessCluster.prepare("port", 1)) {
      MemberProcess member = cluster.member(0);
      for (int port : List.of(member.clientPort(), member.peerPort())) {
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
          assertRefused(member, 1, List.of(), ":" + taken.getLocalPort(), "cannot listen there");
          assertThat(member.dataDir()).doesNotExist();
        }
      }
    }
  }

  /** A path below a file cannot be created, not even by root. */
  @Test
  void an_unwritable_data_directory_is_named() throws IOException {
    try (ProcessCluster cluster = ProcessCluster.prepare("unwritable", 1)) {
      MemberProcess member = cluster.member(0);
      Files.writeString(member.dataDir(), "a file");
      assertRefused(member, 1, List.of(), "data directory", member.dataDir().toString());
      assertThat(member.dataDir()).hasContent("a file");
    }
  }

  // ---- no quorum

  /**
   * Without a quorum a member serves local requests, but is not ready; scripts wait for that line.
   */
  @Test
  void ready_is_logged_only_once_there_is_a_leader() {
    try (ProcessCluster cluster = ProcessCluster.prepare("alone", 3)) {
      MemberProcess first = cluster.member(0);
      first.start();
      Await.untilTrue("it serves", () -> first.client().status().getLeader() == 0);
      // the longest duration of a request, which is longer than several elections
      assertThatThrownBy(() -> first.client().put("a", "1")).hasStackTraceContaining("UNAVAILABLE");
      assertThat(first.log().contains(MemberProcess.READY)).isFalse();
      cluster.member(1).start();
      first.awaitReady();
    }
  }

  @Test
  void a_second_process_on_the_same_data_is_refused_and_the_first_keeps_running() {
    try (ProcessCluster cluster = ProcessCluster.start("second", 1)) {
      MemberProcess first = cluster.member(0);
      MemberProcess second = cluster.addMember("m2");
      assertRefused(
          second,
          1,
          List.of("--data-dir=" + first.dataDir(), "--initial-cluster=m2=" + second.peerUrl()),
          "in use by another running member");
      assertThat(first.client().put("a", "1")).isEqualTo(2);
    }
  }

  // ---- data directories of others, and damaged ones

  @Test
  void data_of_another_member_is_refused() {
    try (ProcessCluster cluster = ProcessCluster.start("foreign", 1)) {
      MemberProcess owner = cluster.member(0);
      owner.client().put("a", "1");
      int unused = owner.terminate();
      MemberProcess other = cluster.addMember("m2");
      assertRefused(
          other,
          1,
          List.of("--data-dir=" + owner.dataDir(), "--initial-cluster=m2=" + other.peerUrl()),
          "belongs to member 'm1'");
      cluster.member(0).start();
      cluster.member(0).awaitReady();
    }
  }

  @Test
  void data_of_a_newer_format_is_refused_and_not_changed() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("newer", 1)) {
      MemberProcess member = cluster.member(0);
      member.client().put("a", "1");
      int unused = member.terminate();
      for (String name : List.of("log.db", "state.db")) {
        Path file = member.dataDir().resolve("member").resolve(name);
        int format = format(file);
        setFormat(file, 99);
        byte[] before = Files.readAllBytes(file);
        assertRefused(member, 1, List.of(), name, "99");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        setFormat(file, format);
      }
      Path ofDirectory = member.dataDir().resolve("member").resolve("format");
      String text = Files.readString(ofDirectory);
      Files.writeString(ofDirectory, text.replace("1", "2"));
      assertRefused(member, 1, List.of(), "has format 2");
      Files.writeString(ofDirectory, text);

      cluster.startAll();
      assertThat(member.client().localRange("a")).hasSize(1);
    }
  }

  private static int format(Path file) throws SQLException {
    try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = database.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA user_version")) {
      return row.getInt(1);
    }
  }

  private static void setFormat(Path file, int format) throws SQLException {
    try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = database.createStatement()) {
      statement.execute("PRAGMA user_version = " + format);
    }
  }

  @Test
  void a_flipped_bit_in_the_log_is_found_and_located() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("damaged", 1)) {
      MemberProcess member = cluster.member(0);
      member.client().put("a", "1");
      int unused = member.terminate();
      Path file = member.dataDir().resolve("member").resolve("log.db");
      long index = flipLastByteOfLastEntry(file);
      assertRefused(member, 1, List.of(), "log.db", "entry " + index, "checksum");
    }
  }

  private static long flipLastByteOfLastEntry(Path file) throws SQLException {
    try (Connection database = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = database.createStatement()) {
      long index;
      byte[] data;
      try (ResultSet row =
          statement.executeQuery("SELECT idx, data FROM entry ORDER BY idx DESC LIMIT 1")) {
        assertThat(row.next()).isTrue();
        index = row.getLong(1);
        data = row.getBytes(2);
      }
      data[data.length - 1] ^= 1;
      try (var update = database.prepareStatement("UPDATE entry SET data = ? WHERE idx = ?")) {
        update.setBytes(1, data);
        update.setLong(2, index);
        assertThat(update.executeUpdate()).isEqualTo(1);
      }
      return index;
    }
  }

  // ---- joining

  @Test
  void a_join_with_wrong_flags_is_refused_with_the_reason() {
    try (ProcessCluster cluster = ProcessCluster.start("joining", 1)) {
      MemberProcess first = cluster.member(0);
      String known = "m1=" + first.peerUrl();
      MemberProcess joining = cluster.addMember("m2");
      MemberProcess nobody = cluster.addMember("m3");
      String own = ",m2=" + joining.peerUrl();
      String existing = "--initial-cluster-state=existing";
      assertRefused(
          joining, 1, List.of(existing, "--initial-cluster=" + known + own), "member add");
      assertRefused(
          joining,
          1,
          List.of(existing, "--initial-cluster=m3=" + nobody.peerUrl() + own),
          "no member of the cluster answered");

      String unused =
          new Etcdctl(first.clientUrl())
              .ok("member", "add", "m2", "--learner", "--peer-urls=" + joining.peerUrl());
      assertRefused(
          joining,
          1,
          List.of(existing, "--initial-cluster=" + known + own + ",m3=" + nobody.peerUrl()),
          "does not match the members of the running cluster");
      joining.start(List.of(existing, "--initial-cluster=" + known + own));
      joining.awaitReady();
      assertThat(first.client().put("a", "1")).isPositive();
    }
  }

  /** Starts the member, which has to end by itself with the reason in its final line. */
  private static void assertRefused(
      MemberProcess member, int exitCode, List<String> flags, String... words) {
    member.start(flags);
    int code = member.awaitExit(Await.LONG);
    List<String> log = member.log().whole();
    // standard error is no terminal here, so every line is a JSON object, whoever printed it
    List<JsonObject> lines = log.stream().map(JsonObject::new).toList();
    JsonObject last = lines.get(lines.size() - 1);
    assertThat(last.getString("level")).isEqualTo("fatal");
    assertThat(last.getString("msg")).contains(words);
    assertThat(code).as("exit code of %s", log).isEqualTo(exitCode);
    assertThat(lines).noneMatch(line -> "error".equals(line.getString("level")));
  }

  // ---- garbage on the network

  @Test
  void garbage_on_its_ports_does_not_disturb_a_cluster() throws IOException {
    try (ProcessCluster cluster = ProcessCluster.start("garbage", 3)) {
      MemberProcess leader = cluster.awaitLeader();
      long term = leader.client().status().getRaftTerm();
      for (MemberProcess member : cluster.members()) {
        for (int port : List.of(member.clientPort(), member.peerPort())) {
          for (byte[] bytes : garbage()) {
            sendAndClose(port, bytes);
          }
        }
      }
      for (MemberProcess member : cluster.members()) {
        assertThat(member.client().put("after/" + member.name(), "1")).isPositive();
        assertThat(member.log().contains("OutOfMemory")).isFalse();
      }
      assertThat(cluster.awaitLeader().client().status().getRaftTerm()).isEqualTo(term);
    }
  }

  private static List<byte[]> garbage() {
    Random random = new Random(42);
    List<byte[]> garbage = new ArrayList<>();
    for (int size : List.of(1, 9, 100, 10_000, 1_000_000)) {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      garbage.add(bytes);
    }
    String preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for (String text :
        List.of(
            "",
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/9.9\r\n\r\n",
            "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\nx",
            "GET /" + "x".repeat(100_000) + " HTTP/1.1\r\n\r\n",
            preface,
            preface + "x".repeat(1_000),
            "\r\n\r\n\r\n")) {
      garbage.add(text.getBytes(StandardCharsets.ISO_8859_1));
    }
    for (int length : List.of(Integer.MAX_VALUE, -1, 0, 1 << 28)) {
      garbage.add(ByteBuffer.allocate(64).putInt(length).array()); // a huge frame length
    }
    return garbage;
  }

  /** Sends the bytes and closes the connection, which the other side may have closed before. */
  private static void sendAndClose(int port, byte[] bytes) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      socket.shutdownOutput();
    } catch (IOException refused) {
      assertThat(refused).hasMessageNotContaining("Connection refused");
    }
  }

  // ---- SIGTERM

  /**
   * The transfer of leadership is given up after 700 ms, which a busy machine can exceed once, but
   * not three times in a row.
   */
  @Test
  void a_terminated_leader_transfers_leadership_and_ends_in_time() {
    try (ProcessCluster cluster = ProcessCluster.start("sigterm", 3)) {
      boolean handedOver = false;
      for (int attempt = 0; attempt < 3 && !handedOver; attempt++) {
        MemberProcess leader = cluster.awaitLeader();
        cluster.others(leader).get(0).client().put("a", "1");
        long told = System.nanoTime();
        leader.process().destroy();
        int code = leader.awaitExit(TERMINATION_BOUND);
        System.out.println(
            "SIGTERM to exit: " + Duration.ofNanos(System.nanoTime() - told) + ", code " + code);
        handedOver = !leader.log().contains("nobody took leadership over");
        MemberProcess heir = ProcessCluster.awaitLeader(cluster.others(leader));
        assertThat(heir.client().put("a", "2")).isPositive();
        cluster.startAll();
      }
      assertThat(handedOver).as("leadership was handed over").isTrue();
    }
  }
}
