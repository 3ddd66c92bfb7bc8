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
import io.quorate.vertx.server.robustness.Evidence.Asked;
import io.quorate.vertx.server.robustness.Evidence.Told;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** A true history with one lie in it, which must be found. */
final class Doctored {
  private static final String LIE = "never written";

  private Doctored() {}

  /** Everything that can be falsified in these, one at a time. */
  static void assertEachLieIsFound(Evidence truth) {
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
                        events.get(0).type(), lie(events.get(0).kv()), events.get(0).prevKv()))));
    assertFound("one member tells another history", differentHistory(truth));
  }

  private static void assertFound(String lie, Evidence evidence) {
    assertThat(Judgement.of(evidence).violations()).as(lie).isNotEmpty();
  }

  private static KeyValue lie(KeyValue kv) {
    return new KeyValue(
        kv.key(), Bytes.utf8(LIE), kv.createRevision(), kv.modRevision(), kv.version(), kv.lease());
  }

  // ---- operations

  private static Evidence withOperation(Evidence truth, int at, Operation operation) {
    List<Asked> asked = new ArrayList<>(truth.asked());
    Asked old = asked.get(at);
    asked.set(at, new Asked(operation, old.session(), old.askedMillis(), old.answeredMillis()));
    return with(truth, asked, truth.watched(), truth.told());
  }

  private static Evidence with(
      Evidence truth, List<Asked> asked, List<Watched> watched, List<Told> told) {
    return new Evidence(asked, truth.renewed(), watched, told, truth.lastRevision());
  }

  /** All indices, those of the later half first. */
  private static int[] fromTheMiddle(int size) {
    return IntStream.range(0, size).map(i -> (i + size / 2) % size).toArray();
  }

  private static Evidence changedRead(Evidence truth, boolean serializable) {
    for (int i : fromTheMiddle(truth.asked().size())) {
      Operation operation = truth.asked().get(i).operation();
      if (operation.request() instanceof Operation.Read read
          && read.range().serializable() == serializable
          && operation.outcome() instanceof Operation.Succeeded succeeded
          && succeeded.result() instanceof Result.Ranged ranged
          && !ranged.kvs().isEmpty()) {
        List<KeyValue> kvs = new ArrayList<>(ranged.kvs());
        kvs.set(0, lie(kvs.get(0)));
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
    for (int i : fromTheMiddle(truth.asked().size())) {
      if (truth.asked().get(i).operation().outcome() instanceof Operation.Succeeded succeeded
          && succeeded.result() instanceof Result.Putted) {
        return i;
      }
    }
    throw new AssertionError("no put was acknowledged");
  }

  private static Evidence laterAcknowledgement(Evidence truth) {
    int at = somePut(truth);
    Operation put = truth.asked().get(at).operation();
    return withOperation(truth, at, answered(put, new Result.Putted(put.revision() + 1, null)));
  }

  /** Nobody sees the write, and what was written later has moved into its place. */
  private static Evidence lostWrite(Evidence truth) {
    long lost = truth.asked().get(somePut(truth)).operation().revision();
    List<Told> told = new ArrayList<>();
    for (Told each : truth.told()) {
      if (each.revision() < lost) {
        told.add(each);
      } else if (each.revision() > lost) {
        List<KeyValue> kvs = each.kvs().stream().map(kv -> before(kv, lost)).toList();
        told.add(new Told(each.by(), each.revision() - 1, kvs, each.step(), each.millis()));
      }
    }
    return new Evidence(truth.asked(), List.of(), List.of(), told, truth.lastRevision() - 1);
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
        return with(truth, truth.asked(), all, truth.told());
      }
    }
    throw new AssertionError("no watcher heard three events");
  }

  /** An answer with one event, with others before and behind it; -1 if there is none. */
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
    List<Told> told = new ArrayList<>(truth.told());
    for (int i = told.size() - 1; i >= 0; i--) {
      Told each = told.get(i);
      long sameRevision = told.stream().filter(t -> t.revision() == each.revision()).count();
      if (sameRevision > 1 && !each.kvs().get(0).isTombstone()) {
        List<KeyValue> kvs = new ArrayList<>(each.kvs());
        kvs.set(0, lie(kvs.get(0)));
        told.set(i, new Told(each.by(), each.revision(), kvs, each.step(), each.millis()));
        return with(truth, truth.asked(), truth.watched(), told);
      }
    }
    throw new AssertionError("no revision was told twice");
  }
}
