package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** One version of a key. */
@DataObject
@JsonGen(publicConverter = false)
public final class KeyValue {
  private String key = "";
  private String value = "";
  private long createRevision;
  private long modRevision;
  private long version;
  private @Nullable String leaseId;

  public KeyValue() {}

  /** A copy. */
  public KeyValue(KeyValue other) {
    this(other.toJson());
  }

  /** Fields it does not know are passed over. */
  public KeyValue(JsonObject json) {
    KeyValueConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    KeyValueConverter.toJson(this, json);
    return json;
  }

  /** The key. */
  public String getKey() {
    return key;
  }

  public KeyValue setKey(String key) {
    this.key = key;
    return this;
  }

  /** The value; empty if only keys were asked for. */
  public String getValue() {
    return value;
  }

  public KeyValue setValue(String value) {
    this.value = value;
    return this;
  }

  /** The revision of the put that began the current life of the key; 0 in a delete. */
  public long getCreateRevision() {
    return createRevision;
  }

  public KeyValue setCreateRevision(long createRevision) {
    this.createRevision = createRevision;
    return this;
  }

  /** The revision of this change. */
  public long getModRevision() {
    return modRevision;
  }

  public KeyValue setModRevision(long modRevision) {
    this.modRevision = modRevision;
    return this;
  }

  /** 1 on creation, one more with each put, 0 in a delete. */
  public long getVersion() {
    return version;
  }

  public KeyValue setVersion(long version) {
    this.version = version;
    return this;
  }

  /** The lease it hangs on, in hex; null for none. */
  public @Nullable String getLeaseId() {
    return leaseId;
  }

  public KeyValue setLeaseId(@Nullable String leaseId) {
    this.leaseId = leaseId;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KeyValue that && toJson().equals(that.toJson());
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
