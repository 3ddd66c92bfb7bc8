package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A new value of the leader. */
@DataObject
@JsonGen(publicConverter = false)
public final class ProclaimRequest {
  private @Nullable String key;
  private long fencingToken;
  private @Nullable String value;
  private @Nullable Encoding encoding;

  public ProclaimRequest() {}

  /** A copy. */
  public ProclaimRequest(ProclaimRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public ProclaimRequest(JsonObject json) {
    StrictJson.read(json, fields -> ProclaimRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    ProclaimRequestConverter.toJson(this, json);
    return json;
  }

  /** The leader's key, from {@link Acquired}. */
  public @Nullable String getKey() {
    return key;
  }

  public ProclaimRequest setKey(@Nullable String key) {
    this.key = key;
    return this;
  }

  /** The leader's fencing token, from {@link Acquired}. */
  public long getFencingToken() {
    return fencingToken;
  }

  public ProclaimRequest setFencingToken(long fencingToken) {
    this.fencingToken = fencingToken;
    return this;
  }

  /** The new value, which others can read. Default: empty. */
  public @Nullable String getValue() {
    return value;
  }

  public ProclaimRequest setValue(@Nullable String value) {
    this.value = value;
    return this;
  }

  /**
   * The encoding of keys and values in this request and its answer. Default: {@link Encoding#UTF8}.
   */
  public @Nullable Encoding getEncoding() {
    return encoding;
  }

  public ProclaimRequest setEncoding(@Nullable Encoding encoding) {
    this.encoding = encoding;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ProclaimRequest that && toJson().equals(that.toJson());
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
