package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.EtcdProcess;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots between etcd and the program, with the tools of etcd's users. */
class SnapshotIT {
  private static final long BOUND_SECONDS = 60;

  private final Path directory;

  SnapshotIT(@TempDir Path directory) {
    this.directory = directory;
  }

  /** What a store shows of itself. */
  private record Hash(long hash, long revision) {}

  @Test
  void a_snapshot_goes_from_etcd_to_a_cluster_and_under_load_back_to_etcd() throws Exception {
    Path fromEtcd = directory.resolve("etcd.db");
    Hash before;
    String lease;
    try (EtcdProcess etcd = etcd("first")) {
      Etcdctl etcdctl = ready(etcd);
      lease = fill(etcdctl);
      etcdctl.ok("snapshot", "save", fromEtcd.toString());
      before = hash(etcdctl);
    }

    try (ProcessCluster cluster = ProcessCluster.prepare("snapshot", 3)) {
      for (MemberProcess member : cluster.members()) {
        assertThat(restore(cluster, member, fromEtcd).exitCode).isZero();
      }
      cluster.startAll();
      for (MemberProcess member : cluster.members()) {
        assertThat(member.client().hashKv(before.revision).getHash()).isEqualTo((int) before.hash);
      }
      Etcdctl etcdctl = new Etcdctl(cluster.endpoints());
      assertThat(etcdctl.ok("get", "key-1", "--rev=30")).isEqualTo("key-1\nvalue-25");
      assertThat(etcdctl.run("get", "key-1", "--rev=5").err()).contains("compacted");
      assertThat(etcdctl.ok("lease", "timetolive", lease, "--keys"))
          .contains("granted with TTL(900s)", "keys([leased])");

      Path fromCluster = directory.resolve("cluster.db");
      MemberProcess follower = cluster.others(cluster.awaitLeader()).get(0);
      try (Writes writes = new Writes(cluster.awaitLeader().client())) {
        writes.awaitSome();
        Ended saved =
            quorate(
                "snapshot", "save", fromCluster.toString(), "--endpoints=" + follower.clientUrl());
        assertThat(saved.exitCode).as(saved.out).isZero();
        writes.awaitSome();
      }
      assertThat(Path.of(fromCluster + ".part")).doesNotExist();
      JsonObject status = new JsonObject(okay("snapshot", "status", "-w=json", "" + fromCluster));
      JsonObject etcds =
          new JsonObject(etcdctl.ok("snapshot", "status", "" + fromCluster, "-w", "json"));
      assertThat(status.fieldNames()).containsAll(etcds.fieldNames());
      assertThat(status.getLong("hash")).isEqualTo(etcds.getLong("hash"));
      assertThat(status.getLong("revision")).isEqualTo(etcds.getLong("revision"));
      // etcdctl 3.4 counts records, not keys
      assertThat(status.getLong("totalSize")).isEqualTo(etcds.getLong("totalSize"));

      etcdctl.ok(
          "snapshot",
          "restore",
          fromCluster.toString(),
          "--data-dir=" + directory.resolve("second").resolve("data"),
          "--name=one",
          "--initial-cluster=one=http://127.0.0.1:2380",
          "--initial-advertise-peer-urls=http://127.0.0.1:2380");
      try (EtcdProcess etcd = etcd("second")) {
        Hash after = hash(ready(etcd));
        assertThat(after.revision).isGreaterThan(before.revision);
        assertThat((int) after.hash).isEqualTo(follower.client().hashKv(after.revision).getHash());
      }
    }
  }

  @Test
  void what_cannot_be_restored_leaves_nothing_behind() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.start("unrestored", 1)) {
      MemberProcess member = cluster.member(0);
      long unused = member.client().put("a", "b");
      Path file = directory.resolve("saved.db");
      Ended saved =
          quorate("snapshot", "save", file.toString(), "--endpoints=" + member.clientUrl());
      assertThat(saved.exitCode).as(saved.out).isZero();

      assertThat(restore(cluster, member, file))
          .satisfies(refused -> assertThat(refused.exitCode).isEqualTo(1))
          .satisfies(refused -> assertThat(refused.out).contains("not empty"));

      Path data = directory.resolve("new");
      Files.write(file, new byte[] {1}, StandardOpenOption.WRITE);
      Ended refused = quorate("snapshot", "restore", file.toString(), "--data-dir=" + data);
      assertThat(refused.exitCode).isEqualTo(1);
      assertThat(refused.out).contains("checksum");
      assertThat(data).doesNotExist();

      assertThat(member.terminate()).isIn(0, 143);
      Path other = directory.resolve("other.db");
      Ended lost =
          quorate("snapshot", "save", other.toString(), "--endpoints=" + member.clientUrl());
      assertThat(lost.exitCode).isEqualTo(1);
      assertThat(lost.out.lines()).singleElement().asString().contains(member.clientUrl());
      assertThat(other).doesNotExist();
      assertThat(Path.of(other + ".part")).doesNotExist();
    }
  }

  // ---- helpers

  private EtcdProcess etcd(String name) throws IOException {
    Path home = directory.resolve(name);
    Files.createDirectories(home);
    return new EtcdProcess(home, "http", List.of());
  }

  private static Etcdctl ready(EtcdProcess etcd) {
    Etcdctl etcdctl = new Etcdctl(etcd.clientUrl().toString());
    Await.untilTrue("etcd serves", () -> etcdctl.run("endpoint", "health").exitCode() == 0);
    return etcdctl;
  }

  /**
   * Puts, deletes, a transaction with several records, a compaction, a large value.
   *
   * @return a lease
   */
  private static String fill(Etcdctl etcdctl) {
    StringBuilder puts = new StringBuilder("\n");
    for (int i = 0; i < 20; i++) {
      puts.append("put txn-").append(i).append(" \"some value\"\n");
    }
    etcdctl.okWithInput(puts.append("\n\n").toString(), "txn", "--interactive");
    for (int i = 0; i < 32; i++) {
      etcdctl.ok("put", "key-" + i % 3, "value-" + i);
    }
    etcdctl.ok("del", "key-2");
    etcdctl.ok("compact", "20");
    etcdctl.ok("put", "large", "x".repeat(100_000));
    etcdctl.ok("del", "txn-1", "txn-3");
    String lease = etcdctl.ok("lease", "grant", "900").split(" ")[1];
    etcdctl.ok("put", "leased", "y", "--lease=" + lease);
    return lease;
  }

  private static Hash hash(Etcdctl etcdctl) {
    JsonObject answer =
        new JsonArray(etcdctl.ok("endpoint", "hashkv", "-w", "json"))
            .getJsonObject(0)
            .getJsonObject("HashKV");
    return new Hash(answer.getLong("hash"), answer.getJsonObject("header").getLong("revision"));
  }

  private Ended restore(ProcessCluster cluster, MemberProcess member, Path file) throws Exception {
    return quorate(
        "snapshot",
        "restore",
        file.toString(),
        "--name=" + member.name(),
        "--data-dir=" + member.dataDir(),
        "--initial-cluster=" + cluster.initialCluster(),
        "--initial-advertise-peer-urls=" + member.advertisedPeerUrl());
  }

  private record Ended(int exitCode, String out) {}

  private String okay(String... arguments) throws Exception {
    Ended ended = quorate(arguments);
    assertThat(ended.exitCode).as(ended.out).isZero();
    return ended.out;
  }

  private Ended quorate(String... arguments) throws Exception {
    Path output = Files.createTempFile(directory, "output", "");
    Process process =
        new ProcessBuilder(Jar.command(Jar.own(), directory, List.of(), List.of(arguments)))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Ended(process.exitValue(), Files.readString(output));
  }

  /** One client that writes all the time. */
  private static final class Writes implements AutoCloseable {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final List<Long> revisions = new ArrayList<>();
    private final Thread thread;

    Writes(Client client) {
      thread =
          new Thread(
              () -> {
                for (int i = 0; !stop.get(); i++) {
                  long revision = client.put("load-" + i % 50, "v".repeat(i % 200));
                  synchronized (revisions) {
                    revisions.add(revision);
                  }
                }
              },
              "writes");
      thread.start();
    }

    void awaitSome() {
      int enough = count() + 100;
      Await.untilTrue("more was written", () -> count() >= enough);
    }

    private int count() {
      synchronized (revisions) {
        return revisions.size();
      }
    }

    @Override
    public void close() {
      stop.set(true);
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
