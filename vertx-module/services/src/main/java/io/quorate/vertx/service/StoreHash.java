package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A hash of a member's key-value data; equal on all members for the same revision. */
@DataObject
@JsonGen(publicConverter = false)
public final class StoreHash {
  private long hash;
  private long hashRevision;
  private long compactRevision;
  private long revision;

  public StoreHash() {}

  /** A copy. */
  public StoreHash(StoreHash other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public StoreHash(JsonObject json) {
    StoreHashConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    StoreHashConverter.toJson(this, json);
    return json;
  }

  /** 32 bits, unsigned. */
  public long getHash() {
    return hash;
  }

  public StoreHash setHash(long hash) {
    this.hash = hash;
    return this;
  }

  /** The last revision that is included. */
  public long getHashRevision() {
    return hashRevision;
  }

  public StoreHash setHashRevision(long hashRevision) {
    this.hashRevision = hashRevision;
    return this;
  }

  /** The revision of the last compaction. */
  public long getCompactRevision() {
    return compactRevision;
  }

  public StoreHash setCompactRevision(long compactRevision) {
    this.compactRevision = compactRevision;
    return this;
  }

  /** The revision of the store. */
  public long getRevision() {
    return revision;
  }

  public StoreHash setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StoreHash that && toJson().equals(that.toJson());
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
