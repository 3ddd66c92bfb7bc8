package io.quorate.vertx.config;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.vertx.core.buffer.Buffer;
import java.util.Collection;

/** Which keys are a configuration, and how. Pure functions, any thread. */
sealed interface Content permits KeyContent, PrefixContent {

  KeyRange range();

  /** For people: what it is that is not there, if no key is. */
  String describe();

  /** The content of a store none of whose keys is there. */
  Buffer absent();

  /**
   * @param pairs at least one
   * @throws ContentException naming the key that cannot be part of a configuration
   */
  Buffer of(Collection<KeyValue> pairs);

  /** A value as it is. */
  static Buffer buffer(Bytes value) {
    return Buffer.buffer(value.array());
  }
}
