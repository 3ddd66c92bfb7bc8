package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What to delete. */
@DataObject
@JsonGen(publicConverter = false)
public final class DeleteRequest {
  private @Nullable String key;
  private @Nullable String rangeEnd;
  private @Nullable String prefix;
  private boolean prevKv;
  private @Nullable Encoding encoding;

  public DeleteRequest() {}

  /** A copy. */
  public DeleteRequest(DeleteRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public DeleteRequest(JsonObject json) {
    StrictJson.read(json, fields -> DeleteRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    DeleteRequestConverter.toJson(this, json);
    return json;
  }

  /**
   * The key, or the first key of the range if there is a range end. Set either this or the prefix.
   */
  public @Nullable String getKey() {
    return key;
  }

  public DeleteRequest setKey(@Nullable String key) {
    this.key = key;
    return this;
  }

  /** The end of the range, exclusive; one zero byte for no upper bound. */
  public @Nullable String getRangeEnd() {
    return rangeEnd;
  }

  public DeleteRequest setRangeEnd(@Nullable String rangeEnd) {
    this.rangeEnd = rangeEnd;
    return this;
  }

  /** All keys with this prefix; the empty prefix matches every key. */
  public @Nullable String getPrefix() {
    return prefix;
  }

  public DeleteRequest setPrefix(@Nullable String prefix) {
    this.prefix = prefix;
    return this;
  }

  /** Returns the deleted pairs. */
  public boolean isPrevKv() {
    return prevKv;
  }

  public DeleteRequest setPrevKv(boolean prevKv) {
    this.prevKv = prevKv;
    return this;
  }

  /**
   * The encoding of keys and values in this request and its answer. Default: {@link Encoding#UTF8}.
   * Inside a transaction it must be the transaction's.
   */
  public @Nullable Encoding getEncoding() {
    return encoding;
  }

  public DeleteRequest setEncoding(@Nullable Encoding encoding) {
    this.encoding = encoding;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DeleteRequest that && toJson().equals(that.toJson());
  }

  @Override
  public int hashCode() {
    return toJson().hashCode();
  }

  @Override
  public String toString() {
    return toJson().encode();
  }
}
