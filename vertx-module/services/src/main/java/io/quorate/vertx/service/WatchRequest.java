package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What to watch, and where to tell it. */
@DataObject
@JsonGen(publicConverter = false)
public final class WatchRequest {
  /** How many deliveries may be without an answer unless said otherwise: {@value}. */
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

  /** The key, or the first key if there is a range end. Either this or a prefix. */
  public @Nullable String getKey() {
    return key;
  }

  public WatchRequest setKey(@Nullable String key) {
    this.key = key;
    return this;
  }

  /** The end of the range, which is not part of it; one zero byte for no upper bound. */
  public @Nullable String getRangeEnd() {
    return rangeEnd;
  }

  public WatchRequest setRangeEnd(@Nullable String rangeEnd) {
    this.rangeEnd = rangeEnd;
    return this;
  }

  /** All keys that begin with it; the empty one stands for every key. */
  public @Nullable String getPrefix() {
    return prefix;
  }

  public WatchRequest setPrefix(@Nullable String prefix) {
    this.prefix = prefix;
    return this;
  }

  /** The first revision to tell; 0 for "from now on". */
  public long getStartRevision() {
    return startRevision;
  }

  public WatchRequest setStartRevision(long startRevision) {
    this.startRevision = startRevision;
    return this;
  }

  /** Events carry the pair before them, as far as it has not been compacted. */
  public boolean isPrevKv() {
    return prevKv;
  }

  public WatchRequest setPrevKv(boolean prevKv) {
    this.prevKv = prevKv;
    return this;
  }

  /** Leaves out puts. */
  public boolean isNoPut() {
    return noPut;
  }

  public WatchRequest setNoPut(boolean noPut) {
    this.noPut = noPut;
    return this;
  }

  /** Leaves out deletes. */
  public boolean isNoDelete() {
    return noDelete;
  }

  public WatchRequest setNoDelete(boolean noDelete) {
    this.noDelete = noDelete;
    return this;
  }

  /**
   * Where the caller hears {@link WatchDelivery}s, each of which it answers. Nobody else should
   * listen there.
   */
  public @Nullable String getAddress() {
    return address;
  }

  public WatchRequest setAddress(@Nullable String address) {
    this.address = address;
    return this;
  }

  /** How many deliveries may be without an answer. */
  public int getCredit() {
    return credit;
  }

  public WatchRequest setCredit(int credit) {
    this.credit = credit;
    return this;
  }

  /** How keys and values stand in this request and its answer; {@link Encoding#UTF8} unless set. */
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
