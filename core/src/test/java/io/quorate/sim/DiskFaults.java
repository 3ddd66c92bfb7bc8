package io.quorate.sim;

import io.quorate.node.MemoryLogStore;
import io.quorate.raft.ConfState;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * Does to disks what happens to disks. What a disk has lost or holds changed must be found when a
 * process starts on it; such a member is lost, and at any time a majority of voters is not.
 */
final class DiskFaults {
  private static final int LOG = 1;
  private static final int WRITER = 3;

  private final SimWorld world;
  private final Ledger ledger;
  private final BooleanSupplier membersStay;
  private final Set<Long> lost = new TreeSet<>();

  /**
   * @param membersStay no change of members is under way
   */
  DiskFaults(SimWorld world, Ledger ledger, BooleanSupplier membersStay) {
    this.world = world;
    this.ledger = ledger;
    this.membersStay = membersStay;
  }

  private int pick(int bound) {
    return world.random.nextInt(bound);
  }

  /** Members whose disks are gone and who are not removed yet. */
  Set<Long> lost() {
    return lost;
  }

  /**
   * @return whether it was done
   */
  boolean happens(Faults.Kind kind, SimWorld.Life life) {
    long id = life.id;
    MemoryLogStore.Disk log = world.disk(id);
    switch (kind) {
      case POWER_CUT -> powerCut(life);
      case FAILED_SYNC -> log.failWrites(pick(4), false);
      case TORN_WRITE -> log.failWrites(pick(4), true);
      case FAILED_STATE_WRITE -> world.state(id).failWith(new IOException("the disk failed"));
      case FULL_DISK -> world.state(id).setUsableBytes(pick(2) == 0 ? 1 << 20 : Long.MAX_VALUE);
      case SLOW_DISK -> world.slow(id, pick(3) == 0 ? LOG : WRITER, 1 + pick(12));
      case LOST_LOG_SYNC -> log.loseSyncs(1 + pick(20));
      case LOST_STATE_SYNC -> world.state(id).loseSyncs(1 + pick(3));
      case FLIPPED_LOG_BIT -> {
        return damages(life, entries(log) > 0, () -> log.flipBit(anyRow(log), pick(1 << 20)));
      }
      case MISDIRECTED_WRITE -> {
        return damages(life, entries(log) > 1, () -> misdirect(log));
      }
      case FLIPPED_STATE_BIT -> {
        return damages(
            life,
            world.state(id).applied().index() > 0,
            () -> world.state(id).flipBit(pick(1 << 20), pick(1 << 20)));
      }
      case LOST_DISKS -> {
        return damages(life, true, () -> log.damage("nothing is left"));
      }
      default -> throw new IllegalArgumentException(kind + " is nothing that happens to a disk");
    }
    return true;
  }

  private static long entries(MemoryLogStore.Disk log) {
    return log.lastIndex() - log.start().index();
  }

  private long anyRow(MemoryLogStore.Disk log) {
    return log.start().index() + 1 + pick((int) entries(log));
  }

  private void misdirect(MemoryLogStore.Disk log) {
    long index = anyRow(log);
    long insteadOf = anyRow(log);
    while (insteadOf == index) {
      insteadOf = anyRow(log);
    }
    log.misdirect(index, insteadOf);
  }

  /**
   * After a sync that did nothing a power cut may take what was acknowledged. The log may then say
   * nothing about it, so its disk counts as lost; of the state it is found, or does not matter. If
   * the cluster cannot bear that, only the process ends, which such a disk survives.
   */
  void powerCut(SimWorld.Life life) {
    MemoryLogStore.Disk log = world.disk(life.id);
    boolean unsynced = log.isUnsynced() || world.state(life.id).isUnsynced();
    if (!unsynced) {
      world.powerCut(life.id);
    } else if (!isBearable(life)) {
      world.crash(life.id);
    } else {
      boolean logIsLost = log.isUnsynced();
      world.powerCut(life.id);
      if (logIsLost) {
        log.damage("what was not synced is gone");
      }
      String found = world.damage(life.id);
      if (found != null) {
        loses(life, found);
      }
    }
  }

  /** Its process ends, its disk changes, and the next process says so. */
  private boolean damages(SimWorld.Life life, boolean possible, Runnable damage) {
    if (!possible || !isBearable(life)) {
      return false;
    }
    world.crash(life.id);
    damage.run();
    String found = world.damage(life.id);
    if (found == null) {
      world.violated("member " + life.id + " would start on a damaged disk");
      return false;
    }
    loses(life, found);
    return true;
  }

  /** What it had acknowledged counts as acknowledged; nobody will ever read it. */
  private void loses(SimWorld.Life life, String found) {
    world.trace.tell(() -> world.when() + " member " + life.id + " is lost: " + found);
    world.disk(life.id).damage(found);
    lost.add(life.id);
  }

  private boolean isBearable(SimWorld.Life life) {
    ConfState conf = ledger.newest().conf();
    List<Long> voters = conf.voters();
    return lost.isEmpty()
        && membersStay.getAsBoolean()
        && !conf.isJoint()
        && ledger.newestConfIsDurable()
        && (!voters.contains(life.id) || voters.size() >= 3);
  }
}
