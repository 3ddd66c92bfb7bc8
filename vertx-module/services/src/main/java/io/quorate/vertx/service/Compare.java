package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * One condition of a transaction. Of a range every key must meet it; a key that is not there has 0
 * for every number and no value, so that a compare of its value is false.
 */
@DataObject
@JsonGen(publicConverter = false)
public final class Compare {
  private @Nullable String key;
  private @Nullable String rangeEnd;
  private @Nullable String prefix;
  private @Nullable CompareTarget target;
  private CompareResult result = CompareResult.EQUAL;
  private @Nullable String value;
  private long number;
  private @Nullable String leaseId;

  public Compare() {}

  /** A copy. */
  public Compare(Compare other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public Compare(JsonObject json) {
    StrictJson.read(json, fields -> CompareConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    CompareConverter.toJson(this, json);
    return json;
  }

  /** The key, or the first key if there is a range end. Either this or a prefix. */
  public @Nullable String getKey() {
    return key;
  }

  public Compare setKey(@Nullable String key) {
    this.key = key;
    return this;
  }

  /** The end of the range, which is not part of it; one zero byte for no upper bound. */
  public @Nullable String getRangeEnd() {
    return rangeEnd;
  }

  public Compare setRangeEnd(@Nullable String rangeEnd) {
    this.rangeEnd = rangeEnd;
    return this;
  }

  /** All keys that begin with it; the empty one stands for every key. */
  public @Nullable String getPrefix() {
    return prefix;
  }

  public Compare setPrefix(@Nullable String prefix) {
    this.prefix = prefix;
    return this;
  }

  /** What of the key is compared. */
  public @Nullable CompareTarget getTarget() {
    return target;
  }

  public Compare setTarget(@Nullable CompareTarget target) {
    this.target = target;
    return this;
  }

  /** How it must relate to what is given here. */
  public CompareResult getResult() {
    return result;
  }

  public Compare setResult(CompareResult result) {
    this.result = result;
    return this;
  }

  /** What a value is compared with. */
  public @Nullable String getValue() {
    return value;
  }

  public Compare setValue(@Nullable String value) {
    this.value = value;
    return this;
  }

  /** What a version, create or mod revision is compared with. */
  public long getNumber() {
    return number;
  }

  public Compare setNumber(long number) {
    this.number = number;
    return this;
  }

  /** What a lease is compared with, in hex; not set for none. */
  public @Nullable String getLeaseId() {
    return leaseId;
  }

  public Compare setLeaseId(@Nullable String leaseId) {
    this.leaseId = leaseId;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Compare that && toJson().equals(that.toJson());
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
