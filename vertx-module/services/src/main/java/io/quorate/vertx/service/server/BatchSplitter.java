package io.quorate.vertx.service.server;

import io.quorate.command.Event;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.WatchBatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits large batches: events from history arrive a thousand revisions at a time, which would be
 * one message on the bus.
 */
final class BatchSplitter {
  /** A portion exceeds this only if a single revision does. */
  static final long MAX_BYTES = 1 << 20;

  private BatchSplitter() {}

  /** Splits into whole revisions, in order. Only an empty batch gives an empty portion. */
  static List<WatchBatch> of(WatchBatch batch) {
    List<WatchBatch> portions = new ArrayList<>();
    List<Event> events = new ArrayList<>();
    long bytes = 0;
    long last = 0;
    for (Event event : batch.events()) {
      long revision = event.kv().modRevision();
      if (revision != last && bytes + size(event) > MAX_BYTES && !events.isEmpty()) {
        portions.add(new WatchBatch(last, events));
        events.clear();
        bytes = 0;
      }
      events.add(event);
      bytes += size(event);
      last = revision;
    }
    portions.add(new WatchBatch(batch.revision(), events));
    return portions;
  }

  private static long size(Event event) {
    return size(event.kv()) + size(event.prevKv());
  }

  private static long size(@Nullable KeyValue kv) {
    return kv == null ? 0 : kv.key().length() + kv.value().length();
  }
}
