package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How callers handle services that answer wrongly or not at all. */
class RetryingProxyTest {
  private final Vertx vertx = Vertx.vertx();
  private final QuorateServices services =
      QuorateServices.of(vertx, new QuorateServicesOptions().setRequestTimeoutMillis(800));
  private final AtomicInteger asked = new AtomicInteger();
  private final List<JsonObject> bodies = new ArrayList<>();

  @AfterEach
  void close() {
    Void unused = await(vertx.close());
  }

  private void serve(String address, Handler<Message<JsonObject>> handler) {
    vertx
        .eventBus()
        .<JsonObject>consumer(
            address,
            message -> {
              asked.incrementAndGet();
              bodies.add(message.body());
              handler.handle(message);
            });
  }

  private static void dead(Message<JsonObject> message) {}

  @Test
  void whereNobodyServesACallFailsAtOnce() {
    Failed.with(
        ServiceFailure.UNREACHABLE, "no service is registered", services.kv().put("k", "v"));
    Failed.with(ServiceFailure.UNREACHABLE, "no service is registered", services.kv().get("k"));
  }

  @Test
  void aReadThatIsNotAnsweredIsAskedElsewhere() {
    serve("quorate.kv", RetryingProxyTest::dead);
    serve("quorate.kv", message -> message.reply(new KeyValuePair().setKey("k").toJson()));
    for (int i = 0; i < 2; i++) { // whichever instance is asked first
      assertThat(await(services.kv().get("k")).getKey()).isEqualTo("k");
    }
    assertThat(asked.get()).isGreaterThan(2);
  }

  @Test
  void aLateAnswerCountsAlthoughAnotherWasAsked() {
    serve(
        "quorate.kv",
        message ->
            vertx.setTimer(
                375, id -> message.fail(ServiceFailure.TIMEOUT.code(), "request timed out")));
    Failed.with(ServiceFailure.TIMEOUT, "request timed out", services.kv().get("k"));
    assertThat(asked.get()).isGreaterThan(1);
  }

  @Test
  void aReadThatNobodyAnswersFailsInTime() {
    serve("quorate.kv", RetryingProxyTest::dead);
    Failed.with(ServiceFailure.NO_ANSWER, "no answer within 800 ms", services.kv().get("k"));
    assertThat(asked.get()).isBetween(2, 5);
  }

  @Test
  void aWriteThatIsNotAnsweredHasAnUnknownOutcomeAndIsNotAskedAgain() {
    serve("quorate.kv", RetryingProxyTest::dead);
    Failed.with(ServiceFailure.UNKNOWN_OUTCOME, "Timed out", services.kv().put("k", "v"));
    assertThat(asked.get()).isEqualTo(1);
  }

  @Test
  void aTransactionIsAskedAgainOnlyIfItReads() {
    serve("quorate.kv", RetryingProxyTest::dead);
    TxnRequest reads =
        new TxnRequest().setSuccess(List.of(new TxnOp().setRange(new RangeRequest().setKey("k"))));
    Failed.with(ServiceFailure.NO_ANSWER, "no answer within 800 ms", services.kv().txn(reads));
    int forReads = asked.getAndSet(0);
    TxnRequest writes =
        new TxnRequest().setSuccess(List.of(new TxnOp().setPut(new PutRequest().setKey("k"))));
    Failed.with(ServiceFailure.UNKNOWN_OUTCOME, "Timed out", services.kv().txn(writes));
    assertThat(forReads).isGreaterThan(1);
    assertThat(asked.get()).isEqualTo(1);
  }

  @Test
  void aWriteThatSurelyWasNotExecutedIsAskedElsewhere() {
    serve("quorate.kv", message -> message.fail(ServiceFailure.UNREACHABLE.code(), "no member"));
    serve("quorate.kv", message -> message.reply(new PutResult().setRevision(7).toJson()));
    for (int i = 0; i < 2; i++) {
      assertThat(await(services.kv().put("k", "v")).getRevision()).isEqualTo(7);
    }
    assertThat(asked.get()).isEqualTo(4);
  }

  @Test
  void aFailureThatEveryInstanceHasIsToldAfterAFewAttempts() {
    serve("quorate.kv", message -> message.fail(ServiceFailure.CLOSED.code(), "closed"));
    Failed.with(ServiceFailure.CLOSED, "closed", services.kv().put("k", "v"));
    assertThat(asked.get()).isEqualTo(4);
  }

  @Test
  void anErrorOfTheStoreIsNotAskedAgain() {
    serve(
        "quorate.kv",
        message -> message.fail(ServiceFailure.NO_SPACE.code(), "database space exceeded"));
    Failed.with(ServiceFailure.NO_SPACE, "database space exceeded", services.kv().put("k", "v"));
    assertThat(asked.get()).isEqualTo(1);
  }

  @Test
  void whoWaitsForALockAsksAgainForWhatIsLeftOfTheTime() {
    serve("quorate.lock", RetryingProxyTest::dead);
    serve("quorate.lock", message -> message.reply(new Acquired().setKey("k").toJson()));
    LockRequest request = new LockRequest().setName("l").setLeaseId("1").setWaitMillis(60_000);
    for (int i = 0; i < 2; i++) {
      assertThat(await(services.locks().lock(request)).getKey()).isEqualTo("k");
    }
    assertThat(asked.get()).isEqualTo(4);
    assertThat(bodies)
        .extracting(body -> body.getJsonObject("request").getLong("waitMillis"))
        .allMatch(wait -> wait <= 60_000)
        .anyMatch(wait -> wait <= 59_500);
  }

  @Test
  void failuresOfOthersStayAsTheyAre() {
    serve("quorate.kv", message -> message.fail(42, "what"));
    Throwable failure = Served.failure(services.kv().get("k"));
    assertThat(failure).hasMessage("what");
    assertThat(ServiceFailure.of(failure)).isNull();
  }
}
