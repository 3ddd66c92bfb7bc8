package io.quorate.vertx.client.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Request;
import io.quorate.command.Result;
import io.quorate.command.WatchResponse;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CountersTest {
  private static final int MAX_STEPS = 100_000;

  private final Vertx vertx = Vertx.vertx();
  private final HeldStore store = new HeldStore();
  private volatile long leaseId = 7;
  private volatile boolean mayContinue;
  private final Counters counters =
      new Counters(vertx.getOrCreateContext(), store, new TestSessions(), 60_000);
  private final Counters.Counter counter = counters.counter(Bytes.utf8("c"));

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private final class TestSessions implements Counters.Sessions {
    @Override
    public long leaseId() {
      return leaseId;
    }

    @Override
    public Bytes slot(long leaseId) {
      return Bytes.utf8("slot" + leaseId);
    }

    @Override
    public boolean mayContinue() {
      return mayContinue;
    }

    @Override
    public Throwable noSession() {
      return new IllegalStateException("no session");
    }
  }

  private record Asked(Command.Count count, Promise<Object> answer) {
    void counts() {
      answer.complete(
          new Result.Counted(
              9, count.ops().stream().map(op -> new Result.Counted.Counter(4, 5)).toList()));
    }
  }

  /** Holds requests until the test answers them. */
  private static final class HeldStore implements QuorateStore {
    private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();

    @Override
    @SuppressWarnings("unchecked") // the test answers with what belongs to the request
    public <R> Future<R> ask(Request<R> request) {
      Promise<Object> answer = Promise.promise();
      asked.add(new Asked((Command.Count) request, answer));
      return (Future<R>) answer.future();
    }

    @Override
    public WatchChannel watch(Handler<WatchResponse> handler) {
      throw new UnsupportedOperationException();
    }

    Asked next() throws InterruptedException {
      Asked next = asked.poll(30, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("no request");
      }
      return next;
    }
  }

  private static Throwable failureOf(Future<?> future) {
    return future
        .map(value -> (Throwable) new AssertionError("completed with " + value))
        .otherwise(failure -> failure)
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(30, TimeUnit.SECONDS)
        .join();
  }

  private static long valueOf(Future<Long> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  @Test
  void stepsBeyondTheBoundAreRefusedUntilOthersAreAnswered() throws Exception {
    Future<Long> first = counter.addAndGet(1);
    Asked asked = store.next();
    for (int i = 1; i < MAX_STEPS; i++) {
      assertThat(counter.addAndGet(1).failed()).isFalse();
    }
    assertThat(failureOf(counter.addAndGet(1)))
        .isInstanceOfSatisfying(
            EtcdException.class,
            refused -> assertThat(refused.error()).isEqualTo(EtcdError.TOO_MANY_REQUESTS));
    asked.counts();
    assertThat(valueOf(first)).isEqualTo(5);
    Asked next = store.next();
    assertThat(next.count().sequence()).isEqualTo(asked.count().sequence() + 1);
    assertThat(counter.addAndGet(1).failed()).isFalse();
  }

  @Test
  void aRefusalAfterAnUnknownOutcomeIsAnUnknownOutcome() throws Exception {
    Future<Long> sum = counter.addAndGet(1);
    Asked first = store.next();
    first.answer().fail(new UnknownOutcomeException("count", EtcdError.TIMEOUT.exception()));
    Asked second = store.next();
    assertThat(second.count()).isEqualTo(first.count());
    second.answer().fail(EtcdError.NO_SPACE.exception());
    assertThat(failureOf(sum))
        .isInstanceOf(UnknownOutcomeException.class)
        .hasCause(EtcdError.NO_SPACE.exception());
  }

  @Test
  void aStepIsSentUnderTheNextSessionIfTheLeaseWasGoneBeforeItWasExecuted() throws Exception {
    mayContinue = true;
    Future<Long> sum = counter.addAndGet(1);
    Asked first = store.next();
    leaseId = 8;
    first.answer().fail(EtcdError.LEASE_NOT_FOUND.exception());
    Asked second = store.next();
    assertThat(second.count().slot()).isEqualTo(Bytes.utf8("slot8"));
    second.counts();
    assertThat(valueOf(sum)).isEqualTo(5);
  }

  @Test
  void withoutASessionThatCouldFollowStepsFail() throws Exception {
    Future<Long> sent = counter.addAndGet(1);
    Asked first = store.next();
    Future<Long> waiting = counter.addAndGet(1);
    leaseId = 0;
    first.answer().fail(EtcdError.LEASE_NOT_FOUND.exception());
    for (Future<Long> sum : List.of(sent, waiting)) {
      assertThat(failureOf(sum)).hasMessage("no session");
    }
  }
}
