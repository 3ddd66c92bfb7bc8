package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.recipe.DistributedLock;
import io.quorate.vertx.client.recipe.Held;
import io.quorate.vertx.client.recipe.NotAcquiredException;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Loopback;
import io.quorate.vertx.testing.links.Link;
import io.quorate.vertx.testing.links.Mesh;
import io.quorate.vertx.testing.links.Proxy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lock used by two clients, one of which has a bad connection to the store. */
class RemoteLockTest {
  private static final String LOCK = "lock";
  private static final long LONG_SECONDS = 60;
  private static final long SHORT_SECONDS = 3;
  private static final long PATIENCE_MILLIS = 25_000;

  private final Vertx vertx = Vertx.vertx();
  private final Mesh mesh = new Mesh();
  private final Link link = mesh.newLink("client", "member");

  @SuppressWarnings("NullAway.Init")
  private OneMember member;

  @SuppressWarnings("NullAway.Init")
  private RemoteStore goodStore;

  @SuppressWarnings("NullAway.Init")
  private RemoteStore badStore;

  @SuppressWarnings("NullAway.Init")
  private QuorateClient good;

  @SuppressWarnings("NullAway.Init")
  private QuorateClient bad;

  @BeforeEach
  void start(@TempDir Path directory) {
    member = new OneMember(directory.resolve("data"));
    Proxy proxy = mesh.standBefore(link, Proxy.ANY_PORT, member.clientUrl().getPort());
    goodStore = new RemoteStore(vertx, new RemoteOptions(List.of(member.clientUrl())));
    badStore =
        new RemoteStore(vertx, new RemoteOptions(List.of(Loopback.url(proxy.address().port()))));
    good = QuorateClient.over(vertx, goodStore);
    bad = QuorateClient.over(vertx, badStore);
  }

  @AfterEach
  void stop() {
    mesh.healAll();
    Void unused = await(Future.join(good.close(), bad.close()).mapEmpty());
    unused = await(Future.join(goodStore.close(), badStore.close()).mapEmpty());
    unused = await(vertx.close());
    mesh.close();
    member.close();
  }

  private static DistributedLock lock(QuorateClient client, Session session) {
    return new DistributedLock(client, session, LOCK);
  }

  private void awaitWaiters(int count) {
    Await.untilTrue(count + " in the line", () -> await(good.getPrefix(LOCK)).size() == count);
  }

  @Test
  void aWaiterThatLosesItsConnectionKeepsItsPlace() {
    Held first = await(lock(good, await(good.session(LONG_SECONDS))).acquire(PATIENCE_MILLIS));
    Session session = await(bad.session(LONG_SECONDS));
    Future<Held> waits = lock(bad, session).acquire(PATIENCE_MILLIS);
    awaitWaiters(2);
    link.set(Link.Condition.CUT);
    Void unused = await(first.release());
    link.set(Link.Condition.OPEN);
    Held second = await(waits);
    assertThat(second.isHeld()).isTrue();
    assertThat(second.fencingToken()).isGreaterThan(first.fencingToken());
    assertThat(await(good.getPrefix(LOCK)))
        .extracting(kv -> kv.key().utf8())
        .containsExactly(second.key().utf8());
  }

  @Test
  void aWaiterWhoseSessionExpiresNeverGetsTheLockAndBlocksNobody() {
    Held first = await(lock(good, await(good.session(LONG_SECONDS))).acquire(PATIENCE_MILLIS));
    Session session = await(bad.session(SHORT_SECONDS));
    Future<Held> waits = lock(bad, session).acquire(PATIENCE_MILLIS);
    awaitWaiters(2);
    link.set(Link.Condition.CUT);
    assertThatThrownBy(() -> await(waits))
        .isInstanceOf(NotAcquiredException.class)
        .hasMessageContaining("session");
    assertThat(session.isAlive()).isFalse();
    awaitWaiters(1);
    Void unused = await(first.release());
    link.set(Link.Condition.OPEN);
    assertThat(
            await(lock(good, await(good.session(LONG_SECONDS))).acquire(PATIENCE_MILLIS)).isHeld())
        .isTrue();
  }

  @Test
  void aHolderBehindACutLinkHasLostTheLockBeforeAnotherGetsIt() {
    Held held = await(lock(bad, await(bad.session(SHORT_SECONDS))).acquire(PATIENCE_MILLIS));
    Future<Boolean> heldByBoth =
        lock(good, await(good.session(LONG_SECONDS)))
            .acquire(PATIENCE_MILLIS)
            .map(next -> held.isHeld());
    awaitWaiters(2);
    assertThat(held.isHeld()).isTrue();
    link.set(Link.Condition.SILENT);
    assertThat(await(heldByBoth)).isFalse();
    Void unused = await(held.lost());
    link.set(Link.Condition.OPEN);
    // the delayed request arrives and changes nothing
    assertThat(await(bad.get("k"))).isEmpty();
    assertThat(held.isHeld()).isFalse();
  }
}
