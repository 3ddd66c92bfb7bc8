package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The result of a delete. */
@DataObject
@JsonGen(publicConverter = false)
public final class DeleteResult {
  private long revision;
  private long deleted;
  private List<KeyValuePair> prevKvs = List.of();

  public DeleteResult() {}

  /** A copy. */
  public DeleteResult(DeleteResult other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public DeleteResult(JsonObject json) {
    DeleteResultConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    DeleteResultConverter.toJson(this, json);
    return json;
  }

  /** The revision of the change, or of the store if nothing was deleted. */
  public long getRevision() {
    return revision;
  }

  public DeleteResult setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  /** How many keys were deleted. */
  public long getDeleted() {
    return deleted;
  }

  public DeleteResult setDeleted(long deleted) {
    this.deleted = deleted;
    return this;
  }

  /** The deleted pairs, if requested. */
  public List<KeyValuePair> getPrevKvs() {
    return prevKvs;
  }

  public DeleteResult setPrevKvs(List<KeyValuePair> prevKvs) {
    this.prevKvs = List.copyOf(prevKvs);
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DeleteResult that && toJson().equals(that.toJson());
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
