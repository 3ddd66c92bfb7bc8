package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.client.proto.rpc.StatusResponse;
import io.quorate.vertx.testing.Await;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A bit changes on the disk of a stopped member: the member refuses to start and names the damage,
 * so it neither serves nor votes; then the instructions in its final line bring it back.
 */
@ExtendWith(LogTails.class)
class DamageIT {
  private static final List<String> FILES =
      List.of("format", "log.synced", "log.db", "log.db-wal", "state.db", "state.db-wal");
  private static final int ENTRIES = 40;
  private static final int FRAME_BYTES = 24 + 4096;

  @Test
  void a_changed_bit_stops_the_member_and_its_final_line_tells_how_to_recover() throws IOException {
    try (ProcessCluster cluster =
        ProcessCluster.start("damage", 3, "--strict-reconfig-check=false")) {
      MemberProcess victim = cluster.others(cluster.awaitLeader()).get(0);
      List<MemberProcess> rest = cluster.others(victim);
      Client client = rest.get(0).client();
      long id = victim.client().status().getHeader().getMemberId();
      Map<String, byte[]> disk = diskAfterKill(victim, client);
      StatusResponse before = ProcessCluster.awaitLeader(rest).client().status();

      byte[] value = value(3).getBytes(StandardCharsets.UTF_8);
      long clusterId = before.getHeader().getClusterId();
      byte[] identity = ByteBuffer.allocate(8).putLong(clusterId).array();
      assertNamed(victim, disk, "log.db", find(disk, "log.db", value), "log.db: entry ");
      assertNamed(victim, disk, "log.db", find(disk, "log.db", identity), "log.db: identity: ");
      assertNamed(victim, disk, "log.db-wal", middleOf(disk, "log.db-wal"), "log.db-wal: frame ");
      int last = file(disk, "log.db-wal").length - 100;
      assertNamed(victim, disk, "log.db-wal", last, "log.db-wal: the end is damaged or missing");
      assertNamed(victim, disk, "log.synced", 7, "log.synced: damaged");
      assertNamed(victim, disk, "state.db", find(disk, "state.db", value), "state.db: record ");
      assertNamed(victim, disk, "format", 3, "format: damaged");

      // The newest commits of the state are in the log as well, so this file is repaired from
      // there.
      write(victim, disk, "state.db-wal", 32 + 24 + 2000);
      victim.start();
      victim.awaitReady();
      assertThat(victim.log().contains("state.db-wal: frame ")).isTrue();
      assertCaughtUp(cluster, client.put("after", "state.db-wal"));
      victim.kill();

      assertNamed(victim, disk, "log.db", find(disk, "log.db", value), "log.db: entry ");
      StatusResponse now = ProcessCluster.awaitLeader(rest).client().status();
      assertThat(now.getLeader()).isEqualTo(before.getLeader());
      assertThat(now.getRaftTerm()).as("nobody asked for votes").isEqualTo(before.getRaftTerm());
      recoverAsTheFinalLineSays(cluster, victim, Long.toHexString(id));
    }
  }

  /** Follows the instructions in the member's final line literally. */
  private static void recoverAsTheFinalLineSays(
      ProcessCluster cluster, MemberProcess victim, String id) {
    List<MemberProcess> rest = cluster.others(victim);
    Etcdctl etcdctl = new Etcdctl(rest.get(0).clientUrl() + "," + rest.get(1).clientUrl());
    String told = victim.log().tail(1).get(0);
    assertThat(etcdctl.ok("member", "list")).contains(id).contains(victim.peerUrl());
    assertThat(told).contains("'etcdctl member remove <id>'");
    String unused = etcdctl.ok("member", "remove", id);
    assertThat(told).contains("delete its data directory");
    ProcessCluster.delete(victim.dataDir());
    assertThat(told).contains("'etcdctl member add <name> --peer-urls=<peer-url>'");
    unused = etcdctl.ok("member", "add", victim.name(), "--peer-urls=" + victim.peerUrl());
    assertThat(told).contains("--initial-cluster-state=existing");
    victim.start(List.of("--initial-cluster-state=existing"));
    victim.awaitReady();
    assertCaughtUp(cluster, rest.get(0).client().putUntilAcknowledged("after", "rejoined"));
  }

  /** The main files contain the data of an earlier run, the WAL files that of the last one. */
  private static Map<String, byte[]> diskAfterKill(MemberProcess victim, Client client)
      throws IOException {
    awaitRevision(victim, fill(client, 0));
    int unused = victim.terminate();
    victim.start();
    victim.awaitReady();
    for (int from : new int[] {ENTRIES, 2 * ENTRIES}) {
      awaitRevision(victim, fill(client, from));
      int unusedHash = victim.client().hashKv(0).getHash(); // after this, the data is in state.db
    }
    victim.kill();
    Map<String, byte[]> disk = new LinkedHashMap<>();
    for (String name : FILES) {
      disk.put(name, Files.readAllBytes(memberFile(victim, name)));
    }
    return disk;
  }

  private static long fill(Client client, int from) {
    long revision = 0;
    for (int i = from; i < from + ENTRIES; i++) {
      revision = client.put("key" + i, value(i));
    }
    return revision;
  }

  private static String value(int i) {
    return ("value " + i + "; ").repeat(150);
  }

  /** Restores the disk with one bit changed, and starts the member, which has to refuse to run. */
  private static void assertNamed(
      MemberProcess victim, Map<String, byte[]> disk, String name, int offset, String finding)
      throws IOException {
    write(victim, disk, name, offset);
    victim.start();
    int code = victim.awaitExit(Await.LONG);
    List<String> log = victim.log().whole();
    assertThat(code).as("exit code of %s", log).isEqualTo(1);
    assertThat(log.get(log.size() - 1))
        .startsWith("{\"level\":\"fatal\",")
        .contains(finding)
        .contains("etcdctl member remove");
    assertThat(log).noneMatch(line -> line.contains(MemberProcess.READY));
  }

  private static void write(MemberProcess victim, Map<String, byte[]> disk, String name, int offset)
      throws IOException {
    for (Map.Entry<String, byte[]> file : disk.entrySet()) {
      byte[] content = file.getValue().clone();
      if (file.getKey().equals(name)) {
        content[offset] ^= 4;
      }
      Files.write(memberFile(victim, file.getKey()), content);
    }
  }

  private static void assertCaughtUp(ProcessCluster cluster, long revision) {
    int expected = cluster.awaitLeader().client().hashKv(revision).getHash();
    for (MemberProcess member : cluster.members()) {
      awaitRevision(member, revision);
      assertThat(member.client().hashKv(revision).getHash())
          .as("hash of %s", member.name())
          .isEqualTo(expected);
    }
  }

  private static void awaitRevision(MemberProcess member, long revision) {
    Await.untilTrue(
        member.name() + " at " + revision,
        () -> member.client().countAll(true).getHeader().getRevision() >= revision);
  }

  /** An offset in the page of a frame that is followed by others. */
  private static int middleOf(Map<String, byte[]> disk, String wal) {
    int frames = (file(disk, wal).length - 32) / FRAME_BYTES;
    return 32 + frames / 2 * FRAME_BYTES + 24 + 2000;
  }

  private static int find(Map<String, byte[]> disk, String name, byte[] text) {
    byte[] bytes = file(disk, name);
    for (int at = 0; at + text.length <= bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + text.length, text, 0, text.length)) {
        return at;
      }
    }
    throw new AssertionError(name + " does not hold " + Arrays.toString(text));
  }

  private static byte[] file(Map<String, byte[]> disk, String name) {
    return Objects.requireNonNull(disk.get(name));
  }

  private static Path memberFile(MemberProcess victim, String name) {
    return victim.dataDir().resolve("member").resolve(name);
  }
}
