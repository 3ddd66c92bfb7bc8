package io.quorate.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.WatchSpec;
import io.quorate.history.WatchGuarantees.Canceled;
import io.quorate.history.WatchGuarantees.Created;
import io.quorate.history.WatchGuarantees.Events;
import io.quorate.history.WatchGuarantees.Progress;
import io.quorate.history.WatchGuarantees.Promise;
import io.quorate.history.WatchGuarantees.Received;
import io.quorate.history.WatchGuarantees.Watched;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Right watchers of every kind pass; each promise is broken once. */
final class WatchGuaranteesTest {

  /** Revision 2: a, b; 3: a; 4: b gone; 5: a, c. */
  private static final Changes CHANGES =
      new Changes(
          List.of(
              change(2, pair("a", "1", 2, 2, 1), pair("b", "1", 2, 2, 1)),
              change(3, pair("a", "2", 2, 3, 2)),
              change(4, KeyValue.tombstone(Bytes.utf8("b"), 4)),
              change(5, pair("a", "3", 2, 5, 3), pair("c", "1", 5, 5, 1))));

  private final List<Received> received = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void watchersThatGetAllEventsInWhateverPortionsPass(long seed) {
    Changes changes = HistoryGenerator.generate(seed, HistoryGenerator.Shape.TYPICAL).changes();
    Random random = new Random(seed);
    List<Watched> watchers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      watchers.add(truthful(random, changes, i));
    }
    assertThat(WatchGuarantees.check(changes, Set.of(), watchers)).isEmpty();
  }

  @Test
  void aLostEventIsFound() {
    created(1);
    tell(2);
    tell(4);
    assertBroken(Promise.RELIABLE);
  }

  @Test
  void aLostFirstEventIsFound() {
    tell(3);
    assertBroken(spec().from(2), Promise.RESUMABLE);
  }

  @Test
  void anEventFromBeforeTheStartIsFound() {
    tell(2);
    tell(3);
    assertBroken(spec().from(3), Promise.RESUMABLE);
  }

  @Test
  void anEventLostWithinARevisionIsFound() {
    created(1);
    received.add(new Events(2, events(2).subList(0, 1), false));
    tell(3);
    assertBroken(Promise.ATOMIC);
  }

  @Test
  void aSplitRevisionIsFoundUnlessFragmentsAreTaken() {
    created(1);
    received.add(new Events(2, events(2).subList(0, 1), true));
    received.add(new Events(2, events(2).subList(1, 2), false));
    assertBroken(Promise.ATOMIC);
    assertThat(check(spec().fragment())).isEmpty();
  }

  @Test
  void aFragmentWithoutItsRestIsFound() {
    created(1);
    received.add(new Events(2, events(2).subList(0, 1), true));
    assertThat(check(spec().fragment())).isEmpty();
    received.add(new Progress(2));
    assertBroken(spec().fragment(), Promise.ATOMIC);
  }

  @Test
  void aDoubledEventIsFound() {
    created(1);
    tell(2);
    tell(3);
    tell(3);
    assertBroken(Promise.UNIQUE);
  }

  @Test
  void reorderedEventsAreFound() {
    created(1);
    tell(3);
    tell(2);
    assertBroken(Promise.ORDERED);
  }

  @Test
  void eventsReorderedWithinARevisionAreFound() {
    created(1);
    List<Event> events = events(2);
    received.add(new Events(2, List.of(events.get(1), events.get(0)), false));
    assertBroken(Promise.ORDERED);
  }

  @Test
  void anEventAfterItsProgressIsFound() {
    created(1);
    tell(2);
    received.add(new Progress(3));
    tell(3);
    assertBroken(Promise.BOOKMARKABLE);
  }

  @Test
  void progressOfTheFutureIsFound() {
    created(1);
    tell(2, 3, 4, 5);
    received.add(new Progress(6));
    assertBroken(Promise.BOOKMARKABLE);
  }

  @Test
  void progressPastChangesThatTheWatcherDoesNotMatchIsRight() {
    created(1);
    received.add(new Progress(5));
    assertThat(check(spec().on("z"))).isEmpty();
  }

  @Test
  void anEventThatNeverWasIsFound() {
    created(1);
    received.add(
        new Events(2, List.of(new Event(Event.Type.PUT, pair("a", "lie", 2, 2, 1), null)), false));
    assertBroken(Promise.TRUE_EVENTS);
  }

  @Test
  void aWrongTypeIsFound() {
    created(1);
    tell(2, 3);
    received.add(
        new Events(4, List.of(new Event(Event.Type.PUT, events(4).get(0).kv(), null)), false));
    assertBroken(Promise.TRUE_EVENTS);
  }

  @Test
  void aWrongPreviousPairIsFound() {
    created(2);
    KeyValue now = pair("a", "2", 2, 3, 2);
    received.add(
        new Events(3, List.of(new Event(Event.Type.PUT, now, pair("a", "0", 2, 2, 1))), false));
    assertBroken(spec().prevKv(), Promise.PREVIOUS_PAIR);
  }

  @Test
  void aMissingPreviousPairIsRightOnlyIfItMayBeCompacted() {
    created(2);
    tell(3);
    assertBroken(spec().prevKv(), Promise.PREVIOUS_PAIR);
    Watched watched = new Watched("w", spec().prevKv().build(), received, 0);
    assertThat(WatchGuarantees.check(CHANGES, Set.of(3L), List.of(watched))).isEmpty();
    assertThat(WatchGuarantees.check(CHANGES, Set.of(2L), List.of(watched))).isNotEmpty();
  }

  @Test
  void aPreviousPairThatWasNotAskedForIsFound() {
    created(2);
    KeyValue now = pair("a", "2", 2, 3, 2);
    received.add(
        new Events(3, List.of(new Event(Event.Type.PUT, now, pair("a", "1", 2, 2, 1))), false));
    assertBroken(Promise.PREVIOUS_PAIR);
  }

  @Test
  void anEventThatTheFilterOrTheRangeExcludesIsFound() {
    created(3);
    tell(4);
    assertBroken(spec().noDelete(), Promise.FILTERED);
    assertBroken(spec().on("a"), Promise.FILTERED);
  }

  @Test
  void anEventThatIsNeverDeliveredIsFoundAtTheEnd() {
    created(1);
    tell(2);
    assertThat(check(spec())).isEmpty();
    Watched watched = new Watched("w", spec().build(), received, 3);
    assertThat(WatchGuarantees.check(CHANGES, Set.of(), List.of(watched)))
        .extracting(Violation::promise)
        .containsExactly("RELIABLE");
  }

  @Test
  void aCancelAsCompactedNeedsACompactionThatPassedTheWatcher() {
    created(5);
    received.add(new Canceled(0, 4));
    assertBroken(spec().from(2), Promise.COMPACTED);
    Watched passed = new Watched("w", spec().from(2).build(), received, 5);
    assertThat(WatchGuarantees.check(CHANGES, Set.of(4L), List.of(passed))).isEmpty();
    Watched ahead = new Watched("w", spec().from(4).build(), received, 5);
    assertThat(WatchGuarantees.check(CHANGES, Set.of(4L), List.of(ahead)))
        .extracting(Violation::promise)
        .containsExactly("COMPACTED");
  }

  @Test
  void aCompactedStartThatIsPassedOverInSilenceIsFound() {
    created(5);
    tell(4);
    Watched watched = new Watched("w", spec().from(2).build(), received, 0);
    assertThat(WatchGuarantees.check(CHANGES, Set.of(4L), List.of(watched)))
        .extracting(Violation::promise)
        .containsExactly("RESUMABLE");
  }

  @Test
  void anythingAfterTheEndIsFound() {
    created(1);
    received.add(new Canceled(1, 0));
    tell(2);
    assertBroken(Promise.WELL_FORMED);
  }

  @Test
  void aHeaderOlderThanItsEventsIsFound() {
    created(1);
    received.add(new Events(1, events(2), false));
    assertBroken(Promise.WELL_FORMED);
  }

  // ---- true answers

  private static Watched truthful(Random random, Changes changes, int number) {
    Spec asked = new Spec();
    asked.start = random.nextBoolean() ? 0 : 1 + random.nextLong(changes.revision());
    asked.noPut = random.nextInt(6) == 0;
    asked.noDelete = random.nextInt(6) == 0;
    asked.prevKv = random.nextBoolean();
    asked.fragment = random.nextBoolean();
    asked.range =
        random.nextBoolean() ? KeyRange.all() : new KeyRange(Bytes.utf8("kb"), Bytes.utf8("kd"));
    WatchSpec spec = asked.build();
    long now = 1 + random.nextLong(changes.revision());
    List<Received> received = new ArrayList<>();
    received.add(new Created(now));
    long last = spec.startRevision() > 0 ? spec.startRevision() - 1 : now;
    List<Event> portion = new ArrayList<>();
    for (Changes.Change change : changes.all()) {
      if (change.revision() <= last) {
        continue;
      }
      portion.addAll(WatchGuarantees.eventsOf(changes, change, spec));
      if (random.nextInt(3) > 0) {
        tell(random, change.revision(), portion, spec, received);
        if (random.nextInt(4) == 0) {
          received.add(new Progress(change.revision()));
        }
      }
    }
    tell(random, changes.revision(), portion, spec, received);
    return new Watched("w" + number, spec, received, changes.revision());
  }

  private static void tell(
      Random random, long header, List<Event> portion, WatchSpec spec, List<Received> into) {
    if (portion.isEmpty()) {
      return;
    }
    int cut = spec.fragment() ? random.nextInt(portion.size()) : 0;
    if (cut > 0) {
      into.add(new Events(header, portion.subList(0, cut), true));
    }
    into.add(new Events(header, portion.subList(cut, portion.size()), false));
    portion.clear();
  }

  // ---- writing answers

  private void created(long revision) {
    received.add(new Created(revision));
  }

  /** One answer with all that these revisions wrote. */
  private void tell(long... revisions) {
    List<Event> events = new ArrayList<>();
    for (long revision : revisions) {
      events.addAll(events(revision));
    }
    received.add(new Events(revisions[revisions.length - 1], events, false));
  }

  private static List<Event> events(long revision) {
    List<Event> events = new ArrayList<>();
    for (KeyValue kv : CHANGES.at(revision)) {
      events.add(new Event(kv.isTombstone() ? Event.Type.DELETE : Event.Type.PUT, kv, null));
    }
    return events;
  }

  private void assertBroken(Promise promise) {
    assertBroken(spec(), promise);
  }

  private void assertBroken(Spec spec, Promise promise) {
    assertThat(check(spec)).extracting(Violation::promise).containsExactly(promise.name());
  }

  private List<Violation> check(Spec spec) {
    return WatchGuarantees.check(
        CHANGES, Set.of(), List.of(new Watched("w", spec.build(), received, 0)));
  }

  private static Changes.Change change(long revision, KeyValue... kvs) {
    return new Changes.Change(revision, List.of(kvs));
  }

  private static KeyValue pair(String key, String value, long create, long mod, long version) {
    return new KeyValue(Bytes.utf8(key), Bytes.utf8(value), create, mod, version, 0);
  }

  private static Spec spec() {
    return new Spec();
  }

  private static final class Spec {
    private KeyRange range = KeyRange.all();
    private long start;
    private boolean noPut;
    private boolean noDelete;
    private boolean prevKv;
    private boolean fragment;

    Spec on(String key) {
      range = KeyRange.single(Bytes.utf8(key));
      return this;
    }

    Spec from(long revision) {
      start = revision;
      return this;
    }

    Spec noDelete() {
      noDelete = true;
      return this;
    }

    Spec prevKv() {
      prevKv = true;
      return this;
    }

    Spec fragment() {
      fragment = true;
      return this;
    }

    WatchSpec build() {
      return new WatchSpec(0, range, start, noPut, noDelete, prevKv, true, fragment);
    }
  }
}
