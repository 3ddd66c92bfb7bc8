package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static io.quorate.vertx.service.Served.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Requests without a proxy; each is answered. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RawRequestsTest {
  @TempDir static Path dataDir;
  private Served served;

  @BeforeAll
  void start() {
    served = new Served(dataDir);
  }

  @AfterAll
  void stop() {
    served.close();
  }

  private void refused(ServiceFailure code, String message, @Nullable String action, Object body) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(5_000);
    if (action != null) {
      options.addHeader("action", action);
    }
    Throwable failure = failure(served.vertx.eventBus().request("quorate.kv", body, options));
    assertThat(failure).isExactlyInstanceOf(ReplyException.class).hasMessageStartingWith(message);
    assertThat(failure.getMessage()).doesNotContain("io.quorate.", "java.", "class ");
    ReplyException reply = (ReplyException) failure;
    assertThat(reply.failureType()).isEqualTo(ReplyFailure.RECIPIENT_FAILURE);
    assertThat(ServiceFailure.ofCode(reply.failureCode())).isEqualTo(code);
  }

  private static JsonObject request(JsonObject fields) {
    return new JsonObject().put("request", fields);
  }

  @Test
  void aRequestInPlainJsonIsAnsweredInPlainJson() {
    JsonObject put =
        new JsonObject().put("request", new JsonObject().put("key", "plain").put("value", "1"));
    Object answer =
        await(
                served
                    .vertx
                    .eventBus()
                    .request(
                        "quorate.kv", put, new DeliveryOptions().addHeader("action", "putWith")))
            .body();
    assertThat(((JsonObject) answer).getLong("revision")).isPositive();
  }

  @Test
  void garbageIsRefusedByName() {
    ServiceFailure invalid = ServiceFailure.INVALID_ARGUMENT;
    refused(invalid, "action: ", null, new JsonObject());
    refused(ServiceFailure.UNSUPPORTED, "KvService has no method 'eat'", "eat", new JsonObject());
    refused(invalid, "body: ", "get", "text");
    refused(invalid, "body: ", "get", new JsonArray());
    refused(invalid, "key: is missing", "get", new JsonObject());
    refused(invalid, "key: must be text", "get", new JsonObject().put("key", 7));
    refused(invalid, "ky: is no argument", "get", new JsonObject().put("key", "k").put("ky", ""));
    refused(invalid, "request: must be a JSON object", "range", new JsonObject().put("request", 1));
    refused(invalid, "request: is missing", "range", new JsonObject());
  }

  @Test
  void fieldsOfTheWrongTypeOrNameAreRefusedByName() {
    ServiceFailure invalid = ServiceFailure.INVALID_ARGUMENT;
    JsonObject range = new JsonObject().put("key", "k");
    refused(invalid, "limit: ", "range", request(range.copy().put("limit", "10")));
    refused(invalid, "limit: ", "range", request(range.copy().put("limit", 1.5)));
    refused(invalid, "limt: ", "range", request(range.copy().put("limt", 10)));
    refused(invalid, "encoding: ", "range", request(range.copy().put("encoding", "LATIN1")));
    refused(invalid, "sortOrder: ", "range", request(range.copy().put("sortOrder", 1)));
    refused(invalid, "key: ", "range", request(new JsonObject().put("key", new JsonArray())));
    JsonObject op = new JsonObject().put("put", range.copy().put("valeu", "1"));
    refused(
        invalid,
        "success: put: valeu: ",
        "txn",
        request(new JsonObject().put("success", new JsonArray().add(op))));
    refused(
        invalid,
        "success: ",
        "txn",
        request(new JsonObject().put("success", new JsonArray().add("put"))));
  }

  @Test
  void nullsCountAsNotGiven() {
    JsonObject range = new JsonObject().put("key", "k").putNull("limit").putNull("rangeEnd");
    assertThat(new RangeRequest(range)).isEqualTo(new RangeRequest().setKey("k"));
  }
}
