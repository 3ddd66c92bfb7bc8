package io.quorate.vertx.support;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads options from JSON. An unknown option, a null and a value of the wrong type are refused with
 * an {@link IllegalArgumentException} whose message begins with the option's name. Not thread-safe.
 */
public final class JsonFields {
  private final String path;
  private final JsonObject json;
  private final Set<String> known = new TreeSet<>();

  public JsonFields(JsonObject json) {
    this("", json);
  }

  private JsonFields(String path, JsonObject json) {
    this.path = path;
    this.json = json;
  }

  /** An exception that refuses the value of {@code name}. */
  public IllegalArgumentException refused(String name, String reason) {
    return new IllegalArgumentException(path + name + ": " + reason);
  }

  private @Nullable Object value(String name) {
    known.add(name);
    if (!json.containsKey(name)) {
      return null;
    }
    Object value = json.getValue(name);
    if (value == null) {
      throw refused(name, "must have a value");
    }
    return value;
  }

  public boolean has(String name) {
    return value(name) != null;
  }

  /** A text that is not empty; null if the option is missing. */
  public @Nullable String text(String name) {
    Object value = value(name);
    return value == null ? null : text(name, value);
  }

  private String text(String name, Object value) {
    if (value instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw refused(name, "must be text that is not empty, not " + value);
  }

  public String text(String name, String otherwise) {
    String text = text(name);
    return text == null ? otherwise : text;
  }

  public boolean flag(String name, boolean otherwise) {
    Object value = value(name);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw refused(name, "must be true or false, not " + value);
  }

  /** A whole number from {@code min} to {@code max}. */
  public long number(String name, long otherwise, long min, long max) {
    Object value = value(name);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Long || value instanceof Integer || value instanceof Short) {
      long number = ((Number) value).longValue();
      if (number >= min && number <= max) {
        return number;
      }
    }
    throw refused(name, "must be a whole number from " + min + " to " + max + ", not " + value);
  }

  /**
   * A list of texts that are not empty; {@code otherwise} if the option is missing. The list itself
   * may be empty.
   */
  public List<String> texts(String name, List<String> otherwise) {
    Object value = value(name);
    if (value == null) {
      return otherwise;
    }
    if (!(value instanceof JsonArray array)) {
      throw refused(name, "must be a list of texts, not " + value);
    }
    List<String> texts = new ArrayList<>();
    for (Object item : array) {
      texts.add(text(name, item));
    }
    return texts;
  }

  /** Null if the option is missing. */
  public @Nullable JsonObject object(String name) {
    Object value = value(name);
    if (value == null || value instanceof JsonObject) {
      return (JsonObject) value;
    }
    throw refused(name, "must be an object, not " + value);
  }

  /**
   * The options of a nested object, empty if it is missing. Messages of refusals contain the path.
   */
  public JsonFields fields(String name) {
    JsonObject object = object(name);
    return new JsonFields(path + name + ".", object == null ? new JsonObject() : object);
  }

  /** Refuses options that were never read. To be called after all known options have been read. */
  public void refuseOthers() {
    for (String name : new TreeSet<>(json.fieldNames())) {
      if (!known.contains(name)) {
        throw refused(name, "there is no such option; known are " + known);
      }
    }
  }
}
