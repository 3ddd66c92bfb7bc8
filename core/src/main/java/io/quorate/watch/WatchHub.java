package io.quorate.watch;

import io.quorate.auth.AuthState;
import io.quorate.command.Event;
import io.quorate.command.WatchResponse;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Record;
import io.quorate.watch.Watcher.Phase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * All watchers of a member. Apply thread only.
 *
 * <pre>
 *   create ──► SYNCED ◄───────── CATCHING_UP ◄─── resume ─── PARKED
 *                │  start in the past ▲ │                      ▲
 *                │                    │ └── compacted: cancel  │
 *                └── sink full ───────┴────── sink full ───────┘
 * </pre>
 *
 * <p>History is read in rounds, one at a time, each for many watchers: it begins where the one that
 * has waited longest is and takes all along that are further on. What is published while a round
 * runs is kept (within a bound) and follows what the round has read, so that a watcher catches up
 * however fast writes come in.
 */
public final class WatchHub {
  private static final int MOST_SEATS = 512;
  private static final int MOST_KEPT_RECORDS = 10_000;

  private record Kept(long revision, List<Record> changes) {}

  private KvStore store;
  private final Executor readers;
  private final Executor home;

  private final Set<StreamWatchers> streams = new LinkedHashSet<>();
  private final SyncedWatchers synced = new SyncedWatchers();
  private final LinkedHashSet<Watcher> catchingUp = new LinkedHashSet<>();
  private int watcherCount;
  private long published;
  private AuthState auth = AuthState.INITIAL;

  private @Nullable CatchUpRound round;
  private final ArrayDeque<Kept> kept = new ArrayDeque<>();
  private int keptRecords;
  private boolean keptAll;

  /**
   * @param readers where history is read; tasks may block. If it refuses one, that read waits for
   *     the next call in here
   * @param home runs tasks on the apply thread, where read history is delivered
   */
  public WatchHub(KvStore store, Executor readers, Executor home) {
    this.store = store;
    this.readers = readers;
    this.home = home;
    this.published = store.revision();
  }

  public ServerWatchStream open(WatchSink sink) {
    if (streams.isEmpty()) {
      // There were no watchers, so no watcher misses what is yet to be published.
      published = store.revision();
    }
    StreamWatchers stream = new StreamWatchers(this, sink);
    streams.add(stream);
    return stream;
  }

  /**
   * The changes of one revision, as they were applied: every revision, in order. Cheap if nobody
   * watches.
   *
   * <p>Once the store is {@linkplain KvStore#retired retired} nothing is delivered, as previous
   * pairs can no longer be read: {@link #reset} makes up for it from the history of the new store.
   */
  public void publish(long revision, List<Record> changes) {
    if (store.retired()) {
      return;
    }
    published = Math.max(published, revision);
    keep(revision, changes);
    if (!synced.isEmpty()) {
      for (WatchGroup group : synced.match(store, changes)) {
        List<Event> events = group.takePending();
        for (Watcher watcher : group.members()) {
          if (watcher.phase == Phase.SYNCED) {
            deliverLive(watcher, revision, events);
          }
        }
      }
    }
    startRound();
  }

  /**
   * The state was replaced as a whole by a snapshot and is in {@code newStore} now: watchers below
   * its compacted revision are cancelled, the others are caught up from history.
   *
   * @param newStore holds the new state
   */
  public void reset(KvStore newStore) {
    long before = published;
    store = newStore;
    published = newStore.revision();
    // What a round under way brings is of the old state; its watchers are read for anew.
    round = null;
    dropKept();
    for (StreamWatchers stream : List.copyOf(streams)) {
      for (Watcher watcher : stream.watchers()) {
        if (watcher.phase == Phase.SYNCED) {
          watcher.next = Math.max(watcher.next, before + 1);
          synced.remove(watcher);
          place(watcher);
        }
      }
    }
    startRound();
  }

  /**
   * These users and roles are in force: whoever may not see any more what they watch hears so, and
   * sees nothing of what is published from now on.
   */
  public void authIs(AuthState now) {
    if (!now.equals(auth)) {
      auth = now;
      List.copyOf(streams).forEach(StreamWatchers::recheck);
    }
  }

  AuthState auth() {
    return auth;
  }

  /** Watchers on all streams; for metrics. */
  public int watcherCount() {
    return watcherCount;
  }

  // ---- for the streams

  /** The newest revision of the store. */
  long revision() {
    return store.revision();
  }

  /** Up to here synced watchers have been fed. */
  long published() {
    return published;
  }

  /** Answers the create request; nothing of the watcher is said before. */
  void admit(Watcher watcher) {
    watcherCount++;
    watcher.stream.sink().send(new WatchResponse.Created(watcher.id, revision()));
    if (watcher.phase == Phase.PARKED) {
      place(watcher);
    }
    startRound();
  }

  void dismiss(Watcher watcher) {
    leave(watcher);
    watcher.phase = Phase.GONE;
    watcherCount--;
  }

  void closed(StreamWatchers stream) {
    streams.remove(stream);
  }

  /** Nothing at or below {@link #published} is yet to come, and the start has been reached. */
  boolean isCaughtUp(Watcher watcher) {
    return watcher.phase == Phase.SYNCED && watcher.startRevision <= published;
  }

  void catchUp(Collection<Watcher> parked) {
    for (Watcher watcher : parked) {
      place(watcher);
    }
    startRound();
  }

  // ---- phases

  /** Puts a watcher that is nowhere where its next revision belongs. */
  private void place(Watcher watcher) {
    if (watcher.next > store.revision()) {
      watcher.phase = Phase.SYNCED;
      synced.add(watcher);
    } else if (watcher.next < store.compactRevision()) {
      cancelCompacted(watcher);
    } else {
      watcher.phase = Phase.CATCHING_UP;
      catchingUp.add(watcher);
    }
  }

  private void leave(Watcher watcher) {
    if (watcher.phase == Phase.SYNCED) {
      synced.remove(watcher);
    } else if (watcher.phase == Phase.CATCHING_UP) {
      catchingUp.remove(watcher);
    }
  }

  private void park(Watcher watcher) {
    leave(watcher);
    watcher.phase = Phase.PARKED;
  }

  private void cancelCompacted(Watcher watcher) {
    watcher.phase = Phase.COMPACTED;
    watcher.stream.sink().send(new WatchResponse.Canceled(watcher.id, 0, store.compactRevision()));
  }

  // ---- delivery

  private void deliverLive(Watcher watcher, long revision, List<Event> events) {
    if (revision < watcher.next) {
      return;
    }
    if (watcher.stream.sink().isFull()) {
      watcher.next = revision;
      park(watcher);
      return;
    }
    watcher.next = revision + 1;
    send(watcher, revision, events);
  }

  private static void send(Watcher watcher, long headerRevision, List<Event> events) {
    watcher.heardSinceTick = true;
    watcher
        .stream
        .sink()
        .send(new WatchResponse.Events(watcher.id, headerRevision, events, watcher.fragment));
  }

  // ---- catching up

  /** Begins a round if none is under way and a watcher has to catch up. */
  private void startRound() {
    if (round != null || catchingUp.isEmpty() || store.retired()) {
      return;
    }
    List<CatchUpRound.Seat> seats = seats();
    if (seats.isEmpty()) {
      return;
    }
    CatchUpRound next = new CatchUpRound(store, seats.get(0).next(), store.revision(), seats);
    round = next;
    dropKept();
    keptAll = true;
    try {
      readers.execute(
          () -> {
            next.read();
            home.execute(() -> finish(next));
          });
    } catch (RejectedExecutionException e) {
      // All readers are busy: the watchers keep their places, the next call in here tries again.
      round = null;
    }
  }

  /** The one that has waited longest, and those that what is read for it serves too. */
  private List<CatchUpRound.Seat> seats() {
    List<CatchUpRound.Seat> seats = new ArrayList<>();
    Iterator<Watcher> waiting = List.copyOf(catchingUp).iterator();
    while (waiting.hasNext() && seats.size() < MOST_SEATS) {
      Watcher watcher = waiting.next();
      if (watcher.phase != Phase.CATCHING_UP) {
        continue;
      }
      if (watcher.next < store.compactRevision()) {
        leave(watcher);
        cancelCompacted(watcher);
      } else if (watcher.stream.sink().isFull()) {
        park(watcher);
      } else if (seats.isEmpty() || watcher.next >= seats.get(0).next()) {
        seats.add(new CatchUpRound.Seat(watcher, watcher.interest, watcher.next));
      }
    }
    return seats;
  }

  private void finish(CatchUpRound done) {
    if (round != done) {
      return;
    }
    round = null;
    if (store.retired()) {
      return;
    }
    Throwable failure = done.failure();
    if (failure != null) {
      throw new IllegalStateException("history cannot be read for watchers", failure);
    }
    if (!done.compacted()) {
      for (CatchUpRound.Seat seat : done.seats) {
        Watcher watcher = seat.watcher();
        if (watcher.phase == Phase.CATCHING_UP && watcher.next == seat.next()) {
          advance(watcher, done, done.events(seat));
        }
      }
    }
    startRound();
  }

  private void advance(Watcher watcher, CatchUpRound done, List<Event> events) {
    if (!events.isEmpty() && watcher.stream.sink().isFull()) {
      park(watcher);
      return;
    }
    watcher.next = Math.max(watcher.next, done.readTo() + 1);
    if (!events.isEmpty()) {
      send(watcher, done.toRevision, events);
    }
    boolean whole = keptAll && watcher.next > done.toRevision;
    if (whole && watcher.phase == Phase.CATCHING_UP) {
      deliverKept(watcher);
    }
    if (watcher.phase == Phase.CATCHING_UP) {
      // To the end of the line, so that those behind it have their turn.
      catchingUp.remove(watcher);
      place(watcher);
    }
  }

  /** What was published while the round ran, as if live. */
  private void deliverKept(Watcher watcher) {
    for (Kept each : kept) {
      if (each.revision() < watcher.next) {
        continue;
      }
      List<Event> events = new ArrayList<>();
      for (Record record : each.changes()) {
        if (watcher.interest.matches(record)) {
          events.add(watcher.interest.event(new EventSource(store, record)));
        }
      }
      if (!events.isEmpty()) {
        if (watcher.stream.sink().isFull()) {
          park(watcher);
          return;
        }
        watcher.next = each.revision() + 1;
        send(watcher, each.revision(), events);
        if (watcher.phase != Phase.CATCHING_UP) {
          return;
        }
      }
      watcher.next = each.revision() + 1;
    }
  }

  private void keep(long revision, List<Record> changes) {
    if (round == null || !keptAll) {
      return;
    }
    kept.add(new Kept(revision, changes));
    keptRecords += changes.size();
    if (keptRecords > MOST_KEPT_RECORDS) {
      dropKept();
    }
  }

  private void dropKept() {
    kept.clear();
    keptRecords = 0;
    keptAll = false;
  }
}
