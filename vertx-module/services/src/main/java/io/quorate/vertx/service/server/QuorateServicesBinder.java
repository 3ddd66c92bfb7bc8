package io.quorate.vertx.service.server;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.service.ClusterServiceVertxProxyHandler;
import io.quorate.vertx.service.ElectionServiceVertxProxyHandler;
import io.quorate.vertx.service.KvServiceVertxProxyHandler;
import io.quorate.vertx.service.LeaseServiceVertxProxyHandler;
import io.quorate.vertx.service.LockServiceVertxProxyHandler;
import io.quorate.vertx.service.QuorateServicesOptions;
import io.quorate.vertx.service.ServiceName;
import io.quorate.vertx.service.WatchServiceVertxProxyHandler;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;

/** Registers the services of a client on the event bus of its Vert.x. */
public final class QuorateServicesBinder {
  private QuorateServicesBinder() {}

  /**
   * Registers the services. They are called on the caller's context, or on one of the client's
   * Vert.x. Several instances may be registered at the same addresses; the bus chooses them in
   * turn.
   *
   * @return completes when the cluster manager reports that callers on all nodes can reach them
   */
  public static Future<ServicesRegistration> bind(
      QuorateClient client, QuorateServicesOptions options) {
    QuorateServicesOptions copy = new QuorateServicesOptions(options);
    ContextInternal context = (ContextInternal) client.vertx().getOrCreateContext();
    Promise<ServicesRegistration> bound = context.promise();
    context.runOnContext(v -> bind(client, copy, context).onComplete(bound));
    return bound.future();
  }

  private static Future<ServicesRegistration> bind(
      QuorateClient client, QuorateServicesOptions options, ContextInternal context) {
    Vertx vertx = client.vertx();
    ServicesRegistration registration = new ServicesRegistration(context);
    WaitingCallers waiting = new WaitingCallers(client, options);
    for (ServiceName name : options.getServices()) {
      String address = name.address(options.getAddressPrefix());
      Class<?> type = name.type();
      switch (name) {
        case KV ->
            registration.add(
                address, type, new KvServiceVertxProxyHandler(vertx, new KvServer(client), -1));
        case LEASE ->
            registration.add(
                address,
                type,
                new LeaseServiceVertxProxyHandler(vertx, new LeaseServer(client), -1));
        case LOCK ->
            registration.add(
                address,
                type,
                new LockServiceVertxProxyHandler(vertx, new LockServer(waiting), -1));
        case ELECTION ->
            registration.add(
                address,
                type,
                new ElectionServiceVertxProxyHandler(
                    vertx, new ElectionServer(client, waiting), -1));
        case CLUSTER ->
            registration.add(
                address,
                type,
                new ClusterServiceVertxProxyHandler(vertx, new ClusterServer(client), -1));
        case WATCH -> {
          WatchServer watches = new WatchServer(client, options);
          Handler<Message<JsonObject>> handler =
              new WatchServiceVertxProxyHandler(vertx, watches, -1);
          registration.add(watches.ownAddress(), type, handler);
          registration.add(address, type, handler);
          registration.closing(watches::close);
        }
      }
    }
    return registration.completion();
  }
}
