package io.quorate.vertx.client;

import io.quorate.command.Event;
import java.util.List;

/**
 * One or more whole revisions, or a progress notification.
 *
 * @param revision no event at or below it will follow
 * @param events in order; empty for a progress notification
 */
public record WatchBatch(long revision, List<Event> events) {
  public WatchBatch {
    events = List.copyOf(events);
  }
}
