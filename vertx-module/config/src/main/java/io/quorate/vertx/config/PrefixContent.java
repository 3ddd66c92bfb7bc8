package io.quorate.vertx.config;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The configuration is built from all keys below a prefix: the parts of a key between separators
 * are the names of nested objects.
 *
 * @param prefix ends with the separator
 * @param json whether values are JSON; otherwise they are text
 */
record PrefixContent(String prefix, String separator, boolean json) implements Content {

  PrefixContent {
    prefix = prefix.endsWith(separator) ? prefix : prefix + separator;
  }

  @Override
  public KeyRange range() {
    return KeyRange.prefix(Bytes.utf8(prefix));
  }

  @Override
  public String describe() {
    return "no key begins with '" + prefix + "'";
  }

  @Override
  public Buffer absent() {
    return new JsonObject().toBuffer();
  }

  @Override
  public Buffer of(Collection<KeyValue> pairs) {
    JsonObject whole = new JsonObject();
    for (KeyValue pair : pairs) {
      put(whole, pair);
    }
    return whole.toBuffer();
  }

  private void put(JsonObject whole, KeyValue pair) {
    String path = text(pair, pair.key()).substring(prefix.length());
    List<String> names = List.of(path.split(Pattern.quote(separator), -1));
    if (names.contains("")) {
      throw new ContentException(pair, "a name between separators is empty");
    }
    JsonObject at = whole;
    for (String name : names.subList(0, names.size() - 1)) {
      Object below = at.getValue(name);
      if (below == null && !at.containsKey(name)) {
        below = new Branch();
        at.put(name, below);
      }
      if (!(below instanceof Branch branch)) {
        throw conflict(pair);
      }
      at = branch;
    }
    String last = names.get(names.size() - 1);
    if (at.containsKey(last)) {
      throw conflict(pair);
    }
    at.put(last, value(pair));
  }

  /** An object built from keys, as opposed to an object that is the value of a key. */
  private static final class Branch extends JsonObject {}

  private static ContentException conflict(KeyValue pair) {
    return new ContentException(
        pair, "another key says that there is a value, and one of them that there are names below");
  }

  private @Nullable Object value(KeyValue pair) {
    if (!json) {
      return text(pair, pair.value());
    }
    try {
      return Json.decodeValue(Content.buffer(pair.value()));
    } catch (DecodeException e) {
      throw new ContentException(pair, "not JSON", e);
    }
  }

  private static String text(KeyValue pair, Bytes bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.array())).toString();
    } catch (CharacterCodingException e) {
      throw new ContentException(pair, "not text in UTF-8");
    }
  }
}
