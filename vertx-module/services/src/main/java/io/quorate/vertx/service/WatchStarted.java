package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A watch that has started. */
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

  /** Unknown fields are ignored. */
  public WatchStarted(JsonObject json) {
    WatchStartedConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    WatchStartedConverter.toJson(this, json);
    return json;
  }

  /** The id that its deliveries carry and that {@link WatchService#cancel} takes. */
  public String getWatchId() {
    return watchId;
  }

  public WatchStarted setWatchId(String watchId) {
    this.watchId = watchId;
    return this;
  }

  /** Changes after this revision are delivered. */
  public long getRevision() {
    return revision;
  }

  public WatchStarted setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  /**
   * A delivery is sent at least this often while the caller has replied to the earlier ones; if
   * none arrives, the service is gone.
   */
  public long getProgressMillis() {
    return progressMillis;
  }

  public WatchStarted setProgressMillis(long progressMillis) {
    this.progressMillis = progressMillis;
    return this;
  }

  /** How long the service waits for the reply to a delivery before it ends the watch. */
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
