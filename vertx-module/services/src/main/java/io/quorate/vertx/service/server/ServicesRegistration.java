package io.quorate.vertx.service.server;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Services that are on the bus until they are closed. Any thread. */
public final class ServicesRegistration {
  private final ContextInternal context;
  private final List<MessageConsumer<Object>> consumers = new ArrayList<>();
  private final List<Runnable> closing = new ArrayList<>();
  private final Promise<Void> closed = Promise.promise();
  private boolean isClosing;

  ServicesRegistration(ContextInternal context) {
    this.context = context;
  }

  void add(String address, Class<?> service, Handler<Message<JsonObject>> handler) {
    MessageConsumer<Object> consumer = context.owner().eventBus().consumer(address);
    consumer.handler(new Endpoint(service, handler));
    consumers.add(consumer);
  }

  void closing(Runnable task) {
    closing.add(task);
  }

  /** When all are registered; if one cannot be, none is. */
  Future<ServicesRegistration> completion() {
    return Future.all(consumers.stream().map(MessageConsumer::completion).toList())
        .map(this)
        .recover(
            failure -> close().transform(v -> Future.<ServicesRegistration>failedFuture(failure)));
  }

  /**
   * Takes the services off the bus and ends the watches they have; callers go elsewhere. The client
   * stays open. Calling it again changes nothing.
   */
  public Future<Void> close() {
    Promise<Void> done = ((ContextInternal) context.owner().getOrCreateContext()).promise();
    context.runOnContext(
        v -> {
          if (!isClosing) {
            isClosing = true;
            List<Future<Void>> gone = consumers.stream().map(MessageConsumer::unregister).toList();
            closing.forEach(Runnable::run);
            Future.join(gone).<Void>mapEmpty().onComplete(closed);
          }
          closed.future().onComplete(done);
        });
    return done.future();
  }
}
