package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A new lease. It expires unless it is kept alive. */
@DataObject
@JsonGen(publicConverter = false)
public final class LeaseGranted {
  private String leaseId = "";
  private long ttlSeconds;
  private long revision;

  public LeaseGranted() {}

  /** A copy. */
  public LeaseGranted(LeaseGranted other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public LeaseGranted(JsonObject json) {
    LeaseGrantedConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    LeaseGrantedConverter.toJson(this, json);
    return json;
  }

  /** In hex. */
  public String getLeaseId() {
    return leaseId;
  }

  public LeaseGranted setLeaseId(String leaseId) {
    this.leaseId = leaseId;
    return this;
  }

  /** The granted time to live. */
  public long getTtlSeconds() {
    return ttlSeconds;
  }

  public LeaseGranted setTtlSeconds(long ttlSeconds) {
    this.ttlSeconds = ttlSeconds;
    return this;
  }

  /** The revision of the store. */
  public long getRevision() {
    return revision;
  }

  public LeaseGranted setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LeaseGranted that && toJson().equals(that.toJson());
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
