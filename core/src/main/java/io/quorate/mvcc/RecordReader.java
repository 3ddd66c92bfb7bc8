package io.quorate.mvcc;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the multi-version store reads back from the disk. Only sees what has been committed there;
 * younger records are pinned in memory by {@link KvStore} until {@link KvStore#flushed}. Blocking;
 * any thread, calls may be concurrent.
 */
public interface RecordReader {
  /** The record with this id, null if it is not there (compacted meanwhile). */
  @Nullable Record read(long id);

  /**
   * Records with an id of at least {@code fromId} in ascending order, at most {@code limit}. Ids
   * ascend with revisions, so the first record of a revision is found by bisection or index.
   */
  List<Record> scan(long fromId, int limit);

  /** Id of the first record whose main revision is at least {@code main}; max long if none. */
  long firstIdAtOrAfter(long main);

  /** All records in ascending order, in one consistent view; for loading and hashing. */
  void forEach(Consumer<Record> consumer);
}
