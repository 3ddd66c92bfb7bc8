package io.quorate.vertx.member.store;

import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.vertx.core.Future;
import java.util.List;

/** The answer to a range: as a whole if it is small, else to be read piece by piece. */
public sealed interface RangeAnswer {

  /** All of it. */
  record Whole(Result.Ranged ranged) implements RangeAnswer {}

  /**
   * Everything about the answer but its pairs, and the way to these. All of them are of one
   * revision, which compaction leaves alone until {@link #close}; so whoever has one closes it.
   * From the context that asked.
   */
  non-sealed interface Pieces extends RangeAnswer {
    /** What the answer shows as the newest revision. */
    long revision();

    /** Live keys in the range, whatever the limit and the filters. */
    long count();

    /** True if the limit has cut something off. */
    boolean more();

    /** Of all pairs, by the sizer that was given, in bytes. */
    long sizeBytes();

    /**
     * The next pairs, with at most {@code maxBytes} of keys and values, but at least one of them;
     * none at the end. To be asked again only when the last ones are here.
     */
    Future<List<KeyValue>> next(long maxBytes);

    /** May be called at any time, and more than once. */
    void close();
  }
}
