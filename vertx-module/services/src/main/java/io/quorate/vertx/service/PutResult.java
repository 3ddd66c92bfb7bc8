package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What came of a put. */
@DataObject
@JsonGen(publicConverter = false)
public final class PutResult {
  private long revision;
  private @Nullable KeyValue prevKv;

  public PutResult() {}

  /** A copy. */
  public PutResult(PutResult other) {
    this(other.toJson());
  }

  /** Fields it does not know are passed over. */
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

  /** The pair before, if asked for and there was one. */
  public @Nullable KeyValue getPrevKv() {
    return prevKv;
  }

  public PutResult setPrevKv(@Nullable KeyValue prevKv) {
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
