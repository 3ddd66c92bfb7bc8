package io.quorate.watch;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Event;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Record;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One read of history for a number of watchers. Made on the apply thread, {@linkplain #read run} on
 * a reader, looked at on the apply thread again.
 */
final class CatchUpRound {
  /** As in etcd: a message carries the events of at most so many revisions. */
  static final int MOST_REVISIONS = 1000;

  /** A watcher and where it was when the round began. */
  record Seat(Watcher watcher, Interest interest, long next) {}

  private record Share(Interest interest, long next) {}

  final KvStore store;
  final long toRevision;
  final List<Seat> seats;
  private final long fromRevision;

  private final Map<Share, List<Event>> shares = new HashMap<>();
  private long readTo;
  private boolean compacted;
  private @Nullable Throwable failure;

  CatchUpRound(KvStore store, long fromRevision, long toRevision, List<Seat> seats) {
    this.store = store;
    this.fromRevision = fromRevision;
    this.toRevision = toRevision;
    this.seats = seats;
  }

  /** On a reader; keeps what went wrong for the apply thread to decide. */
  void read() {
    try {
      List<Record> records = store.history(fromRevision, toRevision, MOST_REVISIONS);
      readTo = records.isEmpty() ? toRevision : records.get(records.size() - 1).main();
      List<EventSource> sources = new ArrayList<>(records.size());
      for (Record record : records) {
        sources.add(new EventSource(store, record));
      }
      for (Seat seat : seats) {
        shares.computeIfAbsent(
            new Share(seat.interest(), seat.next()), share -> events(share, sources));
      }
    } catch (EtcdException e) {
      if (e.error() == EtcdError.COMPACTED) {
        compacted = true;
      } else {
        failure = e; // of no consequence if it is a retired store that says so
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  private static List<Event> events(Share share, List<EventSource> sources) {
    List<Event> events = new ArrayList<>();
    for (EventSource source : sources) {
      Record record = source.record();
      if (record.main() >= share.next() && share.interest().matches(record)) {
        events.add(share.interest().event(source));
      }
    }
    return Collections.unmodifiableList(events);
  }

  /** True if compaction overtook the read. */
  boolean compacted() {
    return compacted;
  }

  @Nullable Throwable failure() {
    return failure;
  }

  /** The revision up to which {@link #events} are complete. */
  long readTo() {
    return readTo;
  }

  List<Event> events(Seat seat) {
    return shares.getOrDefault(new Share(seat.interest(), seat.next()), List.of());
  }
}
