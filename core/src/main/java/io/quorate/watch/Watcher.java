package io.quorate.watch;

import io.quorate.command.Caller;
import io.quorate.command.KeyRange;
import io.quorate.command.WatchSpec;

/**
 * One watcher and how far it is. Invariant: every matching change below {@link #next} has been
 * delivered, none from there on. Apply thread.
 */
final class Watcher {

  /** Where a watcher stands. */
  enum Phase {
    /** Is fed as changes are applied; what was published before is behind it. */
    SYNCED,
    /** Waits for history to be read. */
    CATCHING_UP,
    /** New, or its sink was full; waits for room. */
    PARKED,
    /** Compaction passed it; its id stays taken until the client cancels it. */
    COMPACTED,
    /** Cancelled, or its stream is closed. */
    GONE
  }

  final StreamWatchers stream;
  final long id;
  final Caller caller;
  final KeyRange range;
  final Interest interest;
  final boolean progressNotify;
  final boolean fragment;

  /** As asked for; 0 for "from now". */
  final long startRevision;

  Phase phase = Phase.PARKED;
  long next;

  /** Had an event since the last tick, which takes the place of a progress notification. */
  boolean heardSinceTick;

  /**
   * @param range that of {@code spec}, or the one that it stands for
   */
  Watcher(
      StreamWatchers stream, long id, Caller caller, KeyRange range, WatchSpec spec, long next) {
    this.stream = stream;
    this.id = id;
    this.caller = caller;
    this.range = range;
    this.interest = Interest.of(range, spec);
    this.progressNotify = spec.progressNotify();
    this.fragment = spec.fragment();
    this.startRevision = spec.startRevision();
    this.next = next;
  }
}
