package io.quorate.vertx.client;

import static io.quorate.vertx.client.OneMember.await;

import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The remote client over a real etcd. */
class EtcdClientIT extends RecipesContract {
  private static final Path ETCD = Path.of("/usr/bin/etcd");

  private static Process etcd;
  private static Vertx vertx;
  private static RemoteStore store;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    if (!Files.isExecutable(ETCD)) {
      throw new AssertionError("there is no " + ETCD + "; install Debian's package etcd-server");
    }
    URI clientUrl = OneMember.url(OneMember.freePort());
    URI peerUrl = OneMember.url(OneMember.freePort());
    etcd =
        new ProcessBuilder(
                ETCD.toString(),
                "--name=one",
                "--data-dir=" + directory.resolve("data"),
                "--listen-client-urls=" + clientUrl,
                "--advertise-client-urls=" + clientUrl,
                "--listen-peer-urls=" + peerUrl,
                "--initial-advertise-peer-urls=" + peerUrl,
                "--initial-cluster=one=" + peerUrl,
                "--heartbeat-interval=20",
                "--election-timeout=200")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    vertx = Vertx.vertx();
    store =
        new RemoteStore(
            vertx, new RemoteOptions(List.of(clientUrl)).setRequestTimeoutMillis(20_000));
    // asked again until it serves
    QuorateStore.MemberStatus unused = await(store.status());
  }

  @AfterAll
  static void stop() throws InterruptedException {
    Void unused = await(store.close().eventually(() -> vertx.close()));
    etcd.destroyForcibly();
    if (!etcd.waitFor(10, TimeUnit.SECONDS)) {
      throw new AssertionError("etcd did not end");
    }
  }

  @Override
  QuorateClient open() {
    return QuorateClient.over(vertx, store);
  }

  @Override
  boolean isQuorate() {
    return false;
  }
}
