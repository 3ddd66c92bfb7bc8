package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The revision up to which history is removed. */
@DataObject
@JsonGen(publicConverter = false)
public final class CompactRequest {
  private long revision;
  private boolean physical;

  public CompactRequest() {}

  /** A copy. */
  public CompactRequest(CompactRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public CompactRequest(JsonObject json) {
    StrictJson.read(json, fields -> CompactRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    CompactRequestConverter.toJson(this, json);
    return json;
  }

  /** History before this revision is removed. */
  public long getRevision() {
    return revision;
  }

  public CompactRequest setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  /** Completes only after the asked member has removed the data from its store. */
  public boolean isPhysical() {
    return physical;
  }

  public CompactRequest setPhysical(boolean physical) {
    this.physical = physical;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CompactRequest that && toJson().equals(that.toJson());
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
