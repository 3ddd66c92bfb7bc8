package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A lock to acquire, and the lease that it depends on. */
@DataObject
@JsonGen(publicConverter = false)
public final class LockRequest {
  private @Nullable String name;
  private @Nullable String leaseId;
  private long waitMillis;

  public LockRequest() {}

  /** A copy. */
  public LockRequest(LockRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public LockRequest(JsonObject json) {
    StrictJson.read(json, fields -> LockRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    LockRequestConverter.toJson(this, json);
    return json;
  }

  /** The lock's name, common to all its users; not empty. */
  public @Nullable String getName() {
    return name;
  }

  public LockRequest setName(@Nullable String name) {
    this.name = name;
    return this;
  }

  /** The lease in hex; when it ends, the lock is released. The caller keeps it alive. */
  public @Nullable String getLeaseId() {
    return leaseId;
  }

  public LockRequest setLeaseId(@Nullable String leaseId) {
    this.leaseId = leaseId;
    return this;
  }

  /** How long to wait; 0 to fail unless the lock is free at once. */
  public long getWaitMillis() {
    return waitMillis;
  }

  public LockRequest setWaitMillis(long waitMillis) {
    this.waitMillis = waitMillis;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LockRequest that && toJson().equals(that.toJson());
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
