package io.quorate.vertx.member.store;

import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.vertx.core.Future;
import java.util.List;

/** The answer to a range: complete if it is small, else to be read piece by piece. */
public sealed interface RangeAnswer {

  /** The complete answer. */
  record Whole(Result.Ranged ranged) implements RangeAnswer {
    /** The same as pieces, for a reader that takes nothing else. */
    public Pieces pieces() {
      return new WholePieces(ranged);
    }
  }

  /**
   * The properties of an answer, and its pairs in pieces. All pieces show the same revision, which
   * is not compacted before {@link #close}; so every user has to close it. To be used on the
   * context of the request.
   */
  non-sealed interface Pieces extends RangeAnswer {
    /** The newest revision of the store when the answer was made. */
    long revision();

    /** Number of live keys in the range, regardless of limit and filters. */
    long count();

    /** Whether the limit has cut off pairs. */
    boolean more();

    /** Size of all pairs in bytes, as the given sizer computes it. */
    long sizeBytes();

    /**
     * The next pairs: at least one, and at most {@code maxBytes} of keys and values if there is
     * more than one; none at the end. Must not be called before the previous call has completed.
     */
    default Future<List<KeyValue>> next(long maxBytes) {
      return next(maxBytes, Integer.MAX_VALUE);
    }

    /** As {@link #next(long)}, and at most {@code maxPairs}. */
    Future<List<KeyValue>> next(long maxBytes, int maxPairs);

    /** Whether the pairs that were returned last were the last ones. */
    boolean isAtEnd();

    /** May be called at any time, also repeatedly. */
    void close();
  }
}
