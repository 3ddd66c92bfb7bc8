package io.quorate.vertx.service.server;

import io.quorate.vertx.service.ServiceFailure;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import org.jspecify.annotations.Nullable;

/**
 * A request whose failure goes out as code and message only. A {@link ServiceException} would need
 * its codec at the other end: without it, as with a bridge to browsers that knows nothing of these
 * services, the bus drops the answer, and the caller waits until its time is up.
 */
final class Answering implements Message<JsonObject> {
  /** What generated handlers answer if a request cannot be read. */
  private static final int UNREADABLE = 500;

  private final Message<JsonObject> message;

  Answering(Message<JsonObject> message) {
    this.message = message;
  }

  @Override
  public void reply(@Nullable Object answer, DeliveryOptions options) {
    if (!(answer instanceof ServiceException failure)) {
      message.reply(answer, options);
      return;
    }
    int code = failure.failureCode();
    if (code == UNREADABLE) {
      code = ServiceFailure.INVALID_ARGUMENT.code();
    } else if (ServiceFailure.ofCode(code) == null) {
      code = ServiceFailure.INTERNAL.code();
    }
    message.fail(code, failure.getMessage());
  }

  @Override
  public <R> Future<Message<R>> replyAndRequest(@Nullable Object answer, DeliveryOptions options) {
    return message.replyAndRequest(answer, options);
  }

  @Override
  public String address() {
    return message.address();
  }

  @Override
  public MultiMap headers() {
    return message.headers();
  }

  @Override
  public JsonObject body() {
    return message.body();
  }

  @Override
  public @Nullable String replyAddress() {
    return message.replyAddress();
  }

  @Override
  public boolean isSend() {
    return message.isSend();
  }
}
