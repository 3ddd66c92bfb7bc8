package io.quorate.vertx.server.robustness;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.history.Changes;
import io.quorate.history.LeaseHistory;
import io.quorate.history.Linearizability;
import io.quorate.history.Operation;
import io.quorate.history.SerializableReads;
import io.quorate.history.StoreModel;
import io.quorate.history.Verdict;
import io.quorate.history.Violation;
import io.quorate.history.WatchGuarantees;
import io.quorate.vertx.server.robustness.Evidence.ObservedRevision;
import io.quorate.vertx.server.robustness.Evidence.TimedRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Checks the answers that clients received, using only what they sent and received.
 *
 * <p>The written data is what the watchers of all keys received; they must agree and miss no
 * revision. That they received the truth is not assumed: each revision becomes a linearizable read
 * of the whole store that had completed when the revision was received, and the order of operations
 * that is searched for must explain these reads like any other answer.
 *
 * @param violations empty if none were found
 * @param order of all operations; {@link Verdict.Kind#UNDECIDED} if the search was given up
 */
record Judgement(List<Violation> violations, Verdict.Kind order, long steps, int expired) {
  static final String SAME_HISTORY = "members tell the same history";
  static final String COMPLETE_HISTORY = "no revision is left out";
  static final String LINEARIZABLE = "linearizable";

  /** By how many thousandths of its time a lease may expire early because a clock runs fast. */
  private static final int MAX_DRIFT_PER_MILLE = 101;

  private static final Linearizability.Bound BOUND = new Linearizability.Bound(5_000_000, 60_000);

  private static final int NOBODY = -1;

  static Judgement of(Evidence evidence) {
    List<Violation> violations = new ArrayList<>();
    TreeMap<Long, ObservedRevision> firstObserved = firstObserved(evidence, violations);
    if (!violations.isEmpty()) {
      return new Judgement(violations, Verdict.Kind.VIOLATION, 0, 0);
    }
    Changes changes =
        new Changes(
            firstObserved.values().stream()
                .map(observed -> new Changes.Change(observed.revision(), observed.kvs()))
                .toList());
    violations.addAll(WatchGuarantees.check(changes, compactions(evidence), evidence.watched()));
    violations.addAll(
        SerializableReads.check(
            changes,
            evidence.timedRequests().stream()
                .map(
                    timedRequest ->
                        new SerializableReads.InSession(
                            timedRequest.session(), timedRequest.operation()))
                .toList()));
    List<Operation> history = new ArrayList<>();
    evidence.timedRequests().forEach(timedRequest -> history.add(timedRequest.operation()));
    firstObserved.values().forEach(observed -> history.add(readOfWholeStore(changes, observed)));
    Verdict verdict =
        Linearizability.check(
            Linearizability.withPossibleExpiry(EffectlessRequests.removeFrom(history, changes)),
            BOUND);
    if (verdict.kind() == Verdict.Kind.VIOLATION) {
      violations.add(new Violation(LINEARIZABLE, verdict.explanation()));
    }
    int expired = 0;
    if (verdict.isLinearizable()) {
      List<LeaseHistory.Happening> leases = leases(evidence, verdict, firstObserved);
      expired =
          (int)
              leases.stream()
                  .filter(each -> each instanceof LeaseHistory.Ended end && end.expired())
                  .count();
      violations.addAll(LeaseHistory.check(leases, MAX_DRIFT_PER_MILLE, changes));
    }
    return new Judgement(violations, verdict.kind(), verdict.steps(), expired);
  }

  // ---- what was written

  private static TreeMap<Long, ObservedRevision> firstObserved(
      Evidence evidence, List<Violation> violations) {
    TreeMap<Long, ObservedRevision> first = new TreeMap<>();
    for (ObservedRevision observed : evidence.observed()) {
      ObservedRevision other = first.putIfAbsent(observed.revision(), observed);
      if (other == null) {
        continue;
      }
      if (!other.kvs().equals(observed.kvs())) {
        violations.add(new Violation(SAME_HISTORY, observed + ", but " + other));
      }
      if (observed.step() < other.step()) {
        first.put(observed.revision(), observed);
      }
    }
    long next = 2;
    for (long revision : first.keySet()) {
      if (revision != next) {
        violations.add(
            new Violation(COMPLETE_HISTORY, next + " to " + (revision - 1) + " is missing"));
      }
      next = revision + 1;
    }
    if (next <= evidence.lastRevision()) {
      violations.add(
          new Violation(COMPLETE_HISTORY, next + " to " + evidence.lastRevision() + " is missing"));
    }
    return first;
  }

  private static Set<Long> compactions(Evidence evidence) {
    Set<Long> compactions = new HashSet<>();
    for (TimedRequest timedRequest : evidence.timedRequests()) {
      if (timedRequest.operation().request() instanceof Operation.Do action
          && action.command() instanceof Command.Compact compact
          && !(timedRequest.operation().outcome() instanceof Operation.Refused)) {
        compactions.add(compact.revision());
      }
    }
    return compactions;
  }

  private static Operation readOfWholeStore(Changes changes, ObservedRevision observed) {
    List<KeyValue> all = changes.pairs(KeyRange.all(), observed.revision());
    return Operation.read(
        NOBODY,
        0,
        observed.step(),
        Command.Range.of(KeyRange.all()),
        new Operation.Succeeded(new Result.Ranged(observed.revision(), all, false, all.size())));
  }

  // ---- leases

  private static List<LeaseHistory.Happening> leases(
      Evidence evidence, Verdict verdict, TreeMap<Long, ObservedRevision> firstObserved) {
    List<LeaseHistory.Happening> happenings = new ArrayList<>(evidence.renewed());
    Map<Operation, TimedRequest> requestOf = new HashMap<>();
    Set<Long> perhapsRevoked = new HashSet<>();
    for (TimedRequest timedRequest : evidence.timedRequests()) {
      Operation operation = timedRequest.operation();
      requestOf.put(operation, timedRequest);
      if (!(operation.request() instanceof Operation.Do action)) {
        continue;
      }
      if (operation.outcome() instanceof Operation.Succeeded succeeded
          && succeeded.result() instanceof Result.LeaseGranted granted) {
        happenings.add(
            new LeaseHistory.Granted(
                granted.id(),
                granted.ttlSeconds() * 1_000,
                timedRequest.sentMillis(),
                timedRequest.answeredMillis()));
      } else if (action.command() instanceof Command.LeaseRevoke revoke
          && operation.outcome() instanceof Operation.Unknown) {
        perhapsRevoked.add(revoke.id());
        happenings.add(possiblyEnded(revoke.id(), timedRequest.sentMillis()));
      }
    }
    StoreModel model = new StoreModel();
    for (Operation operation : verdict.order()) {
      long before = model.revision();
      Object unused = model.apply(operation.request());
      if (!(operation.request() instanceof Operation.Do action)) {
        continue;
      }
      if (action.command() instanceof Command.LeaseRevoke revoke
          && operation.outcome() instanceof Operation.Succeeded) {
        TimedRequest timedRequest = requestOf.get(operation);
        if (timedRequest != null) {
          happenings.add(
              new LeaseHistory.Ended(
                  revoke.id(),
                  timedRequest.sentMillis(),
                  timedRequest.answeredMillis(),
                  before,
                  model.revision(),
                  false));
        }
      } else if (action.command() instanceof Command.LeaseExpire expire
          && model.revision() == before + 1
          && !perhapsRevoked.contains(expire.ids().get(0))) {
        ObservedRevision observed = firstObserved.get(model.revision());
        // A key that other clients write may have been deleted by one whose answer was lost.
        if (observed != null && writesUnsharedKey(observed)) {
          happenings.add(
              new LeaseHistory.Ended(
                  expire.ids().get(0),
                  observed.millis(),
                  observed.millis(),
                  before,
                  model.revision(),
                  true));
        }
      }
    }
    return happenings;
  }

  /**
   * A lease end that may have taken place: it explains missing keys, but does not require them to
   * be missing.
   */
  private static LeaseHistory.Ended possiblyEnded(long lease, long sentMillis) {
    return new LeaseHistory.Ended(lease, sentMillis, Long.MAX_VALUE, 1, 1, false);
  }

  private static boolean writesUnsharedKey(ObservedRevision observed) {
    Bytes prefix = Bytes.utf8(RequestGenerator.LEASED);
    KeyRange own = KeyRange.prefix(prefix);
    return observed.kvs().stream().anyMatch(kv -> own.contains(kv.key()));
  }

  boolean isFine() {
    return violations.isEmpty() && order == Verdict.Kind.LINEARIZABLE;
  }
}
