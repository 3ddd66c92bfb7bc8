package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A held lock or a won election. It ends when its key is deleted: when its lease ends or it is
 * released.
 */
@DataObject
@JsonGen(publicConverter = false)
public final class Acquired {
  private String key = "";
  private long fencingToken;
  private long revision;

  public Acquired() {}

  /** A copy. */
  public Acquired(Acquired other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public Acquired(JsonObject json) {
    AcquiredConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    AcquiredConverter.toJson(this, json);
    return json;
  }

  /** The key that represents it in the store. */
  public String getKey() {
    return key;
  }

  public Acquired setKey(String key) {
    this.key = key;
    return this;
  }

  /**
   * The create revision of the key, larger for each later holder. A transaction with it as a
   * condition succeeds only while it is held.
   */
  public long getFencingToken() {
    return fencingToken;
  }

  public Acquired setFencingToken(long fencingToken) {
    this.fencingToken = fencingToken;
    return this;
  }

  /** The store's revision when it was acquired. */
  public long getRevision() {
    return revision;
  }

  public Acquired setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Acquired that && toJson().equals(that.toJson());
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
