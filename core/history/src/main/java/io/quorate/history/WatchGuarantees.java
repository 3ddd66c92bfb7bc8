package io.quorate.history;

import io.quorate.command.Event;
import io.quorate.command.KeyValue;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * etcd's promises to a watcher, checked on what it received against what really was written. As
 * every watcher is compared with the revisions themselves, one that takes up where another ended
 * needs no rule of its own: from its start revision on it has to see what followed, all of it.
 */
public final class WatchGuarantees {

  /** What can be broken. */
  public enum Promise {
    /** Revisions never go down from one event to the next. */
    ORDERED,
    /** No event comes twice. */
    UNIQUE,
    /** No event is left out. */
    RELIABLE,
    /** The events of one revision come in one answer. */
    ATOMIC,
    /** The first event is the first one from the start revision on. */
    RESUMABLE,
    /** Nothing at or below a progress notification's revision comes after it. */
    BOOKMARKABLE,
    /** Events are those that were written. */
    TRUE_EVENTS,
    /** The pair before is the one that was there before, if it was asked for. */
    PREVIOUS_PAIR,
    /** No event outside of the range or of a kind that was not wanted. */
    FILTERED,
    /** A watcher ends with a compacted revision only because compaction has passed it. */
    COMPACTED,
    /** Answers come in the forms there are, and none after the last. */
    WELL_FORMED
  }

  /** One answer to a watcher, as on the wire. */
  public sealed interface Received {
    long revision();
  }

  /** The watcher is there; {@code revision} is the newest at that time. */
  public record Created(long revision) implements Received {}

  /**
   * Events.
   *
   * @param moreToCome the next answer continues this one
   */
  public record Events(long revision, List<Event> events, boolean moreToCome) implements Received {
    public Events {
      events = List.copyOf(events);
    }
  }

  /** All up to {@code revision} has been told. */
  public record Progress(long revision) implements Received {}

  /**
   * The end.
   *
   * @param compactRevision why: the oldest revision that can be watched; 0 for another reason
   */
  public record Canceled(long revision, long compactRevision) implements Received {}

  /** What a watch stream inside of the process says, in the form on the wire. */
  public static Received received(WatchResponse response) {
    if (response instanceof WatchResponse.Created created) {
      return new Created(created.revision());
    } else if (response instanceof WatchResponse.Events events) {
      return new Events(events.revision(), events.events(), false);
    } else if (response instanceof WatchResponse.Progress progress) {
      return new Progress(progress.revision());
    } else if (response instanceof WatchResponse.Canceled canceled) {
      return new Canceled(canceled.revision(), canceled.compactRevision());
    } else if (response instanceof WatchResponse.Refused refused) {
      return new Canceled(refused.revision(), 0);
    }
    throw new IllegalStateException("unknown answer " + response);
  }

  /**
   * One watcher on one stream; one that is taken up again elsewhere is another.
   *
   * @param name only shown
   * @param received in order, without those for other watchers
   * @param completeTo the revision up to which it must have been told everything by its end, unless
   *     it was cancelled; 0 if nothing is demanded
   */
  public record Watched(String name, WatchSpec spec, List<Received> received, long completeTo) {
    public Watched {
      received = List.copyOf(received);
    }
  }

  private WatchGuarantees() {}

  /**
   * @param changes every revision that a watcher may have been told of
   * @param compactions the revisions at which the store may have been compacted
   * @return the first thing that is broken for each watcher, empty if nothing
   */
  public static List<Violation> check(
      Changes changes, Set<Long> compactions, List<Watched> watchers) {
    List<Violation> violations = new ArrayList<>();
    for (Watched watched : watchers) {
      try {
        new Watcher(changes, compactions, watched).check();
      } catch (Broken broken) {
        violations.add(
            new Violation(
                broken.promise.name(),
                "watcher " + watched.name + " " + watched.spec + ": " + broken.getMessage()));
      }
    }
    return violations;
  }

  private static final class Broken extends Exception {
    private static final long serialVersionUID = 1L;
    final Promise promise;

    Broken(Promise promise, String message) {
      super(message, null, false, false);
      this.promise = promise;
    }
  }

  /** One watcher's way through what it should see. */
  private static final class Watcher {
    private final Changes changes;
    private final Set<Long> compactions;
    private final Watched watched;
    private final WatchSpec spec;
    private final List<KeyValue> due = new ArrayList<>();

    /** Events of {@link #due} that have come. */
    private int told;

    private long start;
    private long bookmark;
    private boolean begun;
    private boolean ended;
    private boolean inFragments;

    Watcher(Changes changes, Set<Long> compactions, Watched watched) {
      this.changes = changes;
      this.compactions = compactions;
      this.watched = watched;
      this.spec = watched.spec;
    }

    void check() throws Broken {
      for (Received received : watched.received) {
        require(!ended, Promise.WELL_FORMED, received + " after the end");
        require(
            !inFragments || received instanceof Events,
            Promise.ATOMIC,
            received + " in the middle of a fragmented answer");
        if (received instanceof Created created) {
          require(!begun, Promise.WELL_FORMED, "created twice");
          begin(created.revision + 1);
        } else if (received instanceof Canceled canceled) {
          canceled(canceled);
        } else {
          begin(1);
          if (received instanceof Progress progress) {
            progress(progress);
          } else if (received instanceof Events events) {
            events(events);
          }
        }
      }
      if (!ended && begun && watched.completeTo > 0) {
        require(
            told == due.size() || due.get(told).modRevision() > watched.completeTo,
            Promise.RELIABLE,
            () -> "never told of " + Shown.of(due.get(told)));
      }
    }

    /**
     * @param now where a watcher begins that did not say where
     */
    private void begin(long now) {
      if (begun) {
        return;
      }
      begun = true;
      start = spec.startRevision() > 0 ? spec.startRevision() : now;
      for (Changes.Change change : changes.all()) {
        if (change.revision() >= start) {
          for (KeyValue kv : change.kvs()) {
            if (isWanted(kv)) {
              due.add(kv);
            }
          }
        }
      }
    }

    private boolean isWanted(KeyValue kv) {
      return spec.range().contains(kv.key())
          && (kv.isTombstone() ? !spec.noDelete() : !spec.noPut());
    }

    private void canceled(Canceled canceled) throws Broken {
      ended = true;
      if (canceled.compactRevision == 0) {
        return;
      }
      begin(canceled.compactRevision);
      require(
          compactions.contains(canceled.compactRevision),
          Promise.COMPACTED,
          canceled + ", but there was no such compaction");
      long next = Math.max(start, Math.max(bookmark, lastTold()) + 1);
      require(
          next < canceled.compactRevision,
          Promise.COMPACTED,
          canceled + ", but all before revision " + next + " had been told");
    }

    private long lastTold() {
      return told == 0 ? 0 : due.get(told - 1).modRevision();
    }

    private void progress(Progress progress) throws Broken {
      require(
          progress.revision <= changes.revision(),
          Promise.BOOKMARKABLE,
          progress + ", but the newest revision is " + changes.revision());
      require(
          told == due.size() || due.get(told).modRevision() > progress.revision,
          Promise.BOOKMARKABLE,
          () -> progress + ", but not told of " + Shown.of(due.get(told)) + " yet");
      bookmark = Math.max(bookmark, progress.revision);
    }

    private void events(Events message) throws Broken {
      require(!message.events.isEmpty(), Promise.WELL_FORMED, message + " without events");
      require(
          !message.moreToCome || spec.fragment(),
          Promise.ATOMIC,
          message + " is a fragment, which the watcher does not take");
      for (Event event : message.events) {
        event(event);
      }
      require(
          message.revision >= lastTold(),
          Promise.WELL_FORMED,
          message + " has an older revision than its last event");
      inFragments = message.moreToCome;
      require(
          inFragments || told == due.size() || due.get(told).modRevision() > lastTold(),
          Promise.ATOMIC,
          () ->
              "an answer ends within revision "
                  + lastTold()
                  + ", before "
                  + Shown.of(due.get(told)));
    }

    private void event(Event event) throws Broken {
      KeyValue kv = event.kv();
      if (told == due.size() || !due.get(told).equals(kv)) {
        throw unexpected(event);
      }
      boolean delete = event.type() == Event.Type.DELETE;
      require(
          delete == kv.isTombstone(), Promise.TRUE_EVENTS, Shown.of(event) + " is of another kind");
      require(
          kv.modRevision() > bookmark,
          Promise.BOOKMARKABLE,
          Shown.of(event) + " after progress to " + bookmark);
      previous(event);
      told++;
    }

    /** Which promise an event breaks that is not the next one. */
    private Broken unexpected(Event event) {
      KeyValue kv = event.kv();
      long at = kv.modRevision();
      String what = Shown.of(event);
      String instead = told == due.size() ? "nothing is due" : "due is " + Shown.of(due.get(told));
      if (!changes.at(at).contains(kv)) {
        KeyValue right = changes.exactly(kv.key(), at);
        return new Broken(
            Promise.TRUE_EVENTS, what + ", but that revision wrote " + Shown.of(right));
      }
      if (!isWanted(kv)) {
        return new Broken(Promise.FILTERED, what + " was not asked for");
      }
      if (at < start) {
        return new Broken(Promise.RESUMABLE, what + " is from before the start at " + start);
      }
      int place = due.indexOf(kv);
      if (place < told) {
        return new Broken(Promise.UNIQUE, what + " came before; " + instead);
      }
      KeyValue missed = due.get(told);
      if (at == missed.modRevision() || comesLater(missed)) {
        return new Broken(Promise.ORDERED, what + " comes too early; " + instead);
      }
      if (told > 0 && lastTold() == missed.modRevision()) {
        return new Broken(Promise.ATOMIC, what + " before the rest of its revision; " + instead);
      }
      boolean first = told == 0 && spec.startRevision() > 0;
      return new Broken(
          first ? Promise.RESUMABLE : Promise.RELIABLE, what + " leaves out what was; " + instead);
    }

    private boolean comesLater(KeyValue kv) {
      int seen = 0;
      for (Received received : watched.received) {
        if (received instanceof Events events) {
          for (Event event : events.events) {
            if (seen++ > told && event.kv().equals(kv)) {
              return true;
            }
          }
        }
      }
      return false;
    }

    private void previous(Event event) throws Broken {
      KeyValue kv = event.kv();
      if (!spec.prevKv()) {
        require(
            event.prevKv() == null,
            Promise.PREVIOUS_PAIR,
            Shown.of(event) + ", but no pair before was asked for");
        return;
      }
      long before = kv.modRevision() - 1;
      KeyValue right = changes.pair(kv.key(), before);
      if (event.prevKv() == null && right != null && mayBeCompacted(before)) {
        return;
      }
      require(
          event.prevKv() == null ? right == null : event.prevKv().equals(right),
          Promise.PREVIOUS_PAIR,
          Shown.of(event) + ", but before was " + Shown.of(right));
    }

    private boolean mayBeCompacted(long revision) {
      for (long compaction : compactions) {
        if (revision < compaction) {
          return true;
        }
      }
      return false;
    }

    private interface Text {
      String text();
    }

    private static void require(boolean kept, Promise promise, String otherwise) throws Broken {
      if (!kept) {
        throw new Broken(promise, otherwise);
      }
    }

    private static void require(boolean kept, Promise promise, Text otherwise) throws Broken {
      if (!kept) {
        throw new Broken(promise, otherwise.text());
      }
    }
  }

  /** The events that {@code spec} should be sent from {@code change}, previous pairs included. */
  static List<Event> eventsOf(Changes changes, Changes.Change change, WatchSpec spec) {
    List<Event> events = new ArrayList<>();
    for (KeyValue kv : change.kvs()) {
      boolean wanted = kv.isTombstone() ? !spec.noDelete() : !spec.noPut();
      if (wanted && spec.range().contains(kv.key())) {
        @Nullable KeyValue before =
            spec.prevKv() ? changes.pair(kv.key(), change.revision() - 1) : null;
        events.add(new Event(kv.isTombstone() ? Event.Type.DELETE : Event.Type.PUT, kv, before));
      }
    }
    return events;
  }
}
