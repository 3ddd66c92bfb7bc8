package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A lease to grant, with an id that the caller may choose. */
@DataObject
@JsonGen(publicConverter = false)
public final class LeaseGrantRequest {
  private @Nullable String leaseId;
  private long ttlSeconds;

  public LeaseGrantRequest() {}

  /** A copy. */
  public LeaseGrantRequest(LeaseGrantRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public LeaseGrantRequest(JsonObject json) {
    StrictJson.read(
        json, fields -> LeaseGrantRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    LeaseGrantRequestConverter.toJson(this, json);
    return json;
  }

  /** The id in hex. By default the store chooses one. */
  public @Nullable String getLeaseId() {
    return leaseId;
  }

  public LeaseGrantRequest setLeaseId(@Nullable String leaseId) {
    this.leaseId = leaseId;
    return this;
  }

  /** At least 1; raised to the store's minimum. */
  public long getTtlSeconds() {
    return ttlSeconds;
  }

  public LeaseGrantRequest setTtlSeconds(long ttlSeconds) {
    this.ttlSeconds = ttlSeconds;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LeaseGrantRequest that && toJson().equals(that.toJson());
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
