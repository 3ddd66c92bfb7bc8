package io.quorate.vertx.server.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Command;
import io.quorate.command.Event;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.command.WatchSpec;
import io.quorate.history.Changes;
import io.quorate.history.HistoryGenerator;
import io.quorate.history.HistoryGenerator.Generated;
import io.quorate.history.HistoryGenerator.Shape;
import io.quorate.history.LeaseHistory;
import io.quorate.history.LeaseHistory.Renewed;
import io.quorate.history.Operation;
import io.quorate.history.Violation;
import io.quorate.history.WatchGuarantees;
import io.quorate.history.WatchGuarantees.Received;
import io.quorate.history.WatchGuarantees.Watched;
import io.quorate.vertx.server.robustness.Evidence.ObservedRevision;
import io.quorate.vertx.server.robustness.Evidence.TimedRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Correct histories pass, and each falsification is found. */
class JudgementTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void a_correct_history_passes_and_each_falsification_is_found(long seed) {
    Evidence truth = evidence(HistoryGenerator.generate(seed, new Shape(300, 6, 7, 5, 40, true)));
    assertThat(Judgement.of(truth)).matches(Judgement::isFine);
    Falsified.assertEachFalsificationIsFound(truth);
  }

  @Test
  void a_revision_that_no_watcher_received_is_found() {
    Evidence truth = evidence(HistoryGenerator.generate(1, Shape.TYPICAL));
    List<ObservedRevision> observed = new ArrayList<>(truth.observed());
    observed.removeIf(each -> each.revision() == 10);
    assertThat(promises(with(truth, observed))).contains(Judgement.COMPLETE_HISTORY);
  }

  @Test
  void a_missing_end_of_the_history_is_found() {
    Evidence truth = evidence(HistoryGenerator.generate(1, Shape.TYPICAL));
    List<ObservedRevision> observed = new ArrayList<>(truth.observed());
    observed.removeIf(each -> each.revision() == truth.lastRevision());
    assertThat(promises(with(truth, observed))).contains(Judgement.COMPLETE_HISTORY);
  }

  /** All watchers are wrong in the same way, so only the operations show it. */
  @Test
  void a_value_that_all_watchers_received_but_no_client_wrote_is_found() {
    Evidence truth = evidence(HistoryGenerator.generate(1, Shape.TYPICAL));
    List<ObservedRevision> observed = new ArrayList<>();
    for (ObservedRevision each : truth.observed()) {
      KeyValue kv = each.kvs().get(0);
      boolean here = each.revision() == truth.lastRevision() / 2;
      observed.add(
          here
              ? new ObservedRevision(
                  each.by(),
                  each.revision(),
                  List.of(KeyValue.tombstone(kv.key(), each.revision())),
                  each.step(),
                  each.millis())
              : each);
    }
    Evidence doctored =
        new Evidence(truth.timedRequests(), List.of(), List.of(), observed, truth.lastRevision());
    assertThat(promises(doctored)).contains(Judgement.LINEARIZABLE);
  }

  @Test
  void a_live_lease_reported_as_missing_is_found() {
    Evidence truth = evidence(HistoryGenerator.generate(1, Shape.TYPICAL));
    long end = truth.timedRequests().get(truth.timedRequests().size() - 1).operation().returned();
    Operation grant =
        Operation.command(
            101,
            end + 1,
            end + 2,
            new Command.LeaseGrant(999, 10),
            new Operation.Succeeded(new Result.LeaseGranted(truth.lastRevision(), 999, 10)));
    List<TimedRequest> timedRequests = new ArrayList<>(truth.timedRequests());
    timedRequests.add(new TimedRequest(grant, "m1", 0, 1));
    Renewed denied = new Renewed(999, 0, 2, 3);
    Evidence doctored =
        new Evidence(
            timedRequests,
            List.of(denied),
            truth.watched(),
            truth.observed(),
            truth.lastRevision());
    assertThat(promises(doctored)).containsExactly(LeaseHistory.EXPIRED_EARLY);
  }

  private static List<String> promises(Evidence evidence) {
    return Judgement.of(evidence).violations().stream().map(Violation::promise).toList();
  }

  private static Evidence with(Evidence truth, List<ObservedRevision> observed) {
    return new Evidence(
        truth.timedRequests(), truth.renewed(), truth.watched(), observed, truth.lastRevision());
  }

  /** As if two members had sent all revisions at the end of the run, without further clients. */
  private static Evidence evidence(Generated generated) {
    List<TimedRequest> timedRequests = new ArrayList<>();
    long end = 0;
    for (Operation operation : generated.operations()) {
      timedRequests.add(new TimedRequest(operation, "session " + timedRequests.size(), 0, 1));
      end = Math.max(end, operation.returned() == Operation.NEVER ? 0 : operation.returned());
    }
    Changes changes = generated.changes();
    timedRequests.add(new TimedRequest(localRead(changes, end), "m1", 0, 1));
    List<Watched> watched = new ArrayList<>();
    List<ObservedRevision> observed = new ArrayList<>();
    for (String member : List.of("m1", "m2")) {
      List<Received> received = new ArrayList<>();
      received.add(new WatchGuarantees.Created(1));
      for (Changes.Change change : changes.all()) {
        received.add(new WatchGuarantees.Events(change.revision(), events(change), false));
        // Some requests take effect long after their client has given up.
        observed.add(
            new ObservedRevision(member, change.revision(), change.kvs(), end + 10_000, 1));
      }
      WatchSpec spec = new WatchSpec(0, KeyRange.all(), 1, false, false, false, false, false);
      watched.add(new Watched(member, spec, received, changes.revision()));
    }
    return new Evidence(timedRequests, List.of(), watched, observed, changes.revision());
  }

  private static Operation localRead(Changes changes, long at) {
    List<KeyValue> kvs = changes.pairs(KeyRange.all(), changes.revision());
    Command.Range range =
        new Command.Range(
            KeyRange.all(),
            0,
            0,
            Command.SortOrder.NONE,
            Command.SortTarget.KEY,
            true,
            false,
            false,
            0,
            0,
            0,
            0);
    Result result = new Result.Ranged(changes.revision(), kvs, false, kvs.size());
    return Operation.read(100, at + 1, at + 2, range, new Operation.Succeeded(result));
  }

  private static List<Event> events(Changes.Change change) {
    return change.kvs().stream()
        .map(kv -> new Event(kv.isTombstone() ? Event.Type.DELETE : Event.Type.PUT, kv, null))
        .toList();
  }
}
