package io.quorate.node;

import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * At the quota, and while the disk itself is nearly full, what would make the store grow is refused
 * and the NOSPACE alarm raised, so that there is room left to delete and compact (etcd's estimate
 * of the cost: 256 bytes a put beside key and value, 64 a lease). What counts is what is in use,
 * since the file does not become smaller and its free pages are used again: so deleting and
 * compacting is the way back. Any thread.
 */
final class SpaceQuota {
  /** Left alone for deletes, compaction, the log's next entries and a copy of the index pages. */
  static final long DISK_RESERVE_BYTES = 64L << 20;

  private final NodeConfig config;
  private final ApplyLoop applyLoop;
  private final NodeDriver driver;

  /** Told when the alarm that is under way has its outcome; null if there is none under way. */
  private @Nullable List<Runnable> awaitingAlarm;

  private final Object alarmLock = new Object();

  SpaceQuota(NodeConfig config, ApplyLoop applyLoop, NodeDriver driver) {
    this.config = config;
    this.applyLoop = applyLoop;
    this.driver = driver;
  }

  /** Whether there is room; the alarm is raised if there is not. */
  boolean admits(long growthBytes) {
    boolean room = !isOverQuota(growthBytes) && !isDiskNearlyFull();
    if (!room) {
      raise(null);
    }
    return room;
  }

  /**
   * If the quota turns out to be reached only when the command has been applied, then it is
   * applied, and answered with NO_SPACE all the same once the alarm is in force or could not be
   * raised: as in etcd.
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

  /** A disk fills up by what others ask for, too. To be called whenever something was applied. */
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
   * Raises the alarm, unless that is under way.
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
