package io.quorate.sim;

import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import io.quorate.history.Changes;
import io.quorate.history.LeaseHistory;
import io.quorate.history.Linearizability;
import io.quorate.history.Operation;
import io.quorate.history.SerializableReads;
import io.quorate.history.Verdict;
import io.quorate.history.Violation;
import io.quorate.history.WatchGuarantees;
import io.quorate.node.LeaseReply;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Whether clients were told the truth, by what they asked and heard alone. The ledger helps in two
 * points only: a request without an answer that never was committed had no effect, and what ended
 * leases was committed when it was.
 */
final class Truth {

  /** After these a request may still have its effect. */
  private static final Set<EtcdError> UNKNOWN =
      EnumSet.of(
          EtcdError.TIMEOUT,
          EtcdError.TIMEOUT_LEADER_FAIL,
          EtcdError.TIMEOUT_CONNECTION_LOST,
          EtcdError.STOPPED,
          EtcdError.LEADER_CHANGED);

  /** Time that a lease may lose to a clock that runs fast, in thousandths. */
  private static final int MAX_DRIFT_PER_MILLE = 101;

  private static final Linearizability.Bound BOUND =
      new Linearizability.Bound(1_000_000, Long.MAX_VALUE);

  private final SimWorld world;
  private final Ledger ledger;
  private final List<Clients.Asked> asked;
  private final Lockers lockers;

  Truth(SimWorld world, Ledger ledger, List<Clients.Asked> asked, Lockers lockers) {
    this.world = world;
    this.ledger = ledger;
    this.asked = asked;
    this.lockers = lockers;
  }

  /**
   * Throws if somebody was told what is not so.
   *
   * @return false if the search for an order was given up
   */
  boolean check(List<WatchGuarantees.Watched> watched) {
    Changes changes = ledger.changes();
    List<Violation> violations = new ArrayList<>();
    List<Operation> history = new ArrayList<>();
    List<SerializableReads.InSession> sessions = new ArrayList<>();
    List<LeaseHistory.Happening> leases = new ArrayList<>(ledger.ended());
    for (Clients.Asked each : asked) {
      if (each.request() instanceof Clients.Request.KeepAlive keepAlive) {
        renewed(each, keepAlive.lease(), leases);
        continue;
      }
      Operation operation = operation(each);
      history.add(operation);
      SimWorld.Life life = each.ask().life;
      sessions.add(new SerializableReads.InSession(life.id + "/" + life.incarnation, operation));
      if (each.ask().result instanceof Result.LeaseGranted granted) {
        leases.add(
            new LeaseHistory.Granted(
                granted.id(),
                ticks(granted.ttlSeconds()),
                each.ask().askedTick,
                each.ask().answeredTick));
      }
    }
    for (Command.Compact compact : ledger.automaticCompactions()) {
      Operation operation =
          Operation.command(-1, 0, Operation.NEVER, compact, new Operation.Unknown());
      history.add(operation);
      sessions.add(new SerializableReads.InSession("automatic", operation));
    }
    violations.addAll(SerializableReads.check(changes, sessions));
    violations.addAll(WatchGuarantees.check(changes, ledger.compactions(), watched));
    violations.addAll(LeaseHistory.check(leases, MAX_DRIFT_PER_MILLE, changes));
    violations.addAll(lockers.check(changes, history));
    if (!violations.isEmpty()) {
      throw new AssertionError("seed " + world.seed + ": " + violations);
    }
    for (List<Long> ids : ledger.expired()) {
      history.add(
          Operation.command(
              -1, 0, Operation.NEVER, new Command.LeaseExpire(ids), new Operation.Unknown()));
    }
    Verdict verdict = Linearizability.check(history, BOUND);
    if (verdict.kind() == Verdict.Kind.VIOLATION) {
      throw new AssertionError("seed " + world.seed + ": " + verdict.explanation());
    }
    return verdict.isLinearizable();
  }

  private long ticks(long seconds) {
    return seconds * 1_000 / world.settings.tickMillis;
  }

  private void renewed(Clients.Asked each, long lease, List<LeaseHistory.Happening> leases) {
    if (each.ask().result instanceof LeaseReply reply) {
      leases.add(
          new LeaseHistory.Renewed(
              lease, ticks(reply.ttlSeconds()), each.ask().askedTick, each.ask().answeredTick));
    }
  }

  private Operation operation(Clients.Asked each) {
    SimWorld.Ask<?> ask = each.ask();
    Operation.Outcome outcome = outcome(each);
    long returned = outcome instanceof Operation.Unknown ? Operation.NEVER : ask.answeredStep;
    if (!ask.done()) {
      returned = Operation.NEVER;
    }
    return each.request() instanceof Clients.Request.Read read
        ? Operation.read(each.client(), ask.askedStep, returned, read.range(), outcome)
        : Operation.command(
            each.client(),
            ask.askedStep,
            returned,
            ((Clients.Request.Write) each.request()).command(),
            outcome);
  }

  private Operation.Outcome outcome(Clients.Asked each) {
    SimWorld.Ask<?> ask = each.ask();
    EtcdError error = ask.error;
    if (ask.result instanceof Result result) {
      return new Operation.Succeeded(result);
    } else if (error != null && !UNKNOWN.contains(error)) {
      return new Operation.Refused(error);
    } else if (each.request() instanceof Clients.Request.Write write
        && ledger.isCommitted(write.command())) {
      return new Operation.Unknown();
    }
    return new Operation.Refused(null);
  }
}
