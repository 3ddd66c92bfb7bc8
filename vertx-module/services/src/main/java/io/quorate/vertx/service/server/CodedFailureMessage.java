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
 * A request that sends failures as code and message only. A {@link ServiceException} needs its
 * codec on the receiving side. Where that is missing, for example behind a bridge to browsers, the
 * bus drops the reply, and the caller waits until its time-out.
 */
final class CodedFailureMessage implements Message<JsonObject> {
  /** The failure code of generated handlers for a request that cannot be read. */
  private static final int UNREADABLE = 500;

  private final Message<JsonObject> message;

  CodedFailureMessage(Message<JsonObject> message) {
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
