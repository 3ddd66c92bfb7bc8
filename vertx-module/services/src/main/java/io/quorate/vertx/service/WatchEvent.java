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
  private @Nullable KeyValue kv;
  private @Nullable KeyValue prevKv;

  public WatchEvent() {}

  /** A copy. */
  public WatchEvent(WatchEvent other) {
    this(other.toJson());
  }

  /** Fields it does not know are passed over. */
  public WatchEvent(JsonObject json) {
    WatchEventConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    WatchEventConverter.toJson(this, json);
    return json;
  }

  /** What happened. */
  public EventType getType() {
    return type;
  }

  public WatchEvent setType(EventType type) {
    this.type = type;
    return this;
  }

  /** The pair since then; of a delete only key and mod revision. */
  public @Nullable KeyValue getKv() {
    return kv;
  }

  public WatchEvent setKv(@Nullable KeyValue kv) {
    this.kv = kv;
    return this;
  }

  /** The pair before, if asked for, there was one and it is not compacted. */
  public @Nullable KeyValue getPrevKv() {
    return prevKv;
  }

  public WatchEvent setPrevKv(@Nullable KeyValue prevKv) {
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
