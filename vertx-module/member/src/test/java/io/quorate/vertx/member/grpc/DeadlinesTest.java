package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final Deadlines deadlines = new Deadlines(vertx);

  @AfterEach
  void stop() {
    TestRpc.await(vertx.close());
  }

  private static final class Call extends Deadlines.Timed {
    final CompletableFuture<Long> passed = new CompletableFuture<>();

    @Override
    void deadlinePassed() {
      passed.complete(System.nanoTime());
    }
  }

  @Test
  void deadlinesFireInOrderAndNeverTooEarly() throws Exception {
    Call late = new Call();
    Call early = new Call();
    long start = System.nanoTime();
    onLoop(
        () -> {
          deadlines.add(late, 400);
          deadlines.add(early, 1);
          return null;
        });
    long earlyMillis = (early.passed.get(20, TimeUnit.SECONDS) - start) / 1_000_000;
    long lateMillis = (late.passed.get(20, TimeUnit.SECONDS) - start) / 1_000_000;
    assertThat(earlyMillis).isGreaterThanOrEqualTo(1);
    assertThat(lateMillis).isGreaterThanOrEqualTo(400).isGreaterThan(earlyMillis);
    assertThat(onLoop(deadlines::size)).isZero();
  }

  @Test
  void noDeadlineFiresTooEarlyWhereverInATickItStarts() throws Exception {
    List<Call> calls = new ArrayList<>();
    List<Long> starts = new ArrayList<>();
    CompletableFuture<Void> all = new CompletableFuture<>();
    long timer =
        periodicOnLoop(
            7,
            id -> {
              if (calls.size() == 20) {
                all.complete(null);
                return;
              }
              Call call = new Call();
              starts.add(System.nanoTime());
              calls.add(call);
              deadlines.add(call, 49);
            });
    all.get(20, TimeUnit.SECONDS);
    vertx.cancelTimer(timer);
    for (int i = 0; i < 20; i++) {
      assertThat(calls.get(i).passed.get(20, TimeUnit.SECONDS) - starts.get(i))
          .isGreaterThanOrEqualTo(49_000_000);
    }
  }

  @Test
  void aRemovedDeadlineNeverFiresAndLeavesNothingInTheWheel() throws Exception {
    Call last = new Call();
    List<Call> removed = new ArrayList<>();
    int size =
        onLoop(
            () -> {
              for (int i = 0; i < 1_000; i++) {
                Call call = new Call();
                removed.add(call);
                deadlines.add(call, i % 100);
              }
              deadlines.add(last, 150);
              // from the middle, the front and the back of their slots
              for (int i = 1; i < 1_000; i += 2) {
                deadlines.remove(removed.get(i));
              }
              for (int i = 0; i < 1_000; i += 2) {
                deadlines.remove(removed.get(i));
                deadlines.remove(removed.get(i));
              }
              return deadlines.size();
            });
    assertThat(size).isEqualTo(1);
    last.passed.get(20, TimeUnit.SECONDS);
    assertThat(removed).noneMatch(call -> call.passed.isDone());
  }

  @Test
  void aDeadlineBeyondOneTurnOfTheWheelFiresInALaterTurn() throws Exception {
    Call far = new Call();
    Call near = new Call();
    onLoop(
        () -> {
          deadlines.add(far, Long.MAX_VALUE);
          deadlines.add(near, 200);
          return null;
        });
    near.passed.get(20, TimeUnit.SECONDS);
    assertThat(far.passed).isNotDone();
    assertThat(onLoop(deadlines::size)).isEqualTo(1);
  }

  private long periodicOnLoop(long millis, Handler<Long> handler) {
    return onLoop(() -> vertx.setPeriodic(millis, handler));
  }

  private <T> T onLoop(Callable<T> action) {
    return TestRpc.await(
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return action.call();
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            },
            task -> loop.runOnContext(v -> task.run())));
  }
}
