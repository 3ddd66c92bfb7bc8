package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The remaining time of a lease. */
@DataObject
@JsonGen(publicConverter = false)
public final class LeaseTime {
  private String leaseId = "";
  private long ttlSeconds;
  private long grantedTtlSeconds;
  private List<String> keys = List.of();
  private long revision;

  public LeaseTime() {}

  /** A copy. */
  public LeaseTime(LeaseTime other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public LeaseTime(JsonObject json) {
    LeaseTimeConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    LeaseTimeConverter.toJson(this, json);
    return json;
  }

  /** In hex. */
  public String getLeaseId() {
    return leaseId;
  }

  public LeaseTime setLeaseId(String leaseId) {
    this.leaseId = leaseId;
    return this;
  }

  /** The remaining time. */
  public long getTtlSeconds() {
    return ttlSeconds;
  }

  public LeaseTime setTtlSeconds(long ttlSeconds) {
    this.ttlSeconds = ttlSeconds;
    return this;
  }

  /** The granted time. */
  public long getGrantedTtlSeconds() {
    return grantedTtlSeconds;
  }

  public LeaseTime setGrantedTtlSeconds(long grantedTtlSeconds) {
    this.grantedTtlSeconds = grantedTtlSeconds;
    return this;
  }

  /** The keys attached to it, if requested. */
  public List<String> getKeys() {
    return keys;
  }

  public LeaseTime setKeys(List<String> keys) {
    this.keys = List.copyOf(keys);
    return this;
  }

  /** The revision of the store. */
  public long getRevision() {
    return revision;
  }

  public LeaseTime setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LeaseTime that && toJson().equals(that.toJson());
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
