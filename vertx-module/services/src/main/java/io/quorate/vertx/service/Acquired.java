package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A lock that is held or an election that is won. It is over when the key is gone, which is when
 * its lease ends or it is given back.
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

  /** Fields it does not know are passed over. */
  public Acquired(JsonObject json) {
    AcquiredConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    AcquiredConverter.toJson(this, json);
    return json;
  }

  /** The key that stands for it. */
  public String getKey() {
    return key;
  }

  public Acquired setKey(String key) {
    this.key = key;
    return this;
  }

  /**
   * Larger for each later holder: the create revision of the key. As a condition of a transaction
   * it says that it is still held.
   */
  public long getFencingToken() {
    return fencingToken;
  }

  public Acquired setFencingToken(long fencingToken) {
    this.fencingToken = fencingToken;
    return this;
  }

  /** The revision of the store at which it was seen to be held. */
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
