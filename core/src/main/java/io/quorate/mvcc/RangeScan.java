package io.quorate.mvcc;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * A range that is read piece by piece, all of it at one revision: first how many pairs there are
 * and what they take, from the index alone; then the pairs, with only one piece of them in memory.
 * Compaction does not overtake it, so it must be closed.
 *
 * <p>Any thread, one at a time; only {@link #close} may come while another one reads.
 */
public final class RangeScan implements AutoCloseable {

  /** Where values come from, at once or after a look at the disk. */
  interface Source {
    /**
     * @return null for each value that is not to be had
     */
    @Nullable Bytes[] values(long[] recordIds);

    /** The value if it is in memory. */
    @Nullable Bytes inMemory(long recordId);
  }

  private final long headerRevision;
  private final RangeQuery.Plan plan;
  private final boolean keysOnly;
  private final Source source;
  private final Runnable closed;
  private final Iterator<RangeQuery.Found> rest;

  /** Taken from {@link #rest} and not handed out yet. */
  private RangeQuery.@Nullable Found ahead;

  private volatile boolean isAtEnd;

  /** Guarded by this object, and with it {@link #isClosed}. */
  private boolean reading;

  private boolean isClosed;

  RangeScan(
      long headerRevision, RangeQuery.Plan plan, boolean keysOnly, Source source, Runnable closed) {
    this.headerRevision = headerRevision;
    this.plan = plan;
    this.keysOnly = keysOnly;
    this.source = source;
    this.closed = closed;
    this.rest = plan.chosen().iterator();
  }

  /** What the answer shows as the newest revision. */
  public long revision() {
    return headerRevision;
  }

  /** Live keys in the range, whatever the limit and the filters. */
  public long count() {
    return plan.count();
  }

  /** True if the limit has cut something off. */
  public boolean more() {
    return plan.more();
  }

  /** Sum of what the sizer said of each pair, in bytes. */
  public long sizeBytes() {
    return plan.sizeBytes();
  }

  /** Whether the pairs that were returned last were the last ones. */
  public boolean isAtEnd() {
    return isAtEnd;
  }

  /** As {@link #next(long, int)}, however many pairs that are. */
  public List<KeyValue> next(long maxBytes) {
    return next(maxBytes, Integer.MAX_VALUE);
  }

  /**
   * The next pairs: as many as fit into {@code maxBytes} of keys and values, at least one and at
   * most {@code maxPairs}. Empty only at the end. May block on the disk.
   *
   * @throws io.quorate.command.EtcdException LEADER_CHANGED if a snapshot has replaced the store
   * @throws CancellationException if it was closed before
   */
  public List<KeyValue> next(long maxBytes, int maxPairs) {
    beginRead();
    try {
      return read(maxBytes, maxPairs);
    } finally {
      endRead();
    }
  }

  private List<KeyValue> read(long maxBytes, int maxPairs) {
    List<RangeQuery.Found> piece = new ArrayList<>();
    long bytes = 0;
    RangeQuery.Found found;
    while ((found = peek()) != null && piece.size() < maxPairs) {
      bytes += found.rawBytes(keysOnly);
      if (bytes > maxBytes && !piece.isEmpty()) {
        break;
      }
      piece.add(found);
      ahead = null;
    }
    isAtEnd = found == null;
    if (piece.isEmpty() || keysOnly) {
      return piece.stream().map(RangeQuery.Found::withoutValue).toList();
    }
    @Nullable Bytes[] values =
        source.values(piece.stream().mapToLong(RangeQuery.Found::id).toArray());
    List<KeyValue> pairs = new ArrayList<>(piece.size());
    for (int i = 0; i < values.length; i++) {
      Bytes value = values[i];
      if (value == null) {
        throw new IllegalStateException("record " + piece.get(i).id() + " is missing on the disk");
      }
      pairs.add(piece.get(i).pair(value));
    }
    return pairs;
  }

  /** As {@link #nextFromMemory(long, int)}, however many pairs that are. */
  public @Nullable List<KeyValue> nextFromMemory(long maxBytes) {
    return nextFromMemory(maxBytes, Integer.MAX_VALUE);
  }

  /**
   * As {@link #next(long, int)}, but never blocks: ends before a value that is not in memory.
   *
   * @return null if that is the first one
   * @throws CancellationException if it was closed before
   */
  public @Nullable List<KeyValue> nextFromMemory(long maxBytes, int maxPairs) {
    beginRead();
    try {
      return readFromMemory(maxBytes, maxPairs);
    } finally {
      endRead();
    }
  }

  private @Nullable List<KeyValue> readFromMemory(long maxBytes, int maxPairs) {
    List<KeyValue> pairs = new ArrayList<>();
    long bytes = 0;
    RangeQuery.Found found;
    while ((found = peek()) != null && pairs.size() < maxPairs) {
      bytes += found.rawBytes(keysOnly);
      if (bytes > maxBytes && !pairs.isEmpty()) {
        break;
      }
      Bytes value = keysOnly ? Bytes.EMPTY : source.inMemory(found.id());
      if (value == null) {
        return pairs.isEmpty() ? null : pairs;
      }
      pairs.add(keysOnly ? found.withoutValue() : found.pair(value));
      ahead = null;
    }
    isAtEnd = found == null;
    return pairs;
  }

  private RangeQuery.@Nullable Found peek() {
    if (ahead == null && rest.hasNext()) {
      ahead = rest.next();
    }
    return ahead;
  }

  private synchronized void beginRead() {
    if (isClosed) {
      throw new CancellationException("the scan is closed");
    }
    reading = true;
  }

  private void endRead() {
    boolean release;
    synchronized (this) {
      reading = false;
      release = isClosed;
    }
    if (release) {
      closed.run();
    }
  }

  /**
   * Lets compaction have what only this read still needed: now, or when who is reading right now
   * has read. Does not wait for that. May be called more than once.
   */
  @Override
  public void close() {
    boolean release;
    synchronized (this) {
      isClosed = true;
      release = !reading;
    }
    if (release) {
      closed.run();
    }
  }
}
