package io.quorate.vertx.service;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests. The generated converters pass over what they do not know and what has the wrong
 * type; a limit that is written as text would be no limit at all.
 */
final class StrictJson {
  private StrictJson() {}

  /**
   * @param converter takes some of the fields over
   * @param written what has been taken over
   * @throws IllegalArgumentException naming the first field that was not
   */
  static void read(
      JsonObject json,
      Consumer<Iterable<Map.Entry<String, Object>>> converter,
      Supplier<JsonObject> written) {
    for (Map.Entry<String, Object> field : json) {
      if (field.getValue() != null) {
        read(field, converter);
      }
    }
    JsonObject taken = written.get();
    for (Map.Entry<String, Object> field : json) {
      Object given = field.getValue();
      if (given != null && !isTaken(given, taken.getValue(field.getKey()))) {
        throw unknown(field, null);
      }
    }
  }

  private static void read(
      Map.Entry<String, Object> field, Consumer<Iterable<Map.Entry<String, Object>>> converter) {
    try {
      converter.accept(List.of(field));
    } catch (ClassCastException e) {
      throw unknown(field, e);
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      if (message.startsWith("No enum constant")) {
        throw unknown(field, e); // by a converter, and says the name of a class
      }
      throw new IllegalArgumentException(field.getKey() + ": " + message, e);
    }
  }

  private static IllegalArgumentException unknown(
      Map.Entry<String, Object> field, @Nullable Exception cause) {
    return new IllegalArgumentException(
        field.getKey() + ": is not known or has the wrong type: " + field.getValue(), cause);
  }

  private static boolean isTaken(Object given, @Nullable Object taken) {
    if (given instanceof JsonObject) {
      return taken instanceof JsonObject; // its own constructor has looked at the fields
    }
    if (given instanceof JsonArray list) {
      return taken instanceof JsonArray kept && kept.size() == list.size();
    }
    return new JsonObject().put("v", given).equals(new JsonObject().put("v", taken));
  }
}
