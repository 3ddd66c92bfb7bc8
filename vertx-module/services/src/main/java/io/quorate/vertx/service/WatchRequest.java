package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What to watch, and the address to deliver to. */
@DataObject
@JsonGen(publicConverter = false)
public final class WatchRequest {
  /** The default number of deliveries without a reply: {@value}. */
  public static final int DEFAULT_CREDIT = 4;

  private @Nullable String key;
  private @Nullable String rangeEnd;
  private @Nullable String prefix;
  private long startRevision;
  private boolean prevKv;
  private boolean noPut;
  private boolean noDelete;
  private @Nullable String address;
  private int credit = DEFAULT_CREDIT;
  private @Nullable Encoding encoding;

  public WatchRequest() {}

  /** A copy. */
  public WatchRequest(WatchRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public WatchRequest(JsonObject json) {
    StrictJson.read(json, fields -> WatchRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    WatchRequestConverter.toJson(this, json);
    return json;
  }

  /**
   * The key, or the first key of the range if there is a range end. Set either this or the prefix.
   */
  public @Nullable String getKey() {
    return key;
  }

  public WatchRequest setKey(@Nullable String key) {
    this.key = key;
    return this;
  }

  /** The end of the range, exclusive; one zero byte for no upper bound. */
  public @Nullable String getRangeEnd() {
    return rangeEnd;
  }

  public WatchRequest setRangeEnd(@Nullable String rangeEnd) {
    this.rangeEnd = rangeEnd;
    return this;
  }

  /** All keys with this prefix; the empty prefix matches every key. */
  public @Nullable String getPrefix() {
    return prefix;
  }

  public WatchRequest setPrefix(@Nullable String prefix) {
    this.prefix = prefix;
    return this;
  }

  /** The first revision to deliver; 0 for "from now on". */
  public long getStartRevision() {
    return startRevision;
  }

  public WatchRequest setStartRevision(long startRevision) {
    this.startRevision = startRevision;
    return this;
  }

  /** Events contain the previous pair, unless it has been compacted. */
  public boolean isPrevKv() {
    return prevKv;
  }

  public WatchRequest setPrevKv(boolean prevKv) {
    this.prevKv = prevKv;
    return this;
  }

  /** No put events. */
  public boolean isNoPut() {
    return noPut;
  }

  public WatchRequest setNoPut(boolean noPut) {
    this.noPut = noPut;
    return this;
  }

  /** No delete events. */
  public boolean isNoDelete() {
    return noDelete;
  }

  public WatchRequest setNoDelete(boolean noDelete) {
    this.noDelete = noDelete;
    return this;
  }

  /**
   * The address where the caller, and no other consumer, receives {@link WatchDelivery}s and
   * replies to each.
   */
  public @Nullable String getAddress() {
    return address;
  }

  public WatchRequest setAddress(@Nullable String address) {
    this.address = address;
    return this;
  }

  /** How many deliveries may be without a reply. */
  public int getCredit() {
    return credit;
  }

  public WatchRequest setCredit(int credit) {
    this.credit = credit;
    return this;
  }

  /**
   * The encoding of keys and values in this request and its answer. Default: {@link Encoding#UTF8}.
   */
  public @Nullable Encoding getEncoding() {
    return encoding;
  }

  public WatchRequest setEncoding(@Nullable Encoding encoding) {
    this.encoding = encoding;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof WatchRequest that && toJson().equals(that.toJson());
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
