package io.quorate.node;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.mvcc.KvStore.CompactedHash;
import io.quorate.mvcc.KvStore.KvHash;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Hashes what each compaction keeps, before the sweep, and remembers the newest ten of these
 * hashes, as etcd does: members that have applied the same have the same ones. Apply executor only,
 * except for {@link #finished}.
 */
final class CompactionHashes {
  private static final int MOST_KEPT = 10;

  /** More compactions than this in a short time are not all hashed. */
  private static final int MOST_WAITING = 10;

  /** What this needs of the apply loop. */
  interface Host {
    /** Runs {@code task} on the apply executor, unless the loop has ended. */
    void run(Runnable task);

    /** Writes everything applied so far, then runs {@code done} on the apply executor. */
    void flushThen(Runnable done);

    /** The sweep may go on. */
    void sweepOn();
  }

  private record Asked(long revision, Callback<KvHash> callback) {}

  private final Executor readers;
  private final Host host;
  private final ArrayDeque<CompactedHash> waiting = new ArrayDeque<>();
  private final List<Asked> asked = new ArrayList<>();
  private volatile List<KvHash> finished = List.of();
  private boolean underWay;
  private boolean stopped;

  CompactionHashes(Executor readers, Host host) {
    this.readers = readers;
    this.host = host;
  }

  /** Of the newest compactions, oldest first. Any thread. */
  List<KvHash> finished() {
    return finished;
  }

  /** A compaction is about to be applied to {@code kv}. */
  void compacting(CompactedHash hash) {
    if (stopped || waiting.size() >= MOST_WAITING) {
      hash.close();
    } else {
      waiting.add(hash);
    }
  }

  /** Begins the next hash, if none is under way. */
  void next() {
    CompactedHash next = waiting.peek();
    if (next == null || underWay) {
      return;
    }
    underWay = true;
    host.flushThen(() -> readers.execute(() -> compute(next)));
  }

  /** On a thread where blocking is allowed. */
  private void compute(CompactedHash next) {
    KvHash hash;
    try {
      hash = next.compute();
    } catch (EtcdException retired) {
      hash = null; // another state takes the place of this one
    }
    KvHash computed = hash;
    host.run(() -> computed(next, computed));
  }

  private void computed(CompactedHash of, @Nullable KvHash hash) {
    underWay = false;
    of.close();
    if (waiting.peek() == of) { // else the state was replaced meanwhile
      waiting.remove();
      if (hash != null) {
        List<KvHash> kept = new ArrayList<>(finished);
        kept.add(hash);
        finished = List.copyOf(kept.subList(Math.max(0, kept.size() - MOST_KEPT), kept.size()));
      }
    }
    answer();
    next();
    host.sweepOn();
  }

  /** Whether what was compacted still has to be hashed, so that it is not swept yet. */
  boolean isPending() {
    return !waiting.isEmpty();
  }

  /**
   * Completes with the hash of the compaction at {@code revision}, once it is finished; false if
   * there is none.
   */
  boolean find(long revision, Callback<KvHash> callback) {
    for (KvHash hash : finished) {
      if (hash.hashRevision() == revision) {
        callback.complete(hash);
        return true;
      }
    }
    boolean isPending = waiting.stream().anyMatch(hash -> hash.revision() == revision);
    if (isPending) {
      asked.add(new Asked(revision, callback));
    }
    return isPending;
  }

  private void answer() {
    for (Asked each : List.copyOf(asked)) {
      asked.remove(each);
      if (!find(each.revision, each.callback)) {
        each.callback.fail(EtcdError.LEADER_CHANGED); // the state was replaced: to be asked again
      }
    }
  }

  /** The state is replaced by another one, of whose compactions nothing is known. */
  void reset() {
    waiting.forEach(CompactedHash::close);
    waiting.clear();
    finished = List.of();
    answer();
  }

  /** Whoever waits gets STOPPED. */
  void stop() {
    stopped = true;
    waiting.forEach(CompactedHash::close);
    waiting.clear();
    asked.forEach(each -> each.callback.fail(EtcdError.STOPPED));
    asked.clear();
  }
}
