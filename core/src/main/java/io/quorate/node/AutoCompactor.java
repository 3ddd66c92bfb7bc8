package io.quorate.node;

import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import io.quorate.log.LoggerSource;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Compacts history at the times and revisions that etcd's compactors choose. Each member notes the
 * revisions of the past, so that a new leader need not begin anew; only the leader compacts. Time
 * is counted in ticks. Node loop only.
 *
 * <p>By time, the revision is noted ten times in each interval, which is the retention or an hour,
 * whichever is shorter. The first compaction is due after one retention, others after an interval.
 * By revision, a compaction is due every five minutes.
 */
final class AutoCompactor {
  private static final System.Logger LOG = LoggerSource.loggerOf(AutoCompactor.class);
  private static final long LONGEST_INTERVAL_MILLIS = 3_600_000;
  private static final long REVISIONS_LOOKED_AT_MILLIS = 300_000;
  private static final int NOTES_AN_INTERVAL = 10;

  /** What this needs of the node. */
  interface Host {
    /** Proposes a compaction. */
    void compact(Command.Compact compact, Callback<Result> callback);
  }

  private final NodeConfig config;
  private final AutoCompaction wanted;
  private final LongSupplier revision;
  private final Executor loop;
  private final Host host;

  /** Of the last retention, oldest first. */
  private final ArrayDeque<Long> noted = new ArrayDeque<>();

  private final long lookTicks;
  private final long mostNoted;
  private boolean started;
  private boolean underWay;
  private boolean doneOnce;
  private long nextLookTick;
  private long lastSuccessTick;
  private long lastRevision;

  /**
   * @param revision the newest one that is applied here
   * @param loop the node's
   */
  AutoCompactor(NodeConfig config, LongSupplier revision, Executor loop, Host host) {
    this.config = config;
    this.wanted = config.maintenance().autoCompaction();
    this.revision = revision;
    this.loop = loop;
    this.host = host;
    boolean periodic = wanted.mode() == AutoCompaction.Mode.PERIODIC;
    long lookMillis =
        periodic ? Math.max(1, intervalMillis() / NOTES_AN_INTERVAL) : REVISIONS_LOOKED_AT_MILLIS;
    lookTicks = config.ticks(lookMillis);
    mostNoted = periodic ? wanted.retention() / lookMillis + 1 : 0;
  }

  private long intervalMillis() {
    return Math.min(wanted.retention(), LONGEST_INTERVAL_MILLIS);
  }

  void tick(long nowTick, boolean leads) {
    if (wanted.retention() == 0) {
      return;
    }
    if (!started) {
      started = true;
      lastSuccessTick = nowTick;
      note(nowTick);
      return;
    }
    if (nowTick < nextLookTick) {
      return;
    }
    if (leads && !underWay) {
      look(nowTick);
    }
    note(nowTick);
  }

  private void note(long nowTick) {
    nextLookTick = nowTick + lookTicks;
    if (wanted.mode() == AutoCompaction.Mode.PERIODIC) {
      noted.add(revision.getAsLong());
      while (noted.size() > mostNoted) {
        noted.remove();
      }
    }
  }

  private void look(long nowTick) {
    if (wanted.mode() == AutoCompaction.Mode.REVISION) {
      long upTo = revision.getAsLong() - wanted.retention();
      if (upTo > 0 && upTo != lastRevision) {
        compact(upTo, nowTick);
      }
      return;
    }
    long upTo = noted.element();
    long due = config.ticks(doneOnce ? intervalMillis() : wanted.retention());
    if (nowTick - lastSuccessTick >= due && upTo != lastRevision) {
      doneOnce = true;
      compact(upTo, nowTick);
    }
  }

  private void compact(long upTo, long nowTick) {
    underWay = true;
    host.compact(
        new Command.Compact(upTo, false),
        new Callback<>() {
          @Override
          public void complete(Result result) {
            loop.execute(() -> ended(upTo, nowTick, null));
          }

          @Override
          public void fail(EtcdError error) {
            loop.execute(() -> ended(upTo, nowTick, error));
          }
        });
  }

  private void ended(long upTo, long nowTick, @Nullable EtcdError error) {
    underWay = false;
    if (error == null || error == EtcdError.COMPACTED) {
      lastRevision = upTo;
      lastSuccessTick = nowTick;
      LOG.log(
          System.Logger.Level.INFO, "compacted history up to revision {0}", Long.toString(upTo));
    } else if (error != EtcdError.STOPPED) {
      LOG.log(
          System.Logger.Level.WARNING,
          "history up to revision {0} could not be compacted, and will be later: {1}",
          Long.toString(upTo),
          error);
    }
  }
}
