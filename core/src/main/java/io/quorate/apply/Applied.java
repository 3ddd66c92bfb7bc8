package io.quorate.apply;

import io.quorate.auth.AuthState;
import io.quorate.command.Bytes;
import io.quorate.mvcc.Record;
import io.quorate.raft.ConfState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The effects of applying one entry.
 *
 * @param outcomes one for each proposal, in order
 * @param changes one for each new revision, in order
 * @param conf the configuration, if this entry changed it
 * @param leaseChanges leases that were granted or have ended, for the leader's countdown
 * @param auth users and roles, if this entry changed them
 * @param tokenChanges which tokens are known from now on, in order
 */
public record Applied(
    List<Outcome> outcomes,
    List<Revised> changes,
    @Nullable ConfState conf,
    List<LeaseChange> leaseChanges,
    @Nullable AuthState auth,
    List<TokenChange> tokenChanges) {

  /** The records of one revision, in order. */
  public record Revised(long revision, List<Record> records) {}

  /**
   * @param ttlMillis granted TTL, 0 for a lease that has ended
   */
  public record LeaseChange(long leaseId, long ttlMillis) {}

  /** What happened to tokens. They are no part of the state: each member keeps those it knows. */
  public sealed interface TokenChange {
    /**
     * A user has logged in.
     *
     * @param digest of the token's secret part
     * @param index of the entry; part of the token
     */
    record LoggedIn(String user, Bytes digest, long index) implements TokenChange {}

    /** Nobody is this user any more without logging in again. */
    record LoggedOut(String user) implements TokenChange {}

    /** Authentication was disabled. */
    record AllLoggedOut() implements TokenChange {}
  }

  /** {@code millis} in seconds, the unit of etcd's requests; rounded up. */
  public static long ceilSeconds(long millis) {
    return (millis + 999) / 1_000;
  }
}
