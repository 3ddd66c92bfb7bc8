package io.quorate.vertx.config;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.vertx.core.buffer.Buffer;
import java.util.Collection;

/** Which keys form the configuration, and in which format. Pure functions, any thread. */
sealed interface Content permits KeyContent, PrefixContent {

  KeyRange range();

  /** What is missing if no key exists, for the message. */
  String describe();

  /** The content if no key exists. */
  Buffer absent();

  /**
   * The content of the keys.
   *
   * @param pairs at least one
   * @throws ContentException naming the key that cannot be part of a configuration
   */
  Buffer of(Collection<KeyValue> pairs);

  /** A value, unchanged. */
  static Buffer buffer(Bytes value) {
    return Buffer.buffer(value.array());
  }
}
