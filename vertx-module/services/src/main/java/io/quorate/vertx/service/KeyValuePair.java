package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** One version of a key. */
@DataObject
@JsonGen(publicConverter = false)
public final class KeyValuePair {
  private String key = "";
  private String value = "";
  private long createRevision;
  private long modRevision;
  private long version;
  private @Nullable String leaseId;

  public KeyValuePair() {}

  /** A copy. */
  public KeyValuePair(KeyValuePair other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public KeyValuePair(JsonObject json) {
    KeyValuePairConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    KeyValuePairConverter.toJson(this, json);
    return json;
  }

  /** The key. */
  public String getKey() {
    return key;
  }

  public KeyValuePair setKey(String key) {
    this.key = key;
    return this;
  }

  /** The value; empty if only keys were requested. */
  public String getValue() {
    return value;
  }

  public KeyValuePair setValue(String value) {
    this.value = value;
    return this;
  }

  /** The revision of the put that created the key; 0 in a delete. */
  public long getCreateRevision() {
    return createRevision;
  }

  public KeyValuePair setCreateRevision(long createRevision) {
    this.createRevision = createRevision;
    return this;
  }

  /** The revision of this change. */
  public long getModRevision() {
    return modRevision;
  }

  public KeyValuePair setModRevision(long modRevision) {
    this.modRevision = modRevision;
    return this;
  }

  /** 1 when created, increased by one with each put, 0 in a delete. */
  public long getVersion() {
    return version;
  }

  public KeyValuePair setVersion(long version) {
    this.version = version;
    return this;
  }

  /** The lease it is attached to, in hex; null for none. */
  public @Nullable String getLeaseId() {
    return leaseId;
  }

  public KeyValuePair setLeaseId(@Nullable String leaseId) {
    this.leaseId = leaseId;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KeyValuePair that && toJson().equals(that.toJson());
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
