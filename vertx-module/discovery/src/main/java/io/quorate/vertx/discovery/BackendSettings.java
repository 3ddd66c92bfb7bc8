package io.quorate.vertx.discovery;

import io.quorate.vertx.support.JsonFields;
import io.vertx.core.json.JsonObject;

/**
 * The options of the backend.
 *
 * @param connection as {@code ClientConnection} reads it
 * @param prefix of all keys; the registration id follows
 * @param ephemeral whether records are removed when their publisher ends
 * @param ttlSeconds after this time records are removed if the publisher ends without closing its
 *     session
 */
record BackendSettings(JsonObject connection, String prefix, boolean ephemeral, long ttlSeconds) {
  private static final String DEFAULT_PREFIX = "vertx/services/";
  private static final long DEFAULT_TTL_SECONDS = 10;
  private static final long MAX_TTL_SECONDS = 86_400;

  static BackendSettings read(JsonObject json) {
    JsonFields fields = new JsonFields(json);
    fields.text("backend-name");
    JsonObject connection = fields.object("connection");
    BackendSettings settings =
        new BackendSettings(
            connection == null ? new JsonObject() : connection,
            fields.text("prefix", DEFAULT_PREFIX),
            fields.flag("ephemeral", true),
            fields.number("ttlSeconds", DEFAULT_TTL_SECONDS, 1, MAX_TTL_SECONDS));
    if (!settings.ephemeral && fields.has("ttlSeconds")) {
      throw fields.refused("ttlSeconds", "has a meaning for ephemeral records only");
    }
    fields.refuseOthers();
    return settings;
  }

  String key(String registration) {
    return prefix + registration;
  }
}
