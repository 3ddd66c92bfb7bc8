package io.quorate.vertx.service.server;

import io.quorate.vertx.service.ServiceFailure;
import io.vertx.core.Handler;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks requests before the generated handler reads them: a wrong one is refused with the name of
 * the argument, and every request is answered.
 */
final class CheckedHandler implements Handler<Message<Object>> {
  private final String service;
  private final Map<String, List<Parameter>> actions = new HashMap<>();
  private final Handler<Message<JsonObject>> generated;

  /**
   * @param service the interface
   * @param generated the generated handler
   */
  CheckedHandler(Class<?> service, Handler<Message<JsonObject>> generated) {
    this.service = service.getSimpleName();
    this.generated = generated;
    for (Method method : service.getMethods()) {
      if (!Modifier.isStatic(method.getModifiers())) {
        actions.put(method.getName(), List.of(method.getParameters()));
      }
    }
  }

  @Override
  public void handle(Message<Object> message) {
    try {
      check(message);
    } catch (ServiceException e) {
      message.fail(e.failureCode(), e.getMessage());
      return;
    }
    @SuppressWarnings("unchecked") // its body was checked
    Message<JsonObject> request = (Message<JsonObject>) (Message<?>) message;
    try {
      generated.handle(new CodedFailureMessage(request));
    } catch (IllegalArgumentException | ClassCastException e) {
      return; // the handler has already replied with the failure
    }
  }

  private void check(Message<Object> message) {
    @Nullable String action = message.headers().get("action");
    if (action == null) {
      throw ServerFailures.wrong("action", "is missing; the header names the method");
    }
    List<Parameter> parameters = actions.get(action);
    if (parameters == null) {
      throw ServerFailures.exception(
          ServiceFailure.UNSUPPORTED, service + " has no method '" + action + "'");
    }
    if (!(message.body() instanceof JsonObject body)) {
      throw ServerFailures.wrong("body", "must be a JSON object with the method's arguments");
    }
    for (Parameter parameter : parameters) {
      check(parameter, body.getValue(parameter.getName()));
    }
    for (String name : body.fieldNames()) {
      if (parameters.stream().noneMatch(parameter -> parameter.getName().equals(name))) {
        throw ServerFailures.wrong(name, "is no argument of " + service + "." + action);
      }
    }
  }

  private static void check(Parameter parameter, @Nullable Object value) {
    String name = parameter.getName();
    if (value == null) {
      throw ServerFailures.wrong(name, "is missing");
    }
    Class<?> type = parameter.getType();
    if (type == String.class) {
      wrongUnless(value instanceof String, name, "must be text");
    } else if (type == long.class) {
      boolean isWhole = value instanceof Number n && n.doubleValue() == n.longValue();
      wrongUnless(isWhole, name, "must be a whole number");
    } else {
      wrongUnless(value instanceof JsonObject, name, "must be a JSON object");
    }
  }

  private static void wrongUnless(boolean holds, String name, String advice) {
    if (!holds) {
      throw ServerFailures.wrong(name, advice);
    }
  }
}
