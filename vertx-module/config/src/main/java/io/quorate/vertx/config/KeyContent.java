package io.quorate.vertx.config;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Collection;

/**
 * The configuration is the value of one key.
 *
 * @param json whether the value must be a JSON object; otherwise it is passed on unchanged, for
 *     another format of {@code vertx-config}
 */
record KeyContent(String key, boolean json) implements Content {

  @Override
  public KeyRange range() {
    return KeyRange.single(Bytes.utf8(key));
  }

  @Override
  public String describe() {
    return "key '" + key + "' is not there";
  }

  @Override
  public Buffer absent() {
    return json ? new JsonObject().toBuffer() : Buffer.buffer();
  }

  @Override
  public Buffer of(Collection<KeyValue> pairs) {
    KeyValue pair = pairs.iterator().next();
    Buffer value = Content.buffer(pair.value());
    if (json) {
      try {
        JsonObject unused = new JsonObject(value);
      } catch (DecodeException | ClassCastException e) {
        throw new ContentException(
            pair, "not a JSON object, as it has to be unless values are raw", e);
      }
    }
    return value;
  }
}
