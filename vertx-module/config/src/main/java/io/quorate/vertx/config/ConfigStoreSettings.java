package io.quorate.vertx.config;

import io.quorate.vertx.support.JsonFields;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The options of a store.
 *
 * @param connection as {@code ClientConnection} reads it
 * @param content which keys to read, and the format of their values
 * @param required whether {@code get} fails if no key exists
 * @param loadTimeoutMillis how long a {@code get} waits for the first load
 */
record ConfigStoreSettings(
    JsonObject connection, Content content, boolean required, long loadTimeoutMillis) {
  private static final long DEFAULT_LOAD_TIMEOUT_MILLIS = 10_000;
  private static final long MAX_LOAD_TIMEOUT_MILLIS = 3_600_000;

  static ConfigStoreSettings read(JsonObject json) {
    JsonFields fields = new JsonFields(json);
    JsonObject connection = fields.object("connection");
    ConfigStoreSettings settings =
        new ConfigStoreSettings(
            connection == null ? new JsonObject() : connection,
            content(fields),
            fields.flag("required", false),
            fields.number(
                "loadTimeoutMillis", DEFAULT_LOAD_TIMEOUT_MILLIS, 1, MAX_LOAD_TIMEOUT_MILLIS));
    fields.refuseOthers();
    return settings;
  }

  private static Content content(JsonFields fields) {
    String key = fields.text("key");
    String prefix = fields.text("prefix");
    String separator = fields.text("separator");
    @Nullable String values = fields.text("values");
    if ((key == null) == (prefix == null)) {
      throw fields.refused("key", "give it or prefix, one of the two");
    }
    if (key != null) {
      if (separator != null) {
        throw fields.refused("separator", "has a meaning with prefix only");
      }
      return new KeyContent(key, isOne(fields, values, "json", "raw"));
    }
    return new PrefixContent(
        String.valueOf(prefix),
        separator == null ? "/" : separator,
        !isOne(fields, values, "string", "json"));
  }

  /** True for {@code one}, which is the default; false for {@code other}. */
  private static boolean isOne(
      JsonFields fields, @Nullable String value, String one, String other) {
    if (value == null || value.equals(one)) {
      return true;
    }
    if (value.equals(other)) {
      return false;
    }
    throw fields.refused("values", "must be " + one + " or " + other + " here, not " + value);
  }
}
