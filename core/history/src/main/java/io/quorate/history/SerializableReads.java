package io.quorate.history;

import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Reads that one member answers from its own state may be old, but not wrong: the answer is that of
 * the state at the revision it names, and a member that lives on never goes back.
 */
public final class SerializableReads {
  public static final String WRONG_STATE = "serializable read of a state that was";
  public static final String WENT_BACK = "revisions of one member do not go back";

  private SerializableReads() {}

  /**
   * An operation and the session it belongs to.
   *
   * @param session names a member and one life of it (it may forget what it has not stored when it
   *     dies); with the client in the name the promise is only made to each client
   */
  public record InSession(String session, Operation operation) {}

  /**
   * @param changes every revision that any answer may speak of
   * @param operations all kinds: serializable reads are compared with the state, and any answer
   *     tells how far its member is; compactions explain refusals
   * @return what is broken, empty if nothing
   */
  public static List<Violation> check(Changes changes, List<InSession> operations) {
    List<Violation> violations = new ArrayList<>();
    long compacted = mostCompacted(operations);
    for (InSession each : operations) {
      if (each.operation.isSerializable() && each.operation.isAnswered()) {
        checkState(changes, each.operation, compacted, violations);
      }
    }
    Map<String, List<Operation>> sessions = new HashMap<>();
    for (InSession each : operations) {
      sessions.computeIfAbsent(each.session, s -> new ArrayList<>()).add(each.operation);
    }
    sessions.forEach((session, all) -> checkOrder(session, all, violations));
    return violations;
  }

  /** The highest revision that may have been compacted. */
  private static long mostCompacted(List<InSession> operations) {
    long most = -1;
    for (InSession each : operations) {
      Operation operation = each.operation;
      if (operation.request() instanceof Operation.Do action
          && action.command() instanceof Command.Compact compact
          && !(operation.outcome() instanceof Operation.Refused)) {
        most = Math.max(most, compact.revision());
      }
    }
    return most;
  }

  private static void checkState(
      Changes changes, Operation operation, long compacted, List<Violation> violations) {
    if (operation.outcome() instanceof Operation.Refused refused) {
      boolean right =
          switch (String.valueOf(refused.error())) {
            case "COMPACTED" -> asks(operation, 1, compacted - 1);
            case "FUTURE_REV" -> asks(operation, 1, Long.MAX_VALUE);
            default -> false;
          };
      if (!right) {
        violations.add(
            new Violation(
                WRONG_STATE, operation + "\n  but nothing beyond " + compacted + " was compacted"));
      }
      return;
    }
    Result result = ((Operation.Succeeded) operation.outcome()).result();
    long revision = operation.revision();
    if (revision < 1 || revision > changes.revision()) {
      violations.add(
          new Violation(
              WRONG_STATE, operation + "\n  but the newest revision is " + changes.revision()));
      return;
    }
    Object expected = changes.states().readAsOf(operation.request(), revision);
    if (!expected.equals(result)) {
      violations.add(
          new Violation(
              WRONG_STATE, operation + "\n  but the model answers " + Shown.answer(expected)));
    }
  }

  /** Whether any range or compaction in it asks for a revision between these two. */
  private static boolean asks(Operation operation, long from, long to) {
    if (operation.request() instanceof Operation.Do action
        && action.command() instanceof Command.Compact compact) {
      return compact.revision() >= from && compact.revision() <= to;
    }
    List<Command.Op> ops = new ArrayList<>();
    if (operation.request() instanceof Operation.Read read) {
      ops.add(read.range());
    } else if (((Operation.Do) operation.request()).command() instanceof Command.Txn txn) {
      ops.addAll(txn.success());
      ops.addAll(txn.failure());
    }
    for (Command.Op op : ops) {
      if (op instanceof Command.Range range && range.revision() >= from && range.revision() <= to) {
        return true;
      }
    }
    return false;
  }

  /** Nothing that began after an answer may show less than that answer. */
  private static void checkOrder(
      String session, List<Operation> operations, List<Violation> violations) {
    List<Operation> begun = new ArrayList<>(operations);
    begun.sort(Comparator.comparingLong(Operation::invoked));
    PriorityQueue<Operation> under =
        new PriorityQueue<>(Comparator.comparingLong(Operation::returned));
    Operation newest = null;
    for (Operation operation : begun) {
      while (!under.isEmpty() && under.peek().returned() < operation.invoked()) {
        Operation ended = under.remove();
        if (newest == null || ended.revision() > newest.revision()) {
          newest = ended;
        }
      }
      boolean future =
          operation.outcome() instanceof Operation.Refused refused
              && refused.error() == EtcdError.FUTURE_REV;
      boolean back =
          newest != null
              && (operation.revision() != 0
                  ? operation.revision() < newest.revision()
                  : future && !asks(operation, newest.revision() + 1, Long.MAX_VALUE));
      if (back) {
        violations.add(
            new Violation(WENT_BACK, session + ": " + operation + "\n  began after " + newest));
      }
      if (operation.revision() != 0) {
        under.add(operation);
      }
    }
  }
}
