package io.quorate.history;

import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One request of one client and what came of it.
 *
 * @param client who asked; only shown
 * @param invoked when, in any time that never goes back; two events that are known to have come one
 *     after the other must have different times, or they count as concurrent
 * @param returned when the answer was there; {@link #NEVER} if there was none. Of an {@link
 *     Unknown} outcome it is when the client gave up and bounds nothing
 */
public record Operation(int client, long invoked, long returned, Request request, Outcome outcome) {

  /** The answer never came. */
  public static final long NEVER = Long.MAX_VALUE;

  /** Errors that the state of the store decides about; one must be right when it is given. */
  private static final Set<EtcdError> OF_THE_STATE =
      EnumSet.of(
          EtcdError.KEY_NOT_FOUND,
          EtcdError.COMPACTED,
          EtcdError.FUTURE_REV,
          EtcdError.LEASE_NOT_FOUND,
          EtcdError.LEASE_EXIST);

  public Operation {
    if (returned < invoked) {
      throw new IllegalArgumentException("returned at " + returned + ", invoked at " + invoked);
    }
  }

  /** What was asked for. */
  public sealed interface Request {}

  /** A read outside of transactions. */
  public record Read(Command.Range range) implements Request {}

  /**
   * A put, delete, transaction, compaction, or the grant, revocation or expiry of leases. Expiry is
   * nobody's request; see {@link Linearizability#withPossibleExpiry}.
   */
  public record Do(Command command) implements Request {}

  /** How it ended, as far as the client can know. */
  public sealed interface Outcome {}

  /** The request had its effect, once, between invocation and return. */
  public record Succeeded(Result result) implements Outcome {}

  /**
   * The request certainly had and will have no effect.
   *
   * @param error why; errors that depend on the state are checked like any answer, the others (and
   *     null, for a request that never left) say nothing about the state
   */
  public record Refused(@Nullable EtcdError error) implements Outcome {}

  /** Takes effect once or never, at any time after the invocation. */
  public record Unknown() implements Outcome {}

  public static Operation read(
      int client, long invoked, long returned, Command.Range range, Outcome outcome) {
    return new Operation(client, invoked, returned, new Read(range), outcome);
  }

  public static Operation command(
      int client, long invoked, long returned, Command command, Outcome outcome) {
    return new Operation(client, invoked, returned, new Do(command), outcome);
  }

  /** True for what one member may answer from its own state: serializable reads. */
  public boolean isSerializable() {
    if (request instanceof Read read) {
      return read.range.serializable();
    }
    return request instanceof Do action
        && action.command instanceof Command.Txn txn
        && txn.isReadOnly()
        && txn.isSerializable();
  }

  /** True if the answer tells something about the state of the store. */
  boolean isAnswered() {
    return outcome instanceof Succeeded
        || (outcome instanceof Refused refused && stateError(refused) != null);
  }

  /** Revision of the answer's header, 0 without an answer that has one. */
  public long revision() {
    return outcome instanceof Succeeded succeeded ? revisionOf(succeeded.result) : 0;
  }

  static @Nullable EtcdError stateError(Refused refused) {
    return refused.error != null && OF_THE_STATE.contains(refused.error) ? refused.error : null;
  }

  /** Revision of a result's header, 0 if it has none. */
  public static long revisionOf(Result result) {
    if (result instanceof Result.Ranged r) {
      return r.revision();
    } else if (result instanceof Result.Putted r) {
      return r.revision();
    } else if (result instanceof Result.Deleted r) {
      return r.revision();
    } else if (result instanceof Result.TxnDone r) {
      return r.revision();
    } else if (result instanceof Result.Compacted r) {
      return r.revision();
    } else if (result instanceof Result.LeaseGranted r) {
      return r.revision();
    } else if (result instanceof Result.LeaseRevoked r) {
      return r.revision();
    } else if (result instanceof Result.LeasesExpired r) {
      return r.revision();
    }
    return 0;
  }

  @Override
  public String toString() {
    Object asked =
        request instanceof Read read ? Shown.of(read.range) : Shown.of(((Do) request).command);
    return "client "
        + client
        + " ["
        + invoked
        + ", "
        + (returned == NEVER ? "never" : returned)
        + "] "
        + asked
        + " -> "
        + Shown.of(outcome);
  }
}
