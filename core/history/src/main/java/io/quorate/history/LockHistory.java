package io.quorate.history;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Locks after etcd's recipe: whoever waits puts a key of its own under the lock's prefix, on a
 * lease; the one with the lowest create revision holds the lock, and that revision is its fencing
 * token. A client may believe that it holds a lock when its lease has already ended: what is
 * promised is that tokens ascend, and that a write which compares the token fails from then on.
 */
public final class LockHistory {
  public static final String NOT_THE_HOLDER = "only the oldest key under the prefix holds the lock";
  public static final String TOKENS_ASCEND = "tokens of successive holders ascend";
  public static final String FENCED = "a write that compares a token fails once its key is gone";

  public static final String GONE_IS_GONE = "whose key is known to be gone holds nothing any more";

  private LockHistory() {}

  /**
   * A client was told that it holds the lock.
   *
   * @param key its key under the prefix
   * @param token create revision of the key
   * @param seenAt header revision of the answer that told it: the key was there and no older one
   * @param invoked when that answer was asked for
   * @param returned when it came
   */
  public record Held(int client, Bytes key, long token, long seenAt, long invoked, long returned) {}

  /**
   * A client was told that a key is gone: deleted, or with its lease.
   *
   * @param token create revision of the key
   * @param returned when the answer came
   */
  public record Gone(Bytes key, long token, long returned) {}

  /**
   * @param prefix where the lock's keys are
   * @param guarded operations of the clients; those that compare the create revision of a key under
   *     {@code prefix} with a token are looked at, the others may be among them
   * @return what is broken, empty if nothing
   */
  public static List<Violation> check(
      KeyRange prefix,
      Changes changes,
      List<Held> holds,
      List<Gone> gone,
      List<Operation> guarded) {
    List<Violation> violations = new ArrayList<>();
    for (Held held : holds) {
      checkHolder(prefix, changes, held, violations);
    }
    checkTokens(holds, violations);
    List<Guarded> succeeded = succeeded(prefix, guarded);
    checkWrites(changes, succeeded, violations);
    checkGone(holds, gone, succeeded, violations);
    return violations;
  }

  private static @Nullable KeyValue holder(KeyRange prefix, Changes changes, long revision) {
    return changes.pairs(prefix, revision).stream()
        .min(Comparator.comparingLong(KeyValue::createRevision))
        .orElse(null);
  }

  private static void checkHolder(
      KeyRange prefix, Changes changes, Held held, List<Violation> violations) {
    KeyValue holder = holder(prefix, changes, held.seenAt);
    if (holder == null
        || !holder.key().equals(held.key)
        || holder.createRevision() != held.token
        || held.seenAt > changes.revision()) {
      violations.add(
          new Violation(NOT_THE_HOLDER, held + ", but the holder was " + Shown.of(holder)));
    }
  }

  /** Whoever was told after another had been told has the higher token, or is the same. */
  private static void checkTokens(List<Held> holds, List<Violation> violations) {
    List<Held> byReturn = new ArrayList<>(holds);
    byReturn.sort(Comparator.comparingLong(Held::returned));
    List<Held> byInvocation = new ArrayList<>(holds);
    byInvocation.sort(Comparator.comparingLong(Held::invoked));
    int ended = 0;
    Held highest = null;
    for (Held held : byInvocation) {
      while (ended < byReturn.size() && byReturn.get(ended).returned < held.invoked) {
        Held earlier = byReturn.get(ended++);
        if (highest == null || earlier.token > highest.token) {
          highest = earlier;
        }
      }
      boolean ascends =
          highest == null
              || held.token > highest.token
              || (held.token == highest.token && held.key.equals(highest.key));
      if (!ascends) {
        violations.add(new Violation(TOKENS_ASCEND, held + " after " + highest));
      }
    }
  }

  private static List<Guarded> succeeded(KeyRange prefix, List<Operation> guarded) {
    List<Guarded> succeeded = new ArrayList<>();
    for (Operation operation : guarded) {
      if (operation.request() instanceof Operation.Do action
          && action.command() instanceof Command.Txn txn
          && operation.outcome() instanceof Operation.Succeeded answer
          && answer.result() instanceof Result.TxnDone done
          && done.succeeded()) {
        Command.Compare guard = guard(prefix, txn);
        if (guard != null) {
          succeeded.add(new Guarded(operation, guard, done));
        }
      }
    }
    succeeded.sort(Comparator.comparingLong(each -> each.done.revision()));
    return succeeded;
  }

  /** Nobody may learn that a lock is free, and then see its holder go on. */
  private static void checkGone(
      List<Held> holds, List<Gone> gone, List<Guarded> succeeded, List<Violation> violations) {
    for (Gone each : gone) {
      for (Held held : holds) {
        if (held.token == each.token && held.key.equals(each.key) && held.invoked > each.returned) {
          violations.add(new Violation(GONE_IS_GONE, held + " after " + each));
        }
      }
      for (Guarded write : succeeded) {
        if (write.guard.number() == each.token
            && write.guard.range().start().equals(each.key)
            && write.operation.invoked() > each.returned) {
          violations.add(new Violation(GONE_IS_GONE, write.operation + " after " + each));
        }
      }
    }
  }

  private static void checkWrites(
      Changes changes, List<Guarded> succeeded, List<Violation> violations) {
    long highest = 0;
    for (Guarded each : succeeded) {
      checkFence(changes, each, violations);
      if (each.guard.number() < highest) {
        violations.add(
            new Violation(
                TOKENS_ASCEND, each.operation + " although there was one with token " + highest));
      }
      highest = Math.max(highest, each.guard.number());
    }
  }

  private record Guarded(Operation operation, Command.Compare guard, Result.TxnDone done) {}

  private static void checkFence(Changes changes, Guarded each, List<Violation> violations) {
    long at = each.done.revision();
    long before = writes(each.done) ? at - 1 : at;
    KeyValue key = changes.pair(each.guard.range().start(), before);
    if (key == null || key.createRevision() != each.guard.number()) {
      violations.add(
          new Violation(
              FENCED, each.operation + "\n  but at " + before + " its key was " + Shown.of(key)));
    }
  }

  private static boolean writes(Result.TxnDone done) {
    for (Result.OpResult response : done.responses()) {
      if (response instanceof Result.Putted
          || (response instanceof Result.Deleted deleted && deleted.deleted() > 0)
          || (response instanceof Result.TxnDone inner && writes(inner))) {
        return true;
      }
    }
    return false;
  }

  private static Command.@Nullable Compare guard(KeyRange prefix, Command.Txn txn) {
    for (Command.Compare compare : txn.compares()) {
      if (compare.target() == Command.CompareTarget.CREATE
          && compare.result() == Command.CompareResult.EQUAL
          && compare.number() > 0
          && compare.range().isSingle()
          && prefix.contains(compare.range().start())) {
        return compare;
      }
    }
    return null;
  }
}
