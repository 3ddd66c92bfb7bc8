package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A put. */
@DataObject
@JsonGen(publicConverter = false)
public final class PutRequest {
  private @Nullable String key;
  private @Nullable String value;
  private @Nullable String leaseId;
  private boolean prevKv;
  private boolean ignoreValue;
  private boolean ignoreLease;
  private @Nullable Encoding encoding;

  public PutRequest() {}

  /** A copy. */
  public PutRequest(PutRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public PutRequest(JsonObject json) {
    StrictJson.read(json, fields -> PutRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    PutRequestConverter.toJson(this, json);
    return json;
  }

  /** The key. */
  public @Nullable String getKey() {
    return key;
  }

  public PutRequest setKey(@Nullable String key) {
    this.key = key;
    return this;
  }

  /** The value. Default: empty. */
  public @Nullable String getValue() {
    return value;
  }

  public PutRequest setValue(@Nullable String value) {
    this.value = value;
    return this;
  }

  /** The lease to attach the key to, in hex. Default: none. */
  public @Nullable String getLeaseId() {
    return leaseId;
  }

  public PutRequest setLeaseId(@Nullable String leaseId) {
    this.leaseId = leaseId;
    return this;
  }

  /** Returns the previous pair. */
  public boolean isPrevKv() {
    return prevKv;
  }

  public PutRequest setPrevKv(boolean prevKv) {
    this.prevKv = prevKv;
    return this;
  }

  /** Keeps the present value; the key must exist. */
  public boolean isIgnoreValue() {
    return ignoreValue;
  }

  public PutRequest setIgnoreValue(boolean ignoreValue) {
    this.ignoreValue = ignoreValue;
    return this;
  }

  /** Keeps the present lease; the key must exist. */
  public boolean isIgnoreLease() {
    return ignoreLease;
  }

  public PutRequest setIgnoreLease(boolean ignoreLease) {
    this.ignoreLease = ignoreLease;
    return this;
  }

  /**
   * The encoding of keys and values in this request and its answer. Default: {@link Encoding#UTF8}.
   * Inside a transaction it must be the transaction's.
   */
  public @Nullable Encoding getEncoding() {
    return encoding;
  }

  public PutRequest setEncoding(@Nullable Encoding encoding) {
    this.encoding = encoding;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PutRequest that && toJson().equals(that.toJson());
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
