package io.quorate.vertx.config;

import io.quorate.vertx.client.remote.ClientConnection;
import io.vertx.config.spi.ConfigStore;
import io.vertx.config.spi.ConfigStoreFactory;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/**
 * Makes stores of type {@value #TYPE}. {@code vertx-config} finds it on the class path; it has no
 * effect on configurations without that type.
 */
public final class QuorateConfigStoreFactory implements ConfigStoreFactory {
  /** The type for {@code ConfigStoreOptions.setType}. */
  public static final String TYPE = "quorate";

  @Override
  public String name() {
    return TYPE;
  }

  /**
   * @throws IllegalArgumentException naming an option that is unknown or invalid
   */
  @Override
  public ConfigStore create(Vertx vertx, JsonObject configuration) {
    ConfigStoreSettings settings = ConfigStoreSettings.read(configuration);
    return new QuorateConfigStore(ClientConnection.of(vertx, settings.connection()), settings);
  }
}
