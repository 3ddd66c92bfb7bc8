package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What to read. Without anything but a key it is that key, at the newest revision, linearizable.
 */
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

  /** The key, or the first key if there is a range end. Either this or a prefix. */
  public @Nullable String getKey() {
    return key;
  }

  public RangeRequest setKey(@Nullable String key) {
    this.key = key;
    return this;
  }

  /** The end of the range, which is not part of it; one zero byte for no upper bound. */
  public @Nullable String getRangeEnd() {
    return rangeEnd;
  }

  public RangeRequest setRangeEnd(@Nullable String rangeEnd) {
    this.rangeEnd = rangeEnd;
    return this;
  }

  /** All keys that begin with it; the empty one stands for every key. */
  public @Nullable String getPrefix() {
    return prefix;
  }

  public RangeRequest setPrefix(@Nullable String prefix) {
    this.prefix = prefix;
    return this;
  }

  /** Most pairs to return; 0 for all. */
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

  /** Ascending by key unless set. */
  public SortOrder getSortOrder() {
    return sortOrder;
  }

  public RangeRequest setSortOrder(SortOrder sortOrder) {
    this.sortOrder = sortOrder;
    return this;
  }

  /** What is sorted by. */
  public SortTarget getSortTarget() {
    return sortTarget;
  }

  public RangeRequest setSortTarget(SortTarget sortTarget) {
    this.sortTarget = sortTarget;
    return this;
  }

  /** May be answered by one member alone, and so from the past. */
  public boolean isSerializable() {
    return serializable;
  }

  public RangeRequest setSerializable(boolean serializable) {
    this.serializable = serializable;
    return this;
  }

  /** Leaves out the values. */
  public boolean isKeysOnly() {
    return keysOnly;
  }

  public RangeRequest setKeysOnly(boolean keysOnly) {
    this.keysOnly = keysOnly;
    return this;
  }

  /** Only counts. */
  public boolean isCountOnly() {
    return countOnly;
  }

  public RangeRequest setCountOnly(boolean countOnly) {
    this.countOnly = countOnly;
    return this;
  }

  /** Leaves out what was changed before; 0 for no bound. */
  public long getMinModRevision() {
    return minModRevision;
  }

  public RangeRequest setMinModRevision(long minModRevision) {
    this.minModRevision = minModRevision;
    return this;
  }

  /** Leaves out what was changed later; 0 for no bound. */
  public long getMaxModRevision() {
    return maxModRevision;
  }

  public RangeRequest setMaxModRevision(long maxModRevision) {
    this.maxModRevision = maxModRevision;
    return this;
  }

  /** Leaves out what was created before; 0 for no bound. */
  public long getMinCreateRevision() {
    return minCreateRevision;
  }

  public RangeRequest setMinCreateRevision(long minCreateRevision) {
    this.minCreateRevision = minCreateRevision;
    return this;
  }

  /** Leaves out what was created later; 0 for no bound. */
  public long getMaxCreateRevision() {
    return maxCreateRevision;
  }

  public RangeRequest setMaxCreateRevision(long maxCreateRevision) {
    this.maxCreateRevision = maxCreateRevision;
    return this;
  }

  /**
   * How keys and values stand in this request and its answer; {@link Encoding#UTF8} unless set. As
   * part of a transaction it must not differ from that one's.
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
