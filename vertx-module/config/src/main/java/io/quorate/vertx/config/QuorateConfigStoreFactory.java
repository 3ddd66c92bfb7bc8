package io.quorate.vertx.config;

import io.quorate.vertx.client.remote.ClientConnection;
import io.vertx.config.spi.ConfigStore;
import io.vertx.config.spi.ConfigStoreFactory;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/**
 * Makes the stores of type {@value #TYPE}. Known to {@code vertx-config} by being on the class
 * path, and used by no one who does not ask for that type.
 */
public final class QuorateConfigStoreFactory implements ConfigStoreFactory {
  /** For {@code ConfigStoreOptions.setType}. */
  public static final String TYPE = "quorate";

  @Override
  public String name() {
    return TYPE;
  }

  /**
   * @throws IllegalArgumentException naming what is unknown or cannot be right
   */
  @Override
  public ConfigStore create(Vertx vertx, JsonObject configuration) {
    Settings settings = Settings.read(configuration);
    return new QuorateConfigStore(ClientConnection.of(vertx, settings.connection()), settings);
  }
}
