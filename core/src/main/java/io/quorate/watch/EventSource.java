package io.quorate.watch;

import io.quorate.command.Event;
import io.quorate.command.KeyValue;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Record;
import org.jspecify.annotations.Nullable;

/** The events of one change, built when first asked for and then shared. One thread. */
final class EventSource {
  private final KvStore store;
  private final Record record;
  private @Nullable Event plain;
  private @Nullable Event withPrevious;

  EventSource(KvStore store, Record record) {
    this.store = store;
    this.record = record;
  }

  Record record() {
    return record;
  }

  Event plain() {
    Event event = plain;
    if (event == null) {
      event = new Event(type(), record.kv(), null);
      plain = event;
    }
    return event;
  }

  /**
   * With the pair at the revision before, which a creation does not have (etcd). May block on the
   * disk.
   */
  Event withPrevious() {
    Event event = withPrevious;
    if (event == null) {
      KeyValue kv = record.kv();
      KeyValue previous =
          kv.createRevision() == kv.modRevision() ? null : store.at(kv.key(), kv.modRevision() - 1);
      event = previous == null ? plain() : new Event(type(), kv, previous);
      withPrevious = event;
    }
    return event;
  }

  private Event.Type type() {
    return record.kv().isTombstone() ? Event.Type.DELETE : Event.Type.PUT;
  }
}
