package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message of a watch: changes, in whole revisions and in order; or progress without changes; or
 * the end.
 */
@DataObject
@JsonGen(publicConverter = false)
public final class WatchDelivery {
  private String watchId = "";
  private long sequence;
  private long revision;
  private List<WatchEvent> events = List.of();
  private long nextRevision;
  private @Nullable WatchEnd end;

  public WatchDelivery() {}

  /** A copy. */
  public WatchDelivery(WatchDelivery other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public WatchDelivery(JsonObject json) {
    WatchDeliveryConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    WatchDeliveryConverter.toJson(this, json);
    return json;
  }

  /** The watch it belongs to. */
  public String getWatchId() {
    return watchId;
  }

  public WatchDelivery setWatchId(String watchId) {
    this.watchId = watchId;
    return this;
  }

  /** 1 for the watch's first delivery, increased by one with each. */
  public long getSequence() {
    return sequence;
  }

  public WatchDelivery setSequence(long sequence) {
    this.sequence = sequence;
    return this;
  }

  /** No change at or below it will follow. */
  public long getRevision() {
    return revision;
  }

  public WatchDelivery setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  /** Empty for a progress delivery. */
  public List<WatchEvent> getEvents() {
    return events;
  }

  public WatchDelivery setEvents(List<WatchEvent> events) {
    this.events = List.copyOf(events);
    return this;
  }

  /** The start revision for a watch that continues this one. */
  public long getNextRevision() {
    return nextRevision;
  }

  public WatchDelivery setNextRevision(long nextRevision) {
    this.nextRevision = nextRevision;
    return this;
  }

  /** Why the watch has ended; null otherwise. */
  public @Nullable WatchEnd getEnd() {
    return end;
  }

  public WatchDelivery setEnd(@Nullable WatchEnd end) {
    this.end = end;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof WatchDelivery that && toJson().equals(that.toJson());
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
