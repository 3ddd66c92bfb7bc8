package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static io.quorate.vertx.testing.member.FaultyMember.answers;
import static io.quorate.vertx.testing.member.FaultyMember.hangs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.StoreClosedException;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.quorate.vertx.client.proto.rpc.LeaseGrantResponse;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.testing.Await;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Closing a store, or its Vert.x, while it is in use. */
class RemoteCloseTest {
  private static final long A_WHILE_MILLIS = 3_000;
  private static final ResponseHeader HEADER = ResponseHeader.newBuilder().setRevision(42).build();

  private final Queue<Throwable> unhandled = new ConcurrentLinkedQueue<>();
  private final Vertx vertx = Vertx.vertx().exceptionHandler(unhandled::add);
  private final FaultyMember member = new FaultyMember();
  private final Owner owner = new Owner();
  private final String deployment = await(vertx.deployVerticle(owner));
  private final RemoteStore store = owner.store.result();
  private final QuorateClient client = QuorateClient.over(vertx, store);

  /** Undeploying a verticle closes what it has opened. */
  private final class Owner extends VerticleBase {
    private Future<RemoteStore> store = Future.failedFuture("not started");

    @Override
    public Future<?> start() {
      store =
          Future.succeededFuture(new RemoteStore(vertx, new RemoteOptions(List.of(member.url()))));
      return store;
    }
  }

  @BeforeEach
  void answer() {
    member.on(ServerMethods.RANGE, answers(RangeResponse.newBuilder().setHeader(HEADER).build()));
    member.on(ServerMethods.PUT, hangs());
    member.on(
        ServerMethods.LEASE_GRANT,
        answers(LeaseGrantResponse.newBuilder().setHeader(HEADER).setID(7).setTTL(3).build()));
    member.on(ServerMethods.LEASE_KEEP_ALIVE, hangs());
    member.on(
        ServerMethods.WATCH,
        (message, call) -> {
          boolean unused =
              call.response()
                  .write(WatchResponse.newBuilder().setHeader(HEADER).setCreated(true).build())
                  .succeeded();
        });
  }

  @AfterEach
  void close() {
    Void unused = await(store.close());
    unused = await(vertx.close());
    member.close();
  }

  /** Opens a watch, a session with a renewal under way, and a put that hangs. */
  private Future<Long> begin(Recorder[] watches) {
    for (int i = 0; i < watches.length; i++) {
      WatchStream watch = client.watch(WatchOptions.of(KeyRange.prefix(Bytes.utf8("w"))));
      watches[i] = Recorder.of(watch);
      long unused = await(watch.started());
    }
    Session session = await(client.session(3));
    assertThat(session.isAlive()).isTrue();
    store.leaseKeepAlive(7).onSuccess(renewed -> unhandled.add(new AssertionError("renewed")));
    Future<Long> put = client.put("k", "v");
    Await.untilTrue(
        "the member hangs",
        () ->
            member.calls(ServerMethods.PUT) > 0
                && member.calls(ServerMethods.LEASE_KEEP_ALIVE) > 0);
    return put;
  }

  private void assertNothingIsSentLater() {
    int calls = member.calls.size();
    assertThatThrownBy(() -> await(store.leaseKeepAlive(7)))
        .isInstanceOf(StoreClosedException.class);
    assertThatThrownBy(() -> await(client.put("k", "v"))).isInstanceOf(StoreClosedException.class);
    assertThatThrownBy(() -> await(client.get("k"))).isInstanceOf(StoreClosedException.class);
    // meanwhile the session would be renewed and the watches opened again
    Void unused = await(vertx.timer(A_WHILE_MILLIS).<Void>mapEmpty());
    assertThat(member.calls).hasSize(calls);
    assertThat(unhandled).isEmpty();
  }

  @Test
  void closingTheStoreEndsEverythingOpenAndNothingIsSentLater() {
    Recorder[] watches = new Recorder[2];
    Future<Long> put = begin(watches);
    Void unused = await(store.close());
    assertThatThrownBy(() -> await(put)).isInstanceOf(UnknownOutcomeException.class);
    for (Recorder watch : watches) {
      assertThat(Recorder.next(watch.failures)).isInstanceOf(StoreClosedException.class);
      assertThat(Recorder.next(watch.ends)).isEqualTo("end");
    }
    assertNothingIsSentLater();
    unused = await(client.close());
  }

  /** The store is not closed explicitly. */
  @Test
  void anHttpClientClosedByVertxCausesNoUnhandledErrors() {
    Recorder[] watches = new Recorder[2];
    Future<Long> put = begin(watches);
    Void unused = await(vertx.undeploy(deployment));
    assertThatThrownBy(() -> await(put)).isInstanceOf(UnknownOutcomeException.class);
    for (Recorder watch : watches) {
      assertThat(Recorder.next(watch.failures)).isInstanceOf(StoreClosedException.class);
    }
    assertNothingIsSentLater();
    unused = await(client.close());
  }

  @Test
  void aRequestFailsOnTheContextItWasMadeOn() {
    Void unused = await(store.close());
    Context context = ((VertxInternal) vertx).createEventLoopContext();
    Future<Boolean> there =
        Future.future(
            promise ->
                context.runOnContext(
                    v ->
                        client
                            .get("k")
                            .onComplete(
                                (read, failure) ->
                                    promise.complete(
                                        failure instanceof StoreClosedException
                                            && Vertx.currentContext() == context))));
    assertThat(await(there)).isTrue();
    assertThat(unhandled).isEmpty();
  }
}
