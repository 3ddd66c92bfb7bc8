package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.testing.Loopback;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class RemoteClientTest extends RecipesContract {
  private static OneMember member;
  private static Vertx vertx;
  private static RemoteStore store;

  @BeforeAll
  static void start(@TempDir Path directory) {
    member = new OneMember(directory.resolve("data"));
    vertx = Vertx.vertx();
    store =
        new RemoteStore(
            vertx,
            new RemoteOptions(List.of(Loopback.url(Loopback.freePort()), member.clientUrl())));
  }

  @AfterAll
  static void stop() {
    Void unused = await(store.close().eventually(() -> vertx.close()));
    member.close();
  }

  @Override
  QuorateClient open() {
    return QuorateClient.over(vertx, store);
  }
}
