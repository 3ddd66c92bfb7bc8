package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * One condition of a transaction. All keys of a range must meet it. For a missing key every number
 * is 0, and every comparison of the value is false.
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

  /**
   * The key, or the first key of the range if there is a range end. Set either this or the prefix.
   */
  public @Nullable String getKey() {
    return key;
  }

  public Compare setKey(@Nullable String key) {
    this.key = key;
    return this;
  }

  /** The end of the range, exclusive; one zero byte for no upper bound. */
  public @Nullable String getRangeEnd() {
    return rangeEnd;
  }

  public Compare setRangeEnd(@Nullable String rangeEnd) {
    this.rangeEnd = rangeEnd;
    return this;
  }

  /** All keys with this prefix; the empty prefix matches every key. */
  public @Nullable String getPrefix() {
    return prefix;
  }

  public Compare setPrefix(@Nullable String prefix) {
    this.prefix = prefix;
    return this;
  }

  /** Which property of the key is compared. */
  public @Nullable CompareTarget getTarget() {
    return target;
  }

  public Compare setTarget(@Nullable CompareTarget target) {
    this.target = target;
    return this;
  }

  /** How the stored value must relate to the given one. */
  public CompareResult getResult() {
    return result;
  }

  public Compare setResult(CompareResult result) {
    this.result = result;
    return this;
  }

  /** The value to compare with. */
  public @Nullable String getValue() {
    return value;
  }

  public Compare setValue(@Nullable String value) {
    this.value = value;
    return this;
  }

  /** The version, create revision or mod revision to compare with. */
  public long getNumber() {
    return number;
  }

  public Compare setNumber(long number) {
    this.number = number;
    return this;
  }

  /** The lease to compare with, in hex; unset for no lease. */
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
