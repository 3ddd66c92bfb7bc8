package io.quorate.vertx.client;

import io.vertx.core.Vertx;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.TreeSet;

/**
 * Clients that an application shares by name with components that are configured by JSON, such as a
 * configuration store. A name is valid within one Vert.x. The application closes the clients. Any
 * thread.
 */
public final class SharedClients {
  private static final String MAP = "io.quorate.clients";

  private record Shared(QuorateClient client) implements Shareable {}

  private SharedClients() {}

  private static LocalMap<String, Shared> map(Vertx vertx) {
    return vertx.sharedData().getLocalMap(MAP);
  }

  /**
   * Shares {@code client} within its Vert.x.
   *
   * @throws IllegalStateException if another client is shared under that name
   */
  public static void share(String name, QuorateClient client) {
    Shared taken = map(client.vertx()).putIfAbsent(name, new Shared(client));
    if (taken != null && taken.client() != client) {
      throw new IllegalStateException("another client is shared as '" + name + "' already");
    }
  }

  /** Stops sharing {@code client}. Components that have found it keep using it. */
  public static void withdraw(String name, QuorateClient client) {
    map(client.vertx()).removeIfPresent(name, new Shared(client));
  }

  /**
   * @throws IllegalArgumentException if no client is shared under that name
   */
  public static QuorateClient find(Vertx vertx, String name) {
    Shared shared = map(vertx).get(name);
    if (shared == null) {
      throw new IllegalArgumentException(
          "no client is shared as '"
              + name
              + "' in this Vert.x; shared are "
              + new TreeSet<>(map(vertx).keySet()));
    }
    return shared.client();
  }
}
