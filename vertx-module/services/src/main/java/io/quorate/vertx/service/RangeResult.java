package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The result of a read. */
@DataObject
@JsonGen(publicConverter = false)
public final class RangeResult {
  private long revision;
  private List<KeyValuePair> kvs = List.of();
  private boolean more;
  private long count;

  public RangeResult() {}

  /** A copy. */
  public RangeResult(RangeResult other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public RangeResult(JsonObject json) {
    RangeResultConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    RangeResultConverter.toJson(this, json);
    return json;
  }

  /** The revision of the store. */
  public long getRevision() {
    return revision;
  }

  public RangeResult setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  /** The pairs, in the requested order. */
  public List<KeyValuePair> getKvs() {
    return kvs;
  }

  public RangeResult setKvs(List<KeyValuePair> kvs) {
    this.kvs = List.copyOf(kvs);
    return this;
  }

  /** Whether the limit has cut off pairs. */
  public boolean isMore() {
    return more;
  }

  public RangeResult setMore(boolean more) {
    this.more = more;
    return this;
  }

  /** The number of keys in the range, before limit and bounds are applied. */
  public long getCount() {
    return count;
  }

  public RangeResult setCount(long count) {
    this.count = count;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RangeResult that && toJson().equals(that.toJson());
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
