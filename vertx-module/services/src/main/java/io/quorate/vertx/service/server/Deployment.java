package io.quorate.vertx.service.server;

import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.client.remote.ClientConnection;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.options.MemberOptions;
import io.quorate.vertx.service.QuorateServicesOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What a {@link io.quorate.vertx.service.QuorateVerticle} opens: a member in this process or a
 * connection to members elsewhere, and the services. On the verticle's context.
 */
public final class Deployment {
  private static final Logger LOG = Logger.getLogger(Deployment.class);
  private static final String SERVER = "server";
  private static final String CONNECTION = "connection";
  private static final String SERVICES = "services";

  private final Vertx vertx;
  private final Deque<Supplier<Future<Void>>> opened = new ArrayDeque<>();

  private Deployment(Vertx vertx) {
    this.vertx = vertx;
  }

  /**
   * Opens what the configuration describes. If a part fails, everything is closed again.
   *
   * @throws IllegalArgumentException naming the key that is wrong
   */
  public static Future<Deployment> open(Vertx vertx, JsonObject configuration) {
    check(configuration);
    QuorateServicesOptions services = services(configuration);
    Deployment deployment = new Deployment(vertx);
    Future<Void> done =
        configuration.containsKey(SERVER)
            ? deployment.openMember(configuration, services)
            : deployment.openRemote(configuration, services);
    return done.map(deployment)
        .recover(
            failure -> deployment.close().transform(v -> Future.<Deployment>failedFuture(failure)));
  }

  private static void check(JsonObject configuration) {
    Set<String> known = Set.of(SERVER, CONNECTION, SERVICES);
    for (String key : configuration.fieldNames()) {
      if (!known.contains(key)) {
        throw new IllegalArgumentException(
            "the configuration has the unknown key '" + key + "'; there are " + known);
      }
    }
    if (configuration.containsKey(SERVER) == configuration.containsKey(CONNECTION)) {
      throw new IllegalArgumentException(
          "the configuration must have either '"
              + SERVER
              + "', for a member in this process, or '"
              + CONNECTION
              + "', for members elsewhere");
    }
  }

  private static QuorateServicesOptions services(JsonObject configuration) {
    JsonObject services = object(configuration, SERVICES);
    try {
      return new QuorateServicesOptions(services);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(SERVICES + "." + e.getMessage(), e);
    }
  }

  private static JsonObject object(JsonObject configuration, String key) {
    Object value = configuration.getValue(key, new JsonObject());
    if (value instanceof JsonObject object) {
      return object;
    }
    throw new IllegalArgumentException("'" + key + "' must be a JSON object");
  }

  private Future<Void> openMember(JsonObject configuration, QuorateServicesOptions services) {
    Map<String, Object> entries = new LinkedHashMap<>();
    for (Map.Entry<String, Object> entry : object(configuration, SERVER)) {
      entries.put(
          entry.getKey(),
          entry.getValue() instanceof JsonArray list ? list.getList() : plain(entry));
    }
    ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
    return onContext(context, QuorateServer.start(MemberOptions.of(SERVER, entries, LOG::info)))
        .compose(
            server -> {
              opened.push(() -> onContext(context, server.close()));
              QuorateClient client = QuorateClient.over(vertx, server.client(vertx));
              opened.push(client::close);
              return serve(client, services)
                  .onSuccess(registration -> closeWith(server, registration))
                  .mapEmpty();
            });
  }

  private static Object plain(Map.Entry<String, Object> entry) {
    return entry.getValue() instanceof JsonObject object ? object.getMap() : entry.getValue();
  }

  /**
   * Closes the services when the member stops by itself, so that callers use other instances at
   * once.
   */
  private static void closeWith(QuorateServer server, ServicesRegistration registration) {
    server
        .termination()
        .onFailure(
            failure -> {
              LOG.error("the member has stopped; its services are taken off the bus", failure);
              registration.close();
            });
  }

  private static <T> Future<T> onContext(ContextInternal context, Future<T> future) {
    io.vertx.core.Promise<T> promise = context.promise();
    future.onComplete(promise);
    return promise.future();
  }

  private Future<Void> openRemote(JsonObject configuration, QuorateServicesOptions services) {
    ClientConnection connection = connection(object(configuration, CONNECTION));
    opened.push(connection::close);
    return serve(connection.client(), services).mapEmpty();
  }

  private ClientConnection connection(JsonObject options) {
    try {
      return ClientConnection.of(vertx, options);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(CONNECTION + "." + e.getMessage(), e);
    }
  }

  private Future<ServicesRegistration> serve(
      QuorateClient client, QuorateServicesOptions services) {
    return QuorateServicesBinder.bind(client, services)
        .onSuccess(registration -> opened.push(registration::close));
  }

  /** Closes everything, the services first. */
  public Future<Void> close() {
    Supplier<Future<Void>> next = opened.poll();
    if (next == null) {
      return Future.succeededFuture();
    }
    return next.get().transform((v, failure) -> close());
  }
}
