package io.quorate.vertx.support;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests strictly. The generated converters ignore unknown fields and fields of the wrong
 * type; a limit given as text would then be no limit at all.
 */
public final class StrictJson {
  private StrictJson() {}

  /**
   * @param converter sets the known fields
   * @param written returns the fields that were set
   * @throws IllegalArgumentException naming the first field that was not set
   */
  public static void read(
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
        throw unknown(field, e); // from a converter; its message contains the name of a class
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
      return taken instanceof JsonObject; // the object's own constructor has checked its fields
    }
    if (given instanceof JsonArray list) {
      return taken instanceof JsonArray kept && kept.size() == list.size();
    }
    return new JsonObject().put("v", given).equals(new JsonObject().put("v", taken));
  }
}
