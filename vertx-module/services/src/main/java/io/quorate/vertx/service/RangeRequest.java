package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A read. With a key alone it returns this key, at the newest revision, linearizable. */
@DataObject
@JsonGen(publicConverter = false)
public final class RangeRequest {
  private @Nullable String key;
  private @Nullable String rangeEnd;
  private @Nullable String prefix;
  private long limit;
  private long revision;
  private SortOrder sortOrder = SortOrder.NONE;
  private SortTarget sortTarget = SortTarget.KEY;
  private boolean serializable;
  private boolean keysOnly;
  private boolean countOnly;
  private long minModRevision;
  private long maxModRevision;
  private long minCreateRevision;
  private long maxCreateRevision;
  private @Nullable Encoding encoding;

  public RangeRequest() {}

  /** A copy. */
  public RangeRequest(RangeRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public RangeRequest(JsonObject json) {
    StrictJson.read(json, fields -> RangeRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    RangeRequestConverter.toJson(this, json);
    return json;
  }

  /**
   * The key, or the first key of the range if there is a range end. Set either this or the prefix.
   */
  public @Nullable String getKey() {
    return key;
  }

  public RangeRequest setKey(@Nullable String key) {
    this.key = key;
    return this;
  }

  /** The end of the range, exclusive; one zero byte for no upper bound. */
  public @Nullable String getRangeEnd() {
    return rangeEnd;
  }

  public RangeRequest setRangeEnd(@Nullable String rangeEnd) {
    this.rangeEnd = rangeEnd;
    return this;
  }

  /** All keys with this prefix; the empty prefix matches every key. */
  public @Nullable String getPrefix() {
    return prefix;
  }

  public RangeRequest setPrefix(@Nullable String prefix) {
    this.prefix = prefix;
    return this;
  }

  /** The largest number of pairs to return; 0 for all. */
  public long getLimit() {
    return limit;
  }

  public RangeRequest setLimit(long limit) {
    this.limit = limit;
    return this;
  }

  /** The revision to read at; 0 for the newest. */
  public long getRevision() {
    return revision;
  }

  public RangeRequest setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  /** The direction of sorting. Default: ascending by key. */
  public SortOrder getSortOrder() {
    return sortOrder;
  }

  public RangeRequest setSortOrder(SortOrder sortOrder) {
    this.sortOrder = sortOrder;
    return this;
  }

  /** The property to sort by. */
  public SortTarget getSortTarget() {
    return sortTarget;
  }

  public RangeRequest setSortTarget(SortTarget sortTarget) {
    this.sortTarget = sortTarget;
    return this;
  }

  /** Allows the answering member to read from its own state, which may be outdated. */
  public boolean isSerializable() {
    return serializable;
  }

  public RangeRequest setSerializable(boolean serializable) {
    this.serializable = serializable;
    return this;
  }

  /** Returns no values. */
  public boolean isKeysOnly() {
    return keysOnly;
  }

  public RangeRequest setKeysOnly(boolean keysOnly) {
    this.keysOnly = keysOnly;
    return this;
  }

  /** Returns the count only. */
  public boolean isCountOnly() {
    return countOnly;
  }

  public RangeRequest setCountOnly(boolean countOnly) {
    this.countOnly = countOnly;
    return this;
  }

  /** Leaves out keys with a lower mod revision; 0 for no bound. */
  public long getMinModRevision() {
    return minModRevision;
  }

  public RangeRequest setMinModRevision(long minModRevision) {
    this.minModRevision = minModRevision;
    return this;
  }

  /** Leaves out keys with a higher mod revision; 0 for no bound. */
  public long getMaxModRevision() {
    return maxModRevision;
  }

  public RangeRequest setMaxModRevision(long maxModRevision) {
    this.maxModRevision = maxModRevision;
    return this;
  }

  /** Leaves out keys with a lower create revision; 0 for no bound. */
  public long getMinCreateRevision() {
    return minCreateRevision;
  }

  public RangeRequest setMinCreateRevision(long minCreateRevision) {
    this.minCreateRevision = minCreateRevision;
    return this;
  }

  /** Leaves out keys with a higher create revision; 0 for no bound. */
  public long getMaxCreateRevision() {
    return maxCreateRevision;
  }

  public RangeRequest setMaxCreateRevision(long maxCreateRevision) {
    this.maxCreateRevision = maxCreateRevision;
    return this;
  }

  /**
   * The encoding of keys and values in this request and its answer. Default: {@link Encoding#UTF8}.
   * Inside a transaction it must be the transaction's.
   */
  public @Nullable Encoding getEncoding() {
    return encoding;
  }

  public RangeRequest setEncoding(@Nullable Encoding encoding) {
    this.encoding = encoding;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RangeRequest that && toJson().equals(that.toJson());
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
