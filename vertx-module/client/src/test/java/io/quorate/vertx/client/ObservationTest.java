package io.quorate.vertx.client;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Event;
import io.quorate.command.KeyValue;
import io.quorate.command.RequestKind;
import io.quorate.command.Result;
import io.quorate.command.WatchResponse;
import io.quorate.vertx.client.recipe.Election;
import io.quorate.vertx.client.recipe.Observation;
import io.quorate.vertx.testing.Await;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ObservationTest {
  private final Vertx vertx = Vertx.vertx();
  private final ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
  private final ScriptedStore store = new ScriptedStore();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private Observation observation;

  @BeforeEach
  void observe() {
    Promise<Observation> opened = Promise.promise();
    context.runOnContext(
        v ->
            opened.complete(
                new Election(QuorateClient.over(vertx, store.store), "office").observe()));
    observation = await(opened.future());
  }

  @AfterEach
  void close() {
    Void unused = await(vertx.close());
  }

  /** Runs {@code step} on the context, once there are {@code reads} reads. */
  private void afterRead(int reads, Runnable step) {
    Await.untilTrue(
        reads + " reads",
        () -> {
          Promise<Boolean> done = Promise.promise();
          context.runOnContext(
              v -> {
                boolean isThere = store.count(RequestKind.RANGE) >= reads;
                try {
                  if (isThere) {
                    step.run();
                  }
                } finally {
                  done.complete(isThere);
                }
              });
          return await(done.future());
        });
  }

  private static KeyValue leader(String value, long revision) {
    return new KeyValue(Bytes.utf8("office/" + value), Bytes.utf8(value), revision, revision, 1, 1);
  }

  private void lead(String value, long revision) {
    store
        .last(RequestKind.RANGE)
        .answer(new Result.Ranged(revision, List.of(leader(value, revision)), false, 1));
  }

  @Test
  void noLeaderIsMissedAfterAnExceptionFromTheHandler() {
    List<Throwable> reported = new CopyOnWriteArrayList<>();
    afterRead(
        1,
        () -> {
          context.exceptionHandler(reported::add);
          observation.handler(
              leader -> {
                heard.add(leader.value().utf8());
                throw new IllegalStateException("of the handler");
              });
          lead("one", 5);
        });
    afterRead(
        1,
        () -> {
          store.channel().send(new WatchResponse.Created(0, 5));
          store
              .channel()
              .send(
                  new WatchResponse.Events(
                      0, 6, List.of(new Event(Event.Type.PUT, leader("two", 6), null)), false));
          store
              .channel()
              .send(
                  new WatchResponse.Events(
                      0, 7, List.of(new Event(Event.Type.PUT, leader("three", 7), null)), false));
        });
    afterRead(2, () -> lead("two", 6));
    afterRead(3, () -> lead("three", 7));
    assertThat(heard).containsExactly("one", "two", "three");
    assertThat(reported).hasSize(3);
  }

  @Test
  void aFailureIsKeptUntilThereIsAHandler() {
    List<String> order = new ArrayList<>();
    afterRead(1, () -> store.last(RequestKind.RANGE).fail(new IllegalArgumentException("refused")));
    afterRead(
        1,
        () -> {
          observation.exceptionHandler(failure -> order.add(failure.getMessage()));
          observation.endHandler(v -> order.add("end"));
          observation.handler(leader -> order.add("leader"));
          heard.addAll(order);
        });
    assertThat(heard).containsExactly("refused", "end");
  }
}
