package io.quorate.vertx.server.robustness;

import io.quorate.command.Command;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.history.Changes;
import io.quorate.history.Operation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds the requests without an answer that may have had an effect, given all revisions: a request
 * that changes keys and took effect has a revision with exactly its writes that no answered request
 * has made. Other requests without an answer are removed from the history: no order could contain
 * them, and they slow the search down.
 */
final class EffectlessRequests {
  private EffectlessRequests() {}

  /** The history without requests that certainly had no effect. */
  static List<Operation> removeFrom(List<Operation> history, Changes changes) {
    Set<Long> claimed = new HashSet<>();
    for (Operation operation : history) {
      if (operation.outcome() instanceof Operation.Succeeded succeeded
          && succeeded.result() instanceof Result.OpResult result
          && hasWritten(result)) {
        claimed.add(operation.revision());
      }
    }
    List<Changes.Change> unclaimed =
        changes.all().stream().filter(change -> !claimed.contains(change.revision())).toList();
    List<Operation> left = new ArrayList<>();
    for (Operation operation : history) {
      boolean changesKeys =
          operation.outcome() instanceof Operation.Unknown
              && operation.request() instanceof Operation.Do action
              && action.command() instanceof Command.Op;
      if (!changesKeys
          || unclaimed.stream().anyMatch(change -> canHaveMade(operation, change.kvs()))) {
        left.add(operation);
      }
    }
    return left;
  }

  private static boolean hasWritten(Result.OpResult result) {
    if (result instanceof Result.TxnDone done) {
      return done.responses().stream().anyMatch(EffectlessRequests::hasWritten);
    }
    return result instanceof Result.Putted
        || (result instanceof Result.Deleted deleted && deleted.deleted() > 0);
  }

  private static boolean canHaveMade(Operation operation, List<KeyValue> kvs) {
    Command.Op op = (Command.Op) ((Operation.Do) operation.request()).command();
    if (op instanceof Command.Txn txn) {
      return canHaveMade(txn.success(), kvs) || canHaveMade(txn.failure(), kvs);
    }
    return canHaveMade(List.of(op), kvs);
  }

  private static boolean canHaveMade(List<Command.Op> ops, List<KeyValue> kvs) {
    return kvs.stream().allMatch(kv -> ops.stream().anyMatch(op -> writes(op, kv)));
  }

  private static boolean writes(Command.Op op, KeyValue kv) {
    if (op instanceof Command.Put put) {
      return put.key().equals(kv.key())
          && !kv.isTombstone()
          && (put.ignoreValue() || put.value().equals(kv.value()));
    } else if (op instanceof Command.DeleteRange delete) {
      return kv.isTombstone() && delete.range().contains(kv.key());
    }
    return op instanceof Command.Txn inner
        && (canHaveMade(inner.success(), List.of(kv)) || canHaveMade(inner.failure(), List.of(kv)));
  }
}
