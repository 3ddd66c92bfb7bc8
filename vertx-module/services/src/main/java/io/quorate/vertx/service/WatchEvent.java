package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** One change of one key. */
@DataObject
@JsonGen(publicConverter = false)
public final class WatchEvent {
  private EventType type = EventType.PUT;
  private @Nullable KeyValuePair kv;
  private @Nullable KeyValuePair prevKv;

  public WatchEvent() {}

  /** A copy. */
  public WatchEvent(WatchEvent other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public WatchEvent(JsonObject json) {
    WatchEventConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    WatchEventConverter.toJson(this, json);
    return json;
  }

  /** The kind of change. */
  public EventType getType() {
    return type;
  }

  public WatchEvent setType(EventType type) {
    this.type = type;
    return this;
  }

  /** The pair after the change; for a delete, only key and mod revision. */
  public @Nullable KeyValuePair getKv() {
    return kv;
  }

  public WatchEvent setKv(@Nullable KeyValuePair kv) {
    this.kv = kv;
    return this;
  }

  /** The previous pair, if it was requested, existed and is not compacted. */
  public @Nullable KeyValuePair getPrevKv() {
    return prevKv;
  }

  public WatchEvent setPrevKv(@Nullable KeyValuePair prevKv) {
    this.prevKv = prevKv;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof WatchEvent that && toJson().equals(that.toJson());
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
