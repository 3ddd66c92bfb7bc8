package io.quorate.vertx.member.store;

import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.PairSizer;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.Future;
import java.util.function.BooleanSupplier;

/** The store as a member in this process shows it: what the servers for clients stand before. */
public interface MemberStore extends QuorateStore {

  /** A look at this member; local, never waits. Any thread. */
  Result.MemberStatus memberStatus();

  /**
   * This store for somebody. Without it nobody asks, or whom this one is for.
   *
   * @param caller goes with each request, into the log as well
   */
  default MemberStore as(Caller caller) {
    return this;
  }

  /**
   * This store for somebody who may go before the answer is here: what has not been begun by then
   * is left, what is being read is read no further, and the future fails with any error.
   *
   * @param line those who ask take turns where they read from the disk, each with a line of its own
   * @param wanted any thread, asked often; once false it stays so
   */
  default MemberStore onBehalfOf(Object line, BooleanSupplier wanted) {
    return this;
  }

  /** As {@link #range}, with pieces unless the answer is small. */
  default Future<RangeAnswer> read(Command.Range range, PairSizer sizer) {
    return range(range).map(RangeAnswer.Whole::new);
  }

  /**
   * Keys and values that the answer to {@code op} may hold, by the index as it is now, in bytes.
   * {@code ANSWER_TOO_LARGE} if that is more than is ever held in memory for one answer.
   */
  default Future<Long> answerBytes(Command.Op op) {
    return Future.succeededFuture(0L);
  }
}
