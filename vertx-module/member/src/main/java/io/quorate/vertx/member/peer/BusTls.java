package io.quorate.vertx.member.peer;

import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.ServerSSLOptions;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * TLS of an event bus. Vert.x copies the bus's options by way of JSON, so they may only have
 * certificates and authorities in PEM, the same ones in both directions. Anything else, and
 * certificates that have changed, are given to the server and the client of the bus. Vert.x has no
 * public access to the client; only this class depends on where it is.
 */
final class BusTls {
  private static final int HANDSHAKE_MILLIS = 5_000;

  private BusTls() {}

  /**
   * Makes the bus check certificates, which Vert.x does not by default. If the options cannot
   * express {@code tls}, the bus can connect with nobody until {@link #use} is called.
   */
  static void begin(EventBusOptions bus, TlsMaterial tls) {
    if (tls.certificate() == null) {
      throw new IllegalArgumentException("peers need a certificate");
    }
    TlsMaterial first = tls.isPemOnly() ? tls : tls.ofNobody();
    first
        .turnOn(bus)
        .setTrustAll(false)
        .setClientAuth(ClientAuth.REQUIRED)
        .setSslHandshakeTimeout(HANDSHAKE_MILLIS)
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
  }

  /**
   * Uses {@code tls} for new connections in both directions.
   *
   * @throws IllegalStateException if this version of Vert.x keeps the bus's client elsewhere
   */
  static Future<Void> use(Vertx vertx, TlsMaterial tls) {
    List<Future<?>> updates = new ArrayList<>();
    for (NetServer server : ((VertxInternal) vertx).sharedTcpServers().values()) {
      ServerSSLOptions options = tls.server();
      options
          .setSslHandshakeTimeout(HANDSHAKE_MILLIS)
          .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
      updates.add(server.updateSSLOptions(options));
    }
    ClientSSLOptions options = tls.peerClient();
    options
        .setSslHandshakeTimeout(HANDSHAKE_MILLIS)
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    updates.add(clientOf(vertx.eventBus()).updateSSLOptions(options));
    return Future.join(updates).mapEmpty();
  }

  private static NetClient clientOf(EventBus bus) {
    for (Field field : bus.getClass().getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers())
          && NetClient.class.isAssignableFrom(field.getType())) {
        try {
          field.setAccessible(true);
          if (field.get(bus) instanceof NetClient client) {
            return client;
          }
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException("cannot reach the client of the event bus", e);
        }
      }
    }
    throw new IllegalStateException("this version of Vert.x keeps no client in its event bus");
  }
}
