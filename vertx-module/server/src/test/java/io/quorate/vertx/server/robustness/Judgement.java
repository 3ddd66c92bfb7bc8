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
import io.quorate.vertx.server.robustness.Evidence.Asked;
import io.quorate.vertx.server.robustness.Evidence.Told;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Whether clients were told the truth, by what they asked and heard alone.
 *
 * <p>What was written is what watchers of everything were told, who must agree and miss no
 * revision. That they were told right is not taken for granted: each revision becomes a read of the
 * whole store, over by the time it was told, and the order that is searched for must explain these
 * reads like any other answer.
 *
 * @param violations empty if nothing is broken
 * @param order of all operations, {@link Verdict.Kind#UNDECIDED} if the search was given up
 */
record Judgement(List<Violation> violations, Verdict.Kind order, long steps, int expired) {
  static final String TOLD_ALIKE = "members tell the same history";
  static final String TOLD_ALL = "no revision is left out";
  static final String LINEARIZABLE = "linearizable";

  /** Time that a lease may lose to a clock that runs fast, in thousandths. */
  private static final int MAX_DRIFT_PER_MILLE = 101;

  private static final Linearizability.Bound BOUND = new Linearizability.Bound(5_000_000, 60_000);

  private static final int NOBODY = -1;

  static Judgement of(Evidence evidence) {
    List<Violation> violations = new ArrayList<>();
    TreeMap<Long, Told> firstTold = firstTold(evidence, violations);
    if (!violations.isEmpty()) {
      return new Judgement(violations, Verdict.Kind.VIOLATION, 0, 0);
    }
    Changes changes =
        new Changes(
            firstTold.values().stream()
                .map(told -> new Changes.Change(told.revision(), told.kvs()))
                .toList());
    violations.addAll(WatchGuarantees.check(changes, compactions(evidence), evidence.watched()));
    violations.addAll(
        SerializableReads.check(
            changes,
            evidence.asked().stream()
                .map(asked -> new SerializableReads.InSession(asked.session(), asked.operation()))
                .toList()));
    List<Operation> history = new ArrayList<>();
    evidence.asked().forEach(asked -> history.add(asked.operation()));
    firstTold.values().forEach(told -> history.add(readOfAll(changes, told)));
    Verdict verdict =
        Linearizability.check(
            Linearizability.withPossibleExpiry(Lost.withoutEffectless(history, changes)), BOUND);
    if (verdict.kind() == Verdict.Kind.VIOLATION) {
      violations.add(new Violation(LINEARIZABLE, verdict.explanation()));
    }
    int expired = 0;
    if (verdict.isLinearizable()) {
      List<LeaseHistory.Happening> leases = leases(evidence, verdict, firstTold);
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

  private static TreeMap<Long, Told> firstTold(Evidence evidence, List<Violation> violations) {
    TreeMap<Long, Told> first = new TreeMap<>();
    for (Told told : evidence.told()) {
      Told other = first.putIfAbsent(told.revision(), told);
      if (other == null) {
        continue;
      }
      if (!other.kvs().equals(told.kvs())) {
        violations.add(new Violation(TOLD_ALIKE, told + ", but " + other));
      }
      if (told.step() < other.step()) {
        first.put(told.revision(), told);
      }
    }
    long next = 2;
    for (long revision : first.keySet()) {
      if (revision != next) {
        violations.add(new Violation(TOLD_ALL, next + " to " + (revision - 1) + " is missing"));
      }
      next = revision + 1;
    }
    if (next <= evidence.lastRevision()) {
      violations.add(
          new Violation(TOLD_ALL, next + " to " + evidence.lastRevision() + " is missing"));
    }
    return first;
  }

  private static Set<Long> compactions(Evidence evidence) {
    Set<Long> compactions = new HashSet<>();
    for (Asked asked : evidence.asked()) {
      if (asked.operation().request() instanceof Operation.Do action
          && action.command() instanceof Command.Compact compact
          && !(asked.operation().outcome() instanceof Operation.Refused)) {
        compactions.add(compact.revision());
      }
    }
    return compactions;
  }

  private static Operation readOfAll(Changes changes, Told told) {
    List<KeyValue> all = changes.pairs(KeyRange.all(), told.revision());
    return Operation.read(
        NOBODY,
        0,
        told.step(),
        Command.Range.of(KeyRange.all()),
        new Operation.Succeeded(new Result.Ranged(told.revision(), all, false, all.size())));
  }

  // ---- leases

  private static List<LeaseHistory.Happening> leases(
      Evidence evidence, Verdict verdict, TreeMap<Long, Told> firstTold) {
    List<LeaseHistory.Happening> happenings = new ArrayList<>(evidence.renewed());
    Map<Operation, Asked> askedBy = new HashMap<>();
    Set<Long> perhapsRevoked = new HashSet<>();
    for (Asked asked : evidence.asked()) {
      Operation operation = asked.operation();
      askedBy.put(operation, asked);
      if (!(operation.request() instanceof Operation.Do action)) {
        continue;
      }
      if (operation.outcome() instanceof Operation.Succeeded succeeded
          && succeeded.result() instanceof Result.LeaseGranted granted) {
        happenings.add(
            new LeaseHistory.Granted(
                granted.id(),
                granted.ttlSeconds() * 1_000,
                asked.askedMillis(),
                asked.answeredMillis()));
      } else if (action.command() instanceof Command.LeaseRevoke revoke
          && operation.outcome() instanceof Operation.Unknown) {
        perhapsRevoked.add(revoke.id());
        happenings.add(perhapsEnded(revoke.id(), asked.askedMillis()));
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
        Asked asked = askedBy.get(operation);
        if (asked != null) {
          happenings.add(
              new LeaseHistory.Ended(
                  revoke.id(),
                  asked.askedMillis(),
                  asked.answeredMillis(),
                  before,
                  model.revision(),
                  false));
        }
      } else if (action.command() instanceof Command.LeaseExpire expire
          && model.revision() == before + 1
          && !perhapsRevoked.contains(expire.ids().get(0))) {
        Told told = firstTold.get(model.revision());
        // A key that others write may have been deleted by one whose answer was lost.
        if (told != null && hasKeyOfItsOwn(told)) {
          happenings.add(
              new LeaseHistory.Ended(
                  expire.ids().get(0),
                  told.millis(),
                  told.millis(),
                  before,
                  model.revision(),
                  true));
        }
      }
    }
    return happenings;
  }

  /** Nobody knows whether it took place: it explains what is missing, and demands nothing. */
  private static LeaseHistory.Ended perhapsEnded(long lease, long askedMillis) {
    return new LeaseHistory.Ended(lease, askedMillis, Long.MAX_VALUE, 1, 1, false);
  }

  private static boolean hasKeyOfItsOwn(Told told) {
    Bytes prefix = Bytes.utf8(Requests.LEASED);
    KeyRange own = KeyRange.prefix(prefix);
    return told.kvs().stream().anyMatch(kv -> own.contains(kv.key()));
  }

  boolean isFine() {
    return violations.isEmpty() && order == Verdict.Kind.LINEARIZABLE;
  }
}
