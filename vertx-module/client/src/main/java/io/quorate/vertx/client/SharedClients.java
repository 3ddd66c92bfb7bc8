package io.quorate.vertx.client;

import io.vertx.core.Vertx;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.TreeSet;

/**
 * Clients that an application lends by name to what is configured by JSON, such as a configuration
 * store. They belong to one Vert.x and stay the application's to close. Any thread.
 */
public final class SharedClients {
  private static final String MAP = "io.quorate.clients";

  private record Shared(QuorateClient client) implements Shareable {}

  private SharedClients() {}

  private static LocalMap<String, Shared> map(Vertx vertx) {
    return vertx.sharedData().getLocalMap(MAP);
  }

  /**
   * Lends {@code client} within its Vert.x.
   *
   * @throws IllegalStateException if the name is taken by another client
   */
  public static void share(String name, QuorateClient client) {
    Shared taken = map(client.vertx()).putIfAbsent(name, new Shared(client));
    if (taken != null && taken.client() != client) {
      throw new IllegalStateException("another client is shared as '" + name + "' already");
    }
  }

  /** Takes {@code client} back; who has found it keeps it. */
  public static void withdraw(String name, QuorateClient client) {
    map(client.vertx()).removeIfPresent(name, new Shared(client));
  }

  /**
   * @throws IllegalArgumentException if there is none of that name
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
