package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A watch that has begun. */
@DataObject
@JsonGen(publicConverter = false)
public final class WatchStarted {
  private String watchId = "";
  private long revision;
  private long progressMillis;
  private long replyMillis;

  public WatchStarted() {}

  /** A copy. */
  public WatchStarted(WatchStarted other) {
    this(other.toJson());
  }

  /** Fields it does not know are passed over. */
  public WatchStarted(JsonObject json) {
    WatchStartedConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    WatchStartedConverter.toJson(this, json);
    return json;
  }

  /** What its deliveries carry, and what ends it. */
  public String getWatchId() {
    return watchId;
  }

  public WatchStarted setWatchId(String watchId) {
    this.watchId = watchId;
    return this;
  }

  /** What comes after this revision is told. */
  public long getRevision() {
    return revision;
  }

  public WatchStarted setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  /**
   * A delivery comes at least this often while there is credit; if none does, the service is gone.
   */
  public long getProgressMillis() {
    return progressMillis;
  }

  public WatchStarted setProgressMillis(long progressMillis) {
    this.progressMillis = progressMillis;
    return this;
  }

  /** How long the service waits for the answer to a delivery; after that the watch is over. */
  public long getReplyMillis() {
    return replyMillis;
  }

  public WatchStarted setReplyMillis(long replyMillis) {
    this.replyMillis = replyMillis;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof WatchStarted that && toJson().equals(that.toJson());
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
