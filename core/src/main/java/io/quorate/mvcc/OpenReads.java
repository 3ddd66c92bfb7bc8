package io.quorate.mvcc;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads that take long and the revisions they read at: what they still show stays in the index and
 * on the disk until they are closed, although it is compacted. Any thread.
 *
 * <p>Why none is missed: a read enters itself before it looks at the compacted revision, and the
 * sweep looks here after that revision has risen.
 */
final class OpenReads {
  private final ConcurrentHashMap<Object, Long> revisions = new ConcurrentHashMap<>();

  void open(Object read, long revision) {
    revisions.put(read, revision);
  }

  /** Nothing happens if it is closed already. */
  void close(Object read) {
    revisions.remove(read);
  }

  /** The oldest revision that is being read, max long if none is. */
  long oldest() {
    long oldest = Long.MAX_VALUE;
    for (long revision : revisions.values()) {
      oldest = Math.min(oldest, revision);
    }
    return oldest;
  }
}
