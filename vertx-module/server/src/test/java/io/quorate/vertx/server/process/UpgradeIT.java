package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.testing.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Members are replaced by a newer release, one by one, while clients write. The older release is
 * this one, limited to the first feature level; {@code -Dquorate.older.jar} sets a real one.
 */
@ExtendWith(LogTails.class)
class UpgradeIT {
  private static final @Nullable String OLDER_JAR = System.getProperty("quorate.older.jar");
  private static final String RAISED = "feature level is 3";

  @Test
  void a_cluster_can_be_upgraded_and_downgraded_until_all_members_are_new() throws Exception {
    try (ProcessCluster cluster = ProcessCluster.prepare("upgrade", 3)) {
      cluster.members().forEach(member -> beginAs(member, true));
      cluster.members().forEach(MemberProcess::awaitReady);
      try (Writer writer = new Writer(cluster)) {
        exchange(cluster.member(0), false, writer);
        exchange(cluster.member(1), false, writer);
        exchange(cluster.member(1), true, writer); // back to the older release
        exchange(cluster.member(1), false, writer);
        for (MemberProcess member : cluster.members()) {
          assertThat(member.log().contains(RAISED)).as(member.name()).isFalse();
        }
        exchange(cluster.member(2), false, writer);
        for (MemberProcess member : cluster.members()) {
          Await.untilTrue("the feature level is raised", () -> member.log().contains(RAISED));
        }
        writer.awaitMore();
      }
      MemberProcess late = cluster.member(2);
      assertThat(late.terminate()).isIn(0, 143);
      beginAs(late, true);
      assertThat(late.awaitExit(Duration.ofSeconds(30))).isEqualTo(1);
      String last = late.log().tail(1).toString();
      assertThat(last)
          .containsAnyOf(
              "is at feature level 3 already", "format version is 4, this version knows");
      beginAs(late, false);
      late.awaitReady();
    }
  }

  private static void beginAs(MemberProcess member, boolean older) {
    member.setJar(older && OLDER_JAR != null ? Path.of(OLDER_JAR) : Jar.own());
    member.start(older && OLDER_JAR == null ? List.of("--max-feature-level=1") : List.of());
  }

  private static void exchange(MemberProcess member, boolean older, Writer writer) {
    assertThat(member.terminate()).isIn(0, 143);
    writer.awaitMore();
    beginAs(member, older);
    member.awaitReady();
    writer.awaitMore();
  }

  /** A client that writes continuously; all acknowledged writes must be there in the end. */
  private static final class Writer implements AutoCloseable {
    private final List<Client> clients;
    private final List<String> acknowledged = Collections.synchronizedList(new ArrayList<>());
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Thread thread = new Thread(this::write, "writer");

    Writer(ProcessCluster cluster) {
      this.clients = cluster.members().stream().map(MemberProcess::client).toList();
      thread.start();
    }

    private void write() {
      for (int i = 0; !stop.get(); i++) {
        String key = "key-" + i;
        try {
          long unused = clients.get(i % 3).put(key, "v");
          acknowledged.add(key);
        } catch (RuntimeException down) {
          continue; // the member is being replaced
        }
      }
    }

    /** Waits for twenty more writes. */
    void awaitMore() {
      int enough = acknowledged.size() + 20;
      Await.untilTrue("more writes are acknowledged", () -> acknowledged.size() >= enough);
    }

    @Override
    public void close() throws Exception {
      stop.set(true);
      thread.join();
      for (Client client : clients) {
        assertThat(client.count("key-")).isGreaterThanOrEqualTo(acknowledged.size());
        assertThat(client.localRange("key-").stream().map(kv -> kv.getKey().toStringUtf8()))
            .containsAll(acknowledged);
      }
    }
  }
}
