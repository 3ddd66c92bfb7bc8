package io.quorate.mvcc;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The changes of one revision in the making. Reads through it see its own writes; nobody else does
 * before {@link #end}. Apply thread only; one at a time a store.
 */
public interface WriteTxn {
  /** The newest revision before this transaction. */
  long beginRevision();

  /** What a header in here shows: the begin revision, one more as soon as something changed. */
  long revision();

  /** Reads, own writes included; {@code COMPACTED} or {@code FUTURE_REV} by its begin revision. */
  Result.Ranged range(Command.Range range);

  /**
   * The live pair of {@code key}, own writes included, null if there is none. May read the disk.
   */
  @Nullable KeyValue get(Bytes key);

  /** True if {@code key} is alive, without touching its value. */
  boolean exists(Bytes key);

  /** Id of the lease attached to the live {@code key}, 0 for none or no key; in memory. */
  long leaseOf(Bytes key);

  /**
   * Writes a pair; version and create revision follow from what was there.
   *
   * @return the new pair
   */
  KeyValue put(Bytes key, Bytes value, long lease);

  /**
   * Deletes all live keys of the range in key order.
   *
   * @return the keys that were deleted, ascending
   */
  List<Bytes> delete(KeyRange range);

  /**
   * Publishes the changes: from here on readers see them. Without changes the revision stays.
   *
   * @return what changed, in order; empty if nothing did
   */
  List<Record> end();
}
