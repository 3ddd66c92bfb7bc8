package io.quorate.vertx.server.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Event;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.history.Operation;
import io.quorate.history.WatchGuarantees;
import io.quorate.history.WatchGuarantees.Received;
import io.quorate.history.WatchGuarantees.Watched;
import io.quorate.vertx.server.robustness.Evidence.ObservedRevision;
import io.quorate.vertx.server.robustness.Evidence.TimedRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Correct histories with one falsification, which must be found. */
final class Falsified {
  private static final String FALSE_VALUE = "never written";

  private Falsified() {}

  /** Applies each possible falsification of this history, one at a time. */
  static void assertEachFalsificationIsFound(Evidence truth) {
    assertFound("a read value is changed", changedRead(truth, false));
    assertFound("a value is changed in a local read", changedRead(truth, true));
    assertFound("an acknowledged write is lost", lostWrite(truth));
    assertFound("a write is acknowledged with another revision", laterAcknowledgement(truth));
    assertFound("an event is dropped", changedEvents(truth, events -> events.subList(0, 0)));
    assertFound(
        "an event is doubled",
        changedEvents(truth, events -> List.of(events.get(0), events.get(0))));
    assertFound(
        "an event has another value",
        changedEvents(
            truth,
            events ->
                List.of(
                    new Event(
                        events.get(0).type(),
                        falsify(events.get(0).kv()),
                        events.get(0).prevKv()))));
    assertFound("one member tells another history", differentHistory(truth));
  }

  private static void assertFound(String what, Evidence evidence) {
    assertThat(Judgement.of(evidence).violations()).as(what).isNotEmpty();
  }

  private static KeyValue falsify(KeyValue kv) {
    return new KeyValue(
        kv.key(),
        Bytes.utf8(FALSE_VALUE),
        kv.createRevision(),
        kv.modRevision(),
        kv.version(),
        kv.lease());
  }

  // ---- operations

  private static Evidence withOperation(Evidence truth, int at, Operation operation) {
    List<TimedRequest> timedRequests = new ArrayList<>(truth.timedRequests());
    TimedRequest old = timedRequests.get(at);
    timedRequests.set(
        at, new TimedRequest(operation, old.session(), old.sentMillis(), old.answeredMillis()));
    return with(truth, timedRequests, truth.watched(), truth.observed());
  }

  private static Evidence with(
      Evidence truth,
      List<TimedRequest> timedRequests,
      List<Watched> watched,
      List<ObservedRevision> observed) {
    return new Evidence(timedRequests, truth.renewed(), watched, observed, truth.lastRevision());
  }

  /** All indices, those of the second half first. */
  private static int[] fromTheMiddle(int size) {
    return IntStream.range(0, size).map(i -> (i + size / 2) % size).toArray();
  }

  private static Evidence changedRead(Evidence truth, boolean serializable) {
    for (int i : fromTheMiddle(truth.timedRequests().size())) {
      Operation operation = truth.timedRequests().get(i).operation();
      if (operation.request() instanceof Operation.Read read
          && read.range().serializable() == serializable
          && operation.outcome() instanceof Operation.Succeeded succeeded
          && succeeded.result() instanceof Result.Ranged ranged
          && !ranged.kvs().isEmpty()) {
        List<KeyValue> kvs = new ArrayList<>(ranged.kvs());
        kvs.set(0, falsify(kvs.get(0)));
        Result.Ranged changed =
            new Result.Ranged(ranged.revision(), kvs, ranged.more(), ranged.count());
        return withOperation(truth, i, answered(operation, changed));
      }
    }
    throw new AssertionError("no such read");
  }

  private static Operation answered(Operation operation, Result result) {
    return new Operation(
        operation.client(),
        operation.invoked(),
        operation.returned(),
        operation.request(),
        new Operation.Succeeded(result));
  }

  private static int somePut(Evidence truth) {
    for (int i : fromTheMiddle(truth.timedRequests().size())) {
      if (truth.timedRequests().get(i).operation().outcome()
              instanceof Operation.Succeeded succeeded
          && succeeded.result() instanceof Result.Putted) {
        return i;
      }
    }
    throw new AssertionError("no put was acknowledged");
  }

  private static Evidence laterAcknowledgement(Evidence truth) {
    int at = somePut(truth);
    Operation put = truth.timedRequests().get(at).operation();
    return withOperation(truth, at, answered(put, new Result.Putted(put.revision() + 1, null)));
  }

  /** The write is in no answer, and later writes have its revision. */
  private static Evidence lostWrite(Evidence truth) {
    long lost = truth.timedRequests().get(somePut(truth)).operation().revision();
    List<ObservedRevision> observed = new ArrayList<>();
    for (ObservedRevision each : truth.observed()) {
      if (each.revision() < lost) {
        observed.add(each);
      } else if (each.revision() > lost) {
        List<KeyValue> kvs = each.kvs().stream().map(kv -> before(kv, lost)).toList();
        observed.add(
            new ObservedRevision(each.by(), each.revision() - 1, kvs, each.step(), each.millis()));
      }
    }
    return new Evidence(
        truth.timedRequests(), List.of(), List.of(), observed, truth.lastRevision() - 1);
  }

  private static KeyValue before(KeyValue kv, long lost) {
    return new KeyValue(
        kv.key(),
        kv.value(),
        kv.createRevision() > lost ? kv.createRevision() - 1 : kv.createRevision(),
        kv.modRevision() - 1,
        kv.version(),
        kv.lease());
  }

  // ---- watchers

  private static Evidence changedEvents(Evidence truth, UnaryOperator<List<Event>> change) {
    for (int i = truth.watched().size() - 1; i >= 0; i--) {
      Watched watched = truth.watched().get(i);
      int at = middleEvents(watched);
      if (at >= 0) {
        List<Received> received = new ArrayList<>(watched.received());
        WatchGuarantees.Events events = (WatchGuarantees.Events) received.get(at);
        List<Event> changed = change.apply(events.events());
        if (changed.isEmpty()) {
          received.remove(at);
        } else {
          received.set(at, new WatchGuarantees.Events(events.revision(), changed, false));
        }
        List<Watched> all = new ArrayList<>(truth.watched());
        all.set(i, new Watched(watched.name(), watched.spec(), received, watched.completeTo()));
        return with(truth, truth.timedRequests(), all, truth.observed());
      }
    }
    throw new AssertionError("no watcher heard three events");
  }

  /**
   * The index of an answer with one event, with answers before and after it; -1 if there is none.
   */
  private static int middleEvents(Watched watched) {
    int seen = 0;
    for (int i = 0; i < watched.received().size(); i++) {
      if (watched.received().get(i) instanceof WatchGuarantees.Events events) {
        boolean more =
            watched.received().subList(i + 1, watched.received().size()).stream()
                .anyMatch(each -> each instanceof WatchGuarantees.Events);
        if (seen++ > 0
            && more
            && events.events().size() == 1
            && !events.moreToCome()
            && !events.events().get(0).kv().isTombstone()) {
          return i;
        }
      }
    }
    return -1;
  }

  private static Evidence differentHistory(Evidence truth) {
    List<ObservedRevision> observed = new ArrayList<>(truth.observed());
    for (int i = observed.size() - 1; i >= 0; i--) {
      ObservedRevision each = observed.get(i);
      long sameRevision = observed.stream().filter(t -> t.revision() == each.revision()).count();
      if (sameRevision > 1 && !each.kvs().get(0).isTombstone()) {
        List<KeyValue> kvs = new ArrayList<>(each.kvs());
        kvs.set(0, falsify(kvs.get(0)));
        observed.set(
            i, new ObservedRevision(each.by(), each.revision(), kvs, each.step(), each.millis()));
        return with(truth, truth.timedRequests(), truth.watched(), observed);
      }
    }
    throw new AssertionError("no revision was told twice");
  }
}
