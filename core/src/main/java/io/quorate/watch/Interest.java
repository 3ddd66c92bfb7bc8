package io.quorate.watch;

import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.WatchSpec;
import io.quorate.mvcc.Record;

/** Which changes a watcher sees and how; watchers that agree in it share their events. */
record Interest(KeyRange range, boolean noPut, boolean noDelete, boolean prevKv) {

  static Interest of(KeyRange range, WatchSpec spec) {
    return new Interest(range, spec.noPut(), spec.noDelete(), spec.prevKv());
  }

  /** Whether the filters let a change through, wherever its key is. */
  boolean takes(Record record) {
    return record.kv().isTombstone() ? !noDelete : !noPut;
  }

  boolean matches(Record record) {
    return takes(record) && range.contains(record.kv().key());
  }

  /** The event in the form asked for. */
  Event event(EventSource source) {
    return prevKv ? source.withPrevious() : source.plain();
  }
}
