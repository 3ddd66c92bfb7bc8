package io.quorate.watch;

import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Record;
import java.util.List;
import java.util.concurrent.Executor;

/** All watchers of a member; the seam, implementation to come. Apply thread only. */
public final class WatchHub {

  /**
   * @param readers where history is read; tasks may block
   * @param home runs tasks on the apply thread, where read history is delivered
   */
  public WatchHub(KvStore store, Executor readers, Executor home) {
    throw new IllegalStateException("seam");
  }

  public WatchStream open(WatchSink sink) {
    throw new IllegalStateException("seam");
  }

  /** The changes of one revision, as they were applied. Cheap if nobody watches. */
  public void publish(long revision, List<Record> changes) {}

  /**
   * The state was replaced as a whole by a snapshot: watchers below its compacted revision are
   * cancelled, the others are caught up from history.
   */
  public void reset() {}

  /** Watchers on all streams; for metrics. */
  public int watcherCount() {
    throw new IllegalStateException("seam");
  }
}
