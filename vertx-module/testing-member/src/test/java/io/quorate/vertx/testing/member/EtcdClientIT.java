package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;

import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.testing.EtcdProcess;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The remote client with a real etcd. */
class EtcdClientIT extends RecipesContract {
  private static EtcdProcess etcd;
  private static Vertx vertx;
  private static RemoteStore store;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    etcd = new EtcdProcess(directory, "http", List.of());
    vertx = Vertx.vertx();
    store =
        new RemoteStore(
            vertx, new RemoteOptions(List.of(etcd.clientUrl())).setRequestTimeoutMillis(20_000));
    // repeated until it serves
    Result.MemberStatus unused = await(store.status());
  }

  @AfterAll
  static void stop() {
    try {
      Void unused = await(store.close().eventually(() -> vertx.close()));
    } finally {
      etcd.close();
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
