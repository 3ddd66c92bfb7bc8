package io.quorate.mvcc;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads of one revision in the shape of a transaction, beside the one that writes. One thread. */
final class ReadTxn implements WriteTxn {
  private final StoreState state;
  private final RangeQuery.Values values;
  private final long revision;

  /** The oldest revision that has been kept for this one so far. */
  private long kept;

  /**
   * @param revision kept for this one in {@code state.openReads}, under this instance, by {@link
   *     #open}
   */
  private ReadTxn(StoreState state, RangeQuery.Values values, long revision) {
    this.state = state;
    this.values = values;
    this.revision = revision;
    this.kept = revision;
  }

  /** Reads at the newest revision; to be ended by {@link #close}. */
  static ReadTxn open(StoreState state, RangeQuery.Values values) {
    while (true) {
      ReadTxn txn = new ReadTxn(state, values, state.revision);
      state.openReads.open(txn, txn.revision);
      if (txn.revision >= state.compactRevision) {
        return txn;
      }
      txn.close(); // compaction was faster
    }
  }

  void close() {
    state.openReads.close(this);
  }

  @Override
  public long beginRevision() {
    return revision;
  }

  @Override
  public long revision() {
    return revision;
  }

  @Override
  public Result.Ranged range(Command.Range range) {
    if (range.revision() > 0 && range.revision() < kept) {
      kept = range.revision();
      state.openReads.open(this, kept);
    }
    long at = state.readRevision(range.revision(), revision);
    Result.Ranged ranged =
        new RangeQuery(state.index, values, range, at)
            .run(revision, Long.MAX_VALUE, Long.MAX_VALUE);
    if (ranged == null) {
      throw new IllegalStateException("a value is missing on the disk at revision " + at);
    }
    return ranged;
  }

  @Override
  public @Nullable KeyValue get(Bytes key) {
    KeyHistory history = state.index.get(key);
    int at = history == null ? -1 : history.liveAt(revision);
    if (history == null || at < 0) {
      return null;
    }
    Bytes value = values.value(history.id(at));
    if (value == null) {
      throw new IllegalStateException("record " + history.id(at) + " is missing on the disk");
    }
    return StoreState.pair(key, history, at, value);
  }

  @Override
  public boolean exists(Bytes key) {
    KeyHistory history = state.index.get(key);
    return history != null && history.liveAt(revision) >= 0;
  }

  @Override
  public long leaseOf(Bytes key) {
    KeyHistory history = state.index.get(key);
    int at = history == null ? -1 : history.liveAt(revision);
    return history == null || at < 0 ? 0 : history.lease(at);
  }

  @Override
  public KeyValue put(Bytes key, Bytes value, long lease) {
    throw readsOnly();
  }

  @Override
  public List<Bytes> delete(KeyRange range) {
    throw readsOnly();
  }

  @Override
  public List<Record> end() {
    throw readsOnly();
  }

  private static IllegalStateException readsOnly() {
    return new IllegalStateException("this transaction only reads");
  }
}
