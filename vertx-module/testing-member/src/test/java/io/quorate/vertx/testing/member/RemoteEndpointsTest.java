package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Loopback;
import io.quorate.vertx.testing.links.Link;
import io.quorate.vertx.testing.links.Mesh;
import io.quorate.vertx.testing.links.Proxy;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Automatic updates of a client's endpoints. */
class RemoteEndpointsTest {
  private static final long NEVER_MILLIS = 86_400_000;

  private final Vertx vertx = Vertx.vertx();
  private final Mesh mesh = new Mesh();
  private final Link link = mesh.newLink("client", "member");

  @SuppressWarnings("NullAway.Init")
  private OneMember member;

  @SuppressWarnings("NullAway.Init")
  private URI behindProxy;

  @SuppressWarnings("NullAway.Init")
  private RemoteStore store;

  @BeforeEach
  void start(@TempDir Path directory) {
    member = new OneMember(directory);
    behindProxy =
        Loopback.url(
            mesh.standBefore(link, Proxy.ANY_PORT, member.clientUrl().getPort()).address().port());
  }

  @AfterEach
  void close() {
    Void unused = await(store.close());
    unused = await(vertx.close());
    mesh.close();
    member.close();
  }

  private QuorateClient client(long autoSyncIntervalMillis, URI... endpoints) {
    store =
        new RemoteStore(
            vertx,
            new RemoteOptions(List.of(endpoints))
                .setAutoSyncIntervalMillis(autoSyncIntervalMillis));
    return QuorateClient.over(vertx, store);
  }

  private void awaitAdvertisedEndpoint() {
    Await.untilTrue(
        "what the member advertises", () -> store.endpoints().equals(List.of(member.clientUrl())));
  }

  @Test
  void endpointsAreReplacedByThoseOfTheCluster() {
    QuorateClient client = client(100, behindProxy);
    awaitAdvertisedEndpoint();
    link.set(Link.Condition.CUT);
    assertThat(await(client.put("k", "v"))).isPositive();
  }

  @Test
  void endpointsAreUpdatedSoonAfterOneHasFailed() {
    QuorateClient client = client(NEVER_MILLIS, Loopback.url(Loopback.freePort()), behindProxy);
    assertThat(await(client.put("k", "v"))).isPositive();
    awaitAdvertisedEndpoint();
  }

  @Test
  void endpointsAreNotReplacedWithoutAutoSync() {
    QuorateClient client = client(0, Loopback.url(Loopback.freePort()), behindProxy);
    List<URI> given = store.endpoints();
    assertThat(await(client.put("k", "v"))).isPositive();
    assertThat(await(client.put("k", "w"))).isPositive();
    assertThat(store.endpoints()).isEqualTo(given).contains(behindProxy);
  }
}
