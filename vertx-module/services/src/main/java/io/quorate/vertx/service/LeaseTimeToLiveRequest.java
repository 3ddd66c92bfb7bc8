package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The lease to read. */
@DataObject
@JsonGen(publicConverter = false)
public final class LeaseTimeToLiveRequest {
  private @Nullable String leaseId;
  private boolean keys;
  private @Nullable Encoding encoding;

  public LeaseTimeToLiveRequest() {}

  /** A copy. */
  public LeaseTimeToLiveRequest(LeaseTimeToLiveRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public LeaseTimeToLiveRequest(JsonObject json) {
    StrictJson.read(
        json, fields -> LeaseTimeToLiveRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    LeaseTimeToLiveRequestConverter.toJson(this, json);
    return json;
  }

  /** In hex. */
  public @Nullable String getLeaseId() {
    return leaseId;
  }

  public LeaseTimeToLiveRequest setLeaseId(@Nullable String leaseId) {
    this.leaseId = leaseId;
    return this;
  }

  /** Returns the keys attached to it. */
  public boolean isKeys() {
    return keys;
  }

  public LeaseTimeToLiveRequest setKeys(boolean keys) {
    this.keys = keys;
    return this;
  }

  /**
   * The encoding of keys and values in this request and its answer. Default: {@link Encoding#UTF8}.
   */
  public @Nullable Encoding getEncoding() {
    return encoding;
  }

  public LeaseTimeToLiveRequest setEncoding(@Nullable Encoding encoding) {
    this.encoding = encoding;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LeaseTimeToLiveRequest that && toJson().equals(that.toJson());
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
