package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a lease has left. */
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

  /** Fields it does not know are passed over. */
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

  /** What remains. */
  public long getTtlSeconds() {
    return ttlSeconds;
  }

  public LeaseTime setTtlSeconds(long ttlSeconds) {
    this.ttlSeconds = ttlSeconds;
    return this;
  }

  /** As granted. */
  public long getGrantedTtlSeconds() {
    return grantedTtlSeconds;
  }

  public LeaseTime setGrantedTtlSeconds(long grantedTtlSeconds) {
    this.grantedTtlSeconds = grantedTtlSeconds;
    return this;
  }

  /** The keys that hang on it, if asked for. */
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
