package io.quorate.node;

import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * At the quota, and while the disk is nearly full, refuses commands that would make the store grow
 * and raises the NOSPACE alarm, so that there is room left to delete and compact. Costs are
 * estimated like in etcd: a put has 256 bytes more than its key and value, a lease 64. What counts
 * is what compaction keeps, from the moment a command is applied or history is compacted; the size
 * of the file, which follows later, does not. So one gets below the quota by compacting, after
 * deletes if need be. Any thread.
 *
 * <p>The alarm that this member has raised is disarmed once a tenth of the quota is free again and
 * the disk has twice the reserve, unless {@link Maintenance#disarmsNoSpace} says otherwise. One
 * that somebody else has raised for this member stays until history is compacted or the member
 * starts anew.
 */
final class SpaceQuota {
  /** Kept free for deletes, compaction, the log's next entries and a copy of the index pages. */
  static final long DISK_RESERVE_BYTES = 64L << 20;

  /** With less, an alarm that was raised is not disarmed. */
  static final long ROOM_AGAIN_BYTES = 2 * DISK_RESERVE_BYTES;

  private final NodeConfig config;
  private final ApplyLoop applyLoop;
  private final NodeDriver driver;

  /** This member has raised the alarm, or history was compacted since somebody did. */
  private volatile boolean mayDisarm;

  /** It was in force when this member had applied what its log held at the start. */
  private volatile boolean raisedBefore;

  /**
   * What counted for the quota when this member raised the alarm: it must become less, since one
   * large request may be refused while there is room for many small ones.
   */
  private volatile long raisedAtBytes = Long.MAX_VALUE;

  private boolean caughtUp;

  private final AtomicBoolean disarming = new AtomicBoolean();
  private long compactRevision;

  /** Run when the alarm that has been proposed has its outcome; null if none has been. */
  private @Nullable List<Runnable> awaitingAlarm;

  private final Object alarmLock = new Object();

  SpaceQuota(NodeConfig config, ApplyLoop applyLoop, NodeDriver driver) {
    this.config = config;
    this.applyLoop = applyLoop;
    this.driver = driver;
    compactRevision = applyLoop.kv().compactRevision();
  }

  /** True if there is room; if there is not, the alarm is raised. */
  boolean admits(long growthBytes) {
    boolean room = !isOverQuota(growthBytes) && !isDiskNearlyFull();
    if (!room) {
      raise(null);
    }
    return room;
  }

  /**
   * As in etcd, if the quota turns out to be reached when the command has already been applied, it
   * is answered with NO_SPACE nevertheless, once the alarm is in force or could not be raised.
   */
  Callback<Result> whenApplied(long growthBytes, Callback<Result> callback) {
    return new Callback<>() {
      @Override
      public void complete(Result result) {
        if (!isOverQuota(0)) { // it counts by now
          callback.complete(result);
        } else if (applyLoop.alarms().stream().anyMatch(SpaceQuota::isNoSpace)) {
          callback.fail(EtcdError.NO_SPACE);
        } else {
          raise(() -> callback.fail(EtcdError.NO_SPACE));
        }
      }

      @Override
      public void fail(EtcdError error) {
        callback.fail(error);
      }

      @Override
      public boolean isWanted() {
        return callback.isWanted();
      }
    };
  }

  /**
   * Raises the alarm if the disk is nearly full, since commands that other members have admitted
   * fill it, too; disarms it if there is room again. To be called on the apply executor, whenever
   * something was applied, compacted or measured.
   */
  void watch() {
    long compacted = applyLoop.kv().compactRevision();
    if (compacted != compactRevision) {
      compactRevision = compacted;
      mayDisarm = true;
    }
    boolean raised = applyLoop.alarms().contains(own());
    if (!caughtUp && driver.published().isCaughtUp()) {
      caughtUp = true;
      raisedBefore = raised;
    }
    if (isDiskNearlyFull()) {
      if (!raised) {
        raise(null);
      }
    } else if (raised
        && (mayDisarm || raisedBefore)
        && config.maintenance().disarmsNoSpace()
        && hasRoom()) {
      disarm();
    }
  }

  /** With a margin, so that the next puts do not raise the alarm again. */
  private boolean hasRoom() {
    return (config.quotaBytes() <= 0
            || applyLoop.liveBytes() < config.quotaBytes() - config.quotaBytes() / 10)
        && applyLoop.liveBytes() < raisedAtBytes
        && applyLoop.usableBytes() >= ROOM_AGAIN_BYTES;
  }

  private void disarm() {
    if (!disarming.compareAndSet(false, true)) {
      return;
    }
    driver.propose(
        Caller.NODE,
        new Command.Alarm(
            Command.AlarmAction.DEACTIVATE, config.raft().id(), Command.AlarmType.NOSPACE),
        new Callback<>() {
          @Override
          public void complete(Result result) {
            mayDisarm = false;
            raisedAtBytes = Long.MAX_VALUE;
            raisedBefore = false;
            disarming.set(false);
          }

          @Override
          public void fail(EtcdError error) {
            disarming.set(false); // tried again when something is applied
          }
        });
  }

  private boolean isOverQuota(long growthBytes) {
    return config.quotaBytes() > 0 && applyLoop.liveBytes() + growthBytes >= config.quotaBytes();
  }

  private boolean isDiskNearlyFull() {
    return applyLoop.usableBytes() < DISK_RESERVE_BYTES;
  }

  private static boolean isNoSpace(Result.AlarmMember alarm) {
    return alarm.type() == Command.AlarmType.NOSPACE;
  }

  private Result.AlarmMember own() {
    return new Result.AlarmMember(config.raft().id(), Command.AlarmType.NOSPACE);
  }

  /**
   * Raises the alarm, unless it has been proposed already.
   *
   * @param done run once the alarm is in force or could not be raised: the next request at the
   *     quota tries again
   */
  private void raise(@Nullable Runnable done) {
    mayDisarm = true;
    if (!applyLoop.alarms().contains(own())) {
      // a disk that was full gets room from elsewhere, too
      raisedAtBytes = isDiskNearlyFull() ? Long.MAX_VALUE : applyLoop.liveBytes();
    }
    synchronized (alarmLock) {
      boolean underWay = awaitingAlarm != null;
      if (awaitingAlarm == null) {
        awaitingAlarm = new ArrayList<>();
      }
      if (done != null) {
        awaitingAlarm.add(done);
      }
      if (underWay) {
        return;
      }
    }
    driver.propose(
        Caller.NODE,
        new Command.Alarm(
            Command.AlarmAction.ACTIVATE, config.raft().id(), Command.AlarmType.NOSPACE),
        new Callback<>() {
          @Override
          public void complete(Result result) {
            raised();
          }

          @Override
          public void fail(EtcdError error) {
            raised();
          }
        });
  }

  private void raised() {
    List<Runnable> waiting;
    synchronized (alarmLock) {
      waiting = awaitingAlarm == null ? List.of() : awaitingAlarm;
      awaitingAlarm = null;
    }
    waiting.forEach(Runnable::run);
  }
}
