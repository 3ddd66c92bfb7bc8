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

/** Registered services, until they are closed. Any thread. */
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
    consumer.handler(new CheckedHandler(service, handler));
    consumers.add(consumer);
  }

  void closing(Runnable task) {
    closing.add(task);
  }

  /** Completes when all are registered; if one fails, none stays registered. */
  Future<ServicesRegistration> completion() {
    return Future.all(consumers.stream().map(MessageConsumer::completion).toList())
        .map(this)
        .recover(
            failure -> close().transform(v -> Future.<ServicesRegistration>failedFuture(failure)));
  }

  /**
   * Unregisters the services and ends their watches; callers then use other instances. The client
   * stays open. Further calls have no effect.
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
