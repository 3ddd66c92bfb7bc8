package io.quorate.node;

import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * At the quota, and while the disk is nearly full, refuses commands that would make the store grow
 * and raises the NOSPACE alarm, so that there is room left to delete and compact. Costs are
 * estimated like in etcd: a put has 256 bytes more than its key and value, a lease 64. Only the
 * part of the file that is in use counts, since the file never becomes smaller but its free pages
 * are used again. So one gets below the quota by deleting and compacting. Any thread.
 */
final class SpaceQuota {
  /** Kept free for deletes, compaction, the log's next entries and a copy of the index pages. */
  static final long DISK_RESERVE_BYTES = 64L << 20;

  private final NodeConfig config;
  private final ApplyLoop applyLoop;
  private final NodeDriver driver;

  /** Run when the alarm that has been proposed has its outcome; null if none has been. */
  private @Nullable List<Runnable> awaitingAlarm;

  private final Object alarmLock = new Object();

  SpaceQuota(NodeConfig config, ApplyLoop applyLoop, NodeDriver driver) {
    this.config = config;
    this.applyLoop = applyLoop;
    this.driver = driver;
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
        if (!isOverQuota(growthBytes)) {
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
   * Raises the alarm if the disk is nearly full. To be called whenever something was applied, since
   * commands that other members have admitted fill this disk, too.
   */
  void watchDisk() {
    if (isDiskNearlyFull() && !applyLoop.alarms().contains(own())) {
      raise(null);
    }
  }

  private boolean isOverQuota(long growthBytes) {
    return config.quotaBytes() > 0
        && applyLoop.sizeInUseBytes() + growthBytes >= config.quotaBytes();
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
