package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a watch has to tell: changes, in whole revisions and in order, or that there are none, or
 * that it is over.
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

  /** Fields it does not know are passed over. */
  public WatchDelivery(JsonObject json) {
    WatchDeliveryConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    WatchDeliveryConverter.toJson(this, json);
    return json;
  }

  /** Of which watch. */
  public String getWatchId() {
    return watchId;
  }

  public WatchDelivery setWatchId(String watchId) {
    this.watchId = watchId;
    return this;
  }

  /** 1 for the first delivery of the watch, one more with each. */
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

  /** Empty if this only tells progress. */
  public List<WatchEvent> getEvents() {
    return events;
  }

  public WatchDelivery setEvents(List<WatchEvent> events) {
    this.events = List.copyOf(events);
    return this;
  }

  /** Where to begin if the watch has to be begun again. */
  public long getNextRevision() {
    return nextRevision;
  }

  public WatchDelivery setNextRevision(long nextRevision) {
    this.nextRevision = nextRevision;
    return this;
  }

  /** Why the watch is over; null as long as it is not. */
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
