package io.quorate.history;

import io.quorate.command.Command;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides whether the operations of a history can be put into one order that explains every answer:
 * each at one moment between invocation and return, on a store that does one request at a time
 * ({@link StoreModel}). Serializable reads make no such promise and are passed over, see {@link
 * SerializableReads}.
 *
 * <p>The search is Wing's and Gong's with Lowe's memory of what was tried. It is complete: a
 * history is called a violation only after every order was excluded. (What was tried is remembered
 * as 64 bits of state and 64 of operations, so a coincidence could hide an order; a violation is
 * therefore searched for twice, with different bits.) Five things make it fast on this store, none
 * of which takes any answer for true:
 *
 * <ol>
 *   <li>An answer names a revision, and the model would have to give the same, so an operation is
 *       tried only where the model's revision fits; and once the revision has gone past the place
 *       of an operation that is still to come, the path is dead.
 *   <li>An operation that fits and changes nothing is taken at once and for good: if it could come
 *       later, it can come now.
 *   <li>What answers tell about other revisions excludes steps ({@link Sightings}).
 *   <li>A request with a lost answer is tried only where a revision is missing, the latest first.
 *       If it makes no revision (a grant, a compaction), then only right before what could notice
 *       it.
 *   <li>The set of operations done is an incremental hash, the remaining ones are linked lists that
 *       operations are taken out of and put back into.
 * </ol>
 *
 * <p>Histories are not split by key, although keys are independent otherwise: the revision is one
 * counter for all of them, in every answer, so the parts would not be independent; and the counter
 * says more about the order than the split would save.
 */
public final class Linearizability {

  /**
   * When to give up.
   *
   * @param steps most requests to try on the model
   * @param millis most time to take; a verdict that this made is not the same on every run
   */
  public record Bound(long steps, long millis) {
    /** Far more than a sound history takes, and no clock. */
    public static final Bound DEFAULT = new Bound(5_000_000, Long.MAX_VALUE);
  }

  private Linearizability() {}

  /** With the {@linkplain Bound#DEFAULT default bound}. */
  public static Verdict check(List<Operation> history) {
    return check(history, Bound.DEFAULT);
  }

  /**
   * Judges a history that began on an empty store.
   *
   * @param history in any order
   */
  public static Verdict check(List<Operation> history, Bound bound) {
    Verdict first = new Search(history, bound, 0x9e3779b97f4a7c15L, false).run();
    if (first.kind() != Verdict.Kind.VIOLATION) {
      return first;
    }
    return new Search(history, bound, 0x632be59bd9b4e019L, true).run();
  }

  /**
   * Adds what the store may do by itself: the expiry of every lease that may have been granted,
   * once or never, at any time after it was asked for.
   */
  public static List<Operation> withPossibleExpiry(List<Operation> history) {
    List<Operation> all = new ArrayList<>(history);
    for (Operation operation : history) {
      if (asked(operation) instanceof Operation.Do action
          && action.command() instanceof Command.LeaseGrant grant
          && grant.id() != 0
          && !(operation.outcome() instanceof Operation.Refused)) {
        all.add(
            Operation.command(
                -1,
                operation.invoked(),
                Operation.NEVER,
                new Command.LeaseExpire(List.of(grant.id())),
                new Operation.Unknown()));
      }
    }
    return all;
  }

  /** The request as it must have been carried out: the store chooses a lease's id if asked to. */
  static Operation.Request asked(Operation operation) {
    if (operation.request() instanceof Operation.Do action
        && action.command() instanceof Command.LeaseGrant grant
        && operation.outcome() instanceof Operation.Succeeded succeeded
        && succeeded.result() instanceof Result.LeaseGranted granted) {
      long id = grant.id() == 0 ? granted.id() : grant.id();
      // A short TTL is raised to the least there is.
      return new Operation.Do(
          new Command.LeaseGrant(id, Math.max(grant.ttlSeconds(), granted.ttlSeconds())));
    }
    return operation.request();
  }
}
