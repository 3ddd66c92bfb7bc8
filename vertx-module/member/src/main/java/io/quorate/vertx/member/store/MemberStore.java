package io.quorate.vertx.member.store;

import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.PairSizer;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.member.auth.Credentials;
import io.vertx.core.Future;
import java.util.function.BooleanSupplier;

/** The store of a member in this process, with what its client port needs in addition. */
public interface MemberStore extends QuorateStore {

  /** The status of this member; never blocks. Any thread. */
  Result.MemberStatus memberStatus();

  /**
   * This store for requests of {@code caller}. Without it, requests have the caller of this store,
   * or none.
   *
   * @param caller stored in the log with each request
   */
  default MemberStore as(Caller caller) {
    return this;
  }

  /**
   * This store for whoever shows these credentials. They are looked at with each request, so a
   * token is used with each, and may expire in between. Requests fail with INVALID_AUTH_TOKEN then,
   * and in other ways as {@link io.quorate.auth.Rights} says.
   */
  default MemberStore as(Credentials credentials) {
    return as(credentials.certificate());
  }

  /**
   * This store for a caller who may give up before the answer is ready: requests that have not
   * begun by then are dropped, reads stop, and the future fails with any error.
   *
   * @param readQueue callers take turns at reading from the disk; requests with the same object
   *     share one turn
   * @param wanted becomes false once the caller has given up, and then stays false; called often,
   *     on any thread
   */
  default MemberStore onBehalfOf(Object readQueue, BooleanSupplier wanted) {
    return this;
  }

  /** Like {@link #range}; an answer that is not small is returned in pieces. */
  default Future<RangeAnswer> read(Command.Range range, PairSizer sizer) {
    return range(range).map(RangeAnswer.Whole::new);
  }

  /**
   * How many bytes of keys and values the answer to {@code op} may have, by the current index.
   * Fails with {@code ANSWER_TOO_LARGE} if no answer of this size may be in memory as a whole.
   */
  default Future<Long> answerBytes(Command.Op op) {
    return Future.succeededFuture(0L);
  }

  /**
   * A snapshot of what this member has applied, in etcd's format.
   *
   * @param clusterVersion version of the cluster that it tells of, for example {@code 3.6.0}
   * @param storageVersion version of the format, likewise
   * @return fails with {@code TOO_MANY_REQUESTS} if several are open already, and with an {@link
   *     java.io.IOException} if the disk has no room or fails
   */
  Future<SnapshotSource> snapshot(String clusterVersion, String storageVersion);
}
