package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The result of a put. */
@DataObject
@JsonGen(publicConverter = false)
public final class PutResult {
  private long revision;
  private @Nullable KeyValuePair prevKv;

  public PutResult() {}

  /** A copy. */
  public PutResult(PutResult other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public PutResult(JsonObject json) {
    PutResultConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    PutResultConverter.toJson(this, json);
    return json;
  }

  /** The revision of the change. */
  public long getRevision() {
    return revision;
  }

  public PutResult setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  /** The previous pair, if it was requested and existed. */
  public @Nullable KeyValuePair getPrevKv() {
    return prevKv;
  }

  public PutResult setPrevKv(@Nullable KeyValuePair prevKv) {
    this.prevKv = prevKv;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PutResult that && toJson().equals(that.toJson());
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
