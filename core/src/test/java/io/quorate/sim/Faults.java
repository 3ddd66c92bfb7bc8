package io.quorate.sim;

import io.quorate.command.EtcdError;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Result;
import io.quorate.node.NodeStatus;
import io.quorate.raft.ConfState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Does to the members what happens to members. Which kinds a run has, and how often, is drawn, so
 * that each gets its turn to be frequent.
 *
 * <p>It keeps to the fault model: at any time a majority of voters has its disks, and a disk that
 * is damaged says so at the next start. Processes, links and clocks may all fail at once.
 */
final class Faults {

  /** Each is counted, once it has really been done. */
  enum Kind {
    LOSS,
    DUPLICATION,
    REORDERING,
    DELAY,
    CUT_LINK,
    ISOLATION,
    PARTITION,
    SWIZZLE,
    REFUSED_LINK,
    CRASH,
    CRASH_OF_ALL,
    POWER_CUT,
    PAUSE,
    SLOW_THREAD,
    SLOW_DISK,
    CLOCK_DRIFT,
    CLOCK_JUMP,
    FAILED_SYNC,
    TORN_WRITE,
    FAILED_STATE_WRITE,
    FULL_DISK,
    LOST_LOG_SYNC,
    LOST_STATE_SYNC,
    FLIPPED_LOG_BIT,
    FLIPPED_STATE_BIT,
    MISDIRECTED_WRITE,
    LOST_DISKS,
    LEADER_MOVED,
    MEMBER_ADDED,
    MEMBER_PROMOTED,
    MEMBER_REMOVED,
    DEFRAGMENTATION,
    HEAL
  }

  private static final int MOST_MEMBERS = 7;

  /** What a run may do in the middle of what takes a while. */
  private static final List<Kind> INTRUSIONS =
      List.of(
          Kind.CRASH,
          Kind.POWER_CUT,
          Kind.LEADER_MOVED,
          Kind.LEADER_MOVED,
          Kind.MEMBER_ADDED,
          Kind.MEMBER_REMOVED,
          Kind.DEFRAGMENTATION);

  /** What happens to a leader that has only just begun. */
  private static final List<Kind> HUNTS =
      List.of(Kind.CRASH, Kind.CRASH, Kind.POWER_CUT, Kind.ISOLATION);

  /** Enough to write the first entry, not to have it everywhere. */
  private static final int FEW_EVENTS = 8;

  private static final int MANY_EVENTS = 60;

  private final SimWorld world;
  private final Ledger ledger;
  private final Overlaps overlaps;
  private final List<Kind> kinds = new ArrayList<>();
  private final EnumMap<Kind, Integer> done = new EnumMap<>(Kind.class);
  private final DiskFaults disks;
  private final Set<Long> mayLeave = new HashSet<>();

  /** Those whose removal has been asked for, and may be in a log although nobody was told so. */
  private final Set<Long> mayLeaveYet = new HashSet<>();

  private final Set<Long> retired = new HashSet<>();
  private final int onceIn;
  private final boolean intrudes;
  private final boolean huntsLeaders;
  private SimWorld.@Nullable Life prey;
  private long termHunted;
  private int eventsLeft;
  private final int mostLossPerMille;
  private final int mostDelayTicks;
  private final List<Long> swizzled = new ArrayList<>();
  private long nextMember;
  private SimWorld.@Nullable Ask<Result> change;
  private @Nullable MemberChange proposed;

  /**
   * @param huntsLeaders whether leaders end soon after they have been elected
   */
  Faults(SimWorld world, Ledger ledger, Overlaps overlaps, int members, boolean huntsLeaders) {
    this.world = world;
    this.ledger = ledger;
    this.overlaps = overlaps;
    disks = new DiskFaults(world, ledger, () -> mayLeave.isEmpty() && change == null);
    nextMember = members + 1L;
    onceIn = 3 + pick(20);
    intrudes = pick(3) == 0;
    this.huntsLeaders = huntsLeaders;
    mostLossPerMille = 1 + pick(400);
    mostDelayTicks = 1 + pick(12);
    for (Kind kind : Kind.values()) {
      if (pick(3) > 0) {
        for (int i = 1 + pick(3); i > 0; i--) {
          kinds.add(kind);
        }
      }
    }
    kinds.add(Kind.HEAL);
    kinds.add(Kind.HEAL);
  }

  Map<Kind, Integer> done() {
    return done;
  }

  private int pick(int bound) {
    return world.random.nextInt(bound);
  }

  /** Once a tick: perhaps something breaks, perhaps something is started again. */
  void tick() {
    startWhoIsMissing();
    notice();
    if (!swizzled.isEmpty() && pick(4) == 0) {
      world.reconnect(swizzled.remove(pick(swizzled.size())));
    }
    if (pick(onceIn) == 0) {
      happensPerhaps(kinds.get(pick(kinds.size())));
    }
    if (intrudes && isMomentToIntrude()) {
      happensPerhaps(INTRUSIONS.get(pick(INTRUSIONS.size())));
    }
    for (SimWorld.Life life : List.copyOf(world.lives.values())) {
      if (isDown(life) && pick(huntsLeaders ? 5 : 25) == 0) {
        restart(life.id);
      }
    }
  }

  /**
   * After each event. Raft's figure 8: leaders end before they have committed what they or earlier
   * ones began.
   */
  void between() {
    if (!huntsLeaders) {
      return;
    }
    SimWorld.Life hunted = prey;
    if (hunted == null) {
      for (SimWorld.Life life : running()) {
        NodeStatus status = life.node.status();
        if (status.isLeader() && status.term() > termHunted) {
          termHunted = status.term();
          prey = life;
          eventsLeft = pick(2) == 0 ? pick(FEW_EVENTS) : pick(MANY_EVENTS);
        }
      }
    } else if (eventsLeft-- == 0) {
      prey = null;
      if (!hunted.dead && hunted.failures.isEmpty()) {
        happensPerhaps(HUNTS.get(pick(HUNTS.size())), hunted);
      }
    }
  }

  private List<SimWorld.Life> running() {
    return world.lives.values().stream().filter(l -> !l.dead && l.failures.isEmpty()).toList();
  }

  private void happensPerhaps(Kind kind) {
    List<SimWorld.Life> running = running();
    if (!running.isEmpty()) {
      happensPerhaps(kind, running.get(pick(running.size())));
    }
  }

  private void happensPerhaps(Kind kind, SimWorld.Life life) {
    if (happens(kind, life)) {
      done.merge(kind, 1, Integer::sum);
      world.trace.tell(() -> world.when() + " FAULT " + kind);
    }
  }

  /** Snapshots are the rarest. */
  private boolean isMomentToIntrude() {
    Set<Overlaps.Activity> now = overlaps.nowUnderWay();
    return now.contains(Overlaps.Activity.SNAPSHOT) && pick(2) == 0
        || now.contains(Overlaps.Activity.MEMBERSHIP_CHANGE) && pick(5) == 0
        || now.contains(Overlaps.Activity.LEADERSHIP_TRANSFER) && pick(5) == 0;
  }

  /** All that can be mended is, and who is gone for good is being replaced. */
  void peace() {
    world.heal();
    swizzled.clear();
    for (SimWorld.Life life : List.copyOf(world.lives.values())) {
      world.state(life.id).setUsableBytes(Long.MAX_VALUE);
      world.state(life.id).failWith(null);
      world.disk(life.id).repair();
      if (isDown(life)) {
        restart(life.id);
      }
    }
  }

  /** Once a tick in times of peace. */
  void tickOfPeace() {
    startWhoIsMissing();
    notice();
    for (SimWorld.Life life : List.copyOf(world.lives.values())) {
      if (isDown(life)) {
        restart(life.id);
      }
    }
  }

  /** Members whose disks are gone and who are not removed yet. */
  Set<Long> lost() {
    return disks.lost();
  }

  ConfState conf() {
    return ledger.newest().conf();
  }

  // ---- one fault each

  private boolean happens(Kind kind, SimWorld.Life life) {
    long id = life.id;
    switch (kind) {
      case LOSS -> world.lossPerMille = pick(mostLossPerMille);
      case DUPLICATION -> world.duplicatePerMille = pick(300);
      case REORDERING -> world.reorder = true;
      case DELAY -> world.delayTicks = pick(mostDelayTicks + 1);
      case CUT_LINK -> world.cut(id, anyMember());
      case ISOLATION -> world.isolate(id);
      case PARTITION -> partition();
      case SWIZZLE -> swizzle();
      case REFUSED_LINK -> world.refuse(id, anyMember());
      case CRASH -> world.crash(id);
      case CRASH_OF_ALL -> {
        List<SimWorld.Life> running = running();
        for (SimWorld.Life each : running) {
          if (pick(2) == 0) {
            world.crash(each.id);
          } else {
            disks.powerCut(each);
          }
        }
        for (SimWorld.Life each : running) {
          if (!disks.lost().contains(each.id)) {
            restart(each.id);
          }
        }
      }
      case PAUSE -> life.paused = true;
      case SLOW_THREAD -> world.stall(id, pick(5), true);
      case CLOCK_DRIFT -> life.clockPerMille = 900 + pick(201);
      case CLOCK_JUMP -> {
        return wakeLate();
      }
      case POWER_CUT,
          SLOW_DISK,
          FAILED_SYNC,
          TORN_WRITE,
          FAILED_STATE_WRITE,
          FULL_DISK,
          LOST_LOG_SYNC,
          LOST_STATE_SYNC,
          FLIPPED_LOG_BIT,
          FLIPPED_STATE_BIT,
          MISDIRECTED_WRITE,
          LOST_DISKS -> {
        return disks.happens(kind, life);
      }
      case LEADER_MOVED -> {
        SimWorld.Life leader =
            running().stream().filter(l -> l.node.status().isLeader()).findFirst().orElse(life);
        moveLeader(pick(4) == 0 ? life : leader);
      }
      case MEMBER_ADDED -> {
        return world.lives.values().stream().filter(SimWorld.Life::runs).count() < MOST_MEMBERS
            && propose(
                life,
                new MemberChange.Add(
                    nextMember++, List.of(SimWorld.url(nextMember - 1)), pick(3) > 0));
      }
      case MEMBER_PROMOTED -> {
        List<Long> learners = conf().learners();
        return !learners.isEmpty()
            && propose(life, new MemberChange.Promote(learners.get(pick(learners.size()))));
      }
      case MEMBER_REMOVED -> {
        return removeOne(life);
      }
      case DEFRAGMENTATION -> defragment(life);
      case HEAL -> world.heal();
    }
    return true;
  }

  private long anyMember() {
    List<Long> ids = List.copyOf(world.lives.keySet());
    return ids.get(pick(ids.size()));
  }

  private void moveLeader(SimWorld.Life asked) {
    SimWorld.Ask<Long> move = world.new Ask<>(asked, "move the leader from " + asked.id);
    overlaps.began(Overlaps.Activity.LEADERSHIP_TRANSFER, move);
    asked.node.moveLeader(anyMember(), move);
  }

  /** Some who ask for it do not wait. */
  private void defragment(SimWorld.Life asked) {
    SimWorld.Ask<Boolean> defragmentation = world.new Ask<>(asked, "defragment member " + asked.id);
    defragmentation.wanted = pick(4) > 0;
    overlaps.began(Overlaps.Activity.VACUUM, defragmentation);
    asked.node.defragment(defragmentation);
  }

  private void partition() {
    List<Long> ids = new ArrayList<>(world.lives.keySet());
    Collections.shuffle(ids, world.random);
    int first = 1 + pick(ids.size());
    for (int a = 0; a < first; a++) {
      for (int b = first; b < ids.size(); b++) {
        world.cut(ids.get(a), ids.get(b));
        if (pick(4) > 0) { // else only one direction
          world.cut(ids.get(b), ids.get(a));
        }
      }
    }
  }

  private boolean wakeLate() {
    for (SimWorld.Life life : world.lives.values()) {
      if (life.paused && !life.dead) {
        life.wakeLate();
        return true;
      }
    }
    return false;
  }

  /** Cut off one after the other, and let back in another order (FoundationDB's name for it). */
  private void swizzle() {
    swizzled.clear();
    for (long id : world.lives.keySet()) {
      if (pick(2) == 0) {
        world.isolate(id);
        swizzled.add(id);
      }
    }
  }

  // ---- members

  private boolean removeOne(SimWorld.Life asked) {
    ConfState conf = conf();
    if (!lost().isEmpty()) {
      return propose(asked, new MemberChange.Remove(lost().iterator().next()));
    }
    if (conf.voters().size() < 2) {
      return false;
    }
    List<Long> ids = new ArrayList<>(conf.voters());
    ids.addAll(conf.learners());
    return propose(asked, new MemberChange.Remove(ids.get(pick(ids.size()))));
  }

  private boolean propose(SimWorld.Life asked, MemberChange next) {
    if (change != null) {
      return false;
    }
    if (next instanceof MemberChange.Remove remove) {
      mayLeave.add(remove.memberId());
    }
    proposed = next;
    SimWorld.Ask<Result> ask = world.change(asked.id, next);
    change = ask;
    overlaps.began(Overlaps.Activity.MEMBERSHIP_CHANGE, ask);
    return true;
  }

  /** What became of the change of members under way, as far as it is known. */
  private void notice() {
    SimWorld.Ask<Result> asked = change;
    if (asked != null && (asked.done() || asked.life.dead)) {
      EtcdError error = asked.error;
      boolean unknown =
          !asked.done()
              || error == EtcdError.TIMEOUT
              || error == EtcdError.TIMEOUT_LEADER_FAIL
              || error == EtcdError.STOPPED;
      if (proposed instanceof MemberChange.Remove remove) {
        if (unknown) {
          mayLeaveYet.add(remove.memberId());
        } else if (!mayLeaveYet.contains(remove.memberId())) {
          mayLeave.remove(remove.memberId());
        }
      }
      change = null;
    }
    Set<Long> members = new HashSet<>();
    ledger.newest().members().forEach(m -> members.add(m.id()));
    mayLeave.removeIf(id -> !members.contains(id));
    mayLeaveYet.retainAll(mayLeave);
    lost().removeIf(id -> !members.contains(id));
  }

  /**
   * A member that was added gets a process. One that was removed ends, once a majority of the
   * others would know of it after a crash: they might need its vote until then.
   */
  private void startWhoIsMissing() {
    Set<Long> members = new HashSet<>();
    for (Member member : ledger.newest().members()) {
      members.add(member.id());
      if (!world.lives.containsKey(member.id())) {
        world.join(member.id());
      }
    }
    for (SimWorld.Life life : List.copyOf(world.lives.values())) {
      if (members.contains(life.id) || !ledger.newestConfIsDurable()) {
        continue;
      }
      if (!life.dead && life.removed) {
        world.crash(life.id);
      }
      if (life.dead) {
        retired.add(life.id);
      }
    }
  }

  /** Does not run, and could. */
  private boolean isDown(SimWorld.Life life) {
    return (life.dead || !life.failures.isEmpty())
        && !retired.contains(life.id)
        && !world.disk(life.id).isDamaged();
  }

  private void restart(long id) {
    SimWorld.Life life = world.life(id);
    if (!life.dead) {
      world.crash(id);
    }
    world.disk(id).repair();
    world.state(id).failWith(null);
    world.restart(id);
  }
}
