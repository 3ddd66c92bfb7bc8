package io.quorate.sim;

import io.quorate.apply.StateBatch;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.mvcc.KvStore;
import io.quorate.node.AutoCompaction;
import io.quorate.node.ReconfigCheck;
import io.quorate.sim.checks.AcknowledgedIsDurable;
import io.quorate.sim.checks.CommittedStays;
import io.quorate.sim.checks.ElectedByQuorum;
import io.quorate.sim.checks.ElectionSafety;
import io.quorate.sim.checks.LeaderAppendOnly;
import io.quorate.sim.checks.LeaderCompleteness;
import io.quorate.sim.checks.LogMatching;
import io.quorate.sim.checks.PointerOrder;
import io.quorate.sim.checks.StateMachineSafety;
import io.quorate.sim.checks.UnexpectedFailure;
import io.quorate.sim.checks.VoteOnce;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One run of one seed: a cluster, clients and faults for a while, then peace, then the question
 * whether all is as it must be.
 */
final class Simulation {

  /** What a run was. */
  record Report(
      long seed,
      long ticks,
      int tickMillis,
      long steps,
      int operations,
      int locksHeld,
      int guardedWrites,
      boolean decided,
      Map<Faults.Kind, Integer> faults,
      Map<String, Integer> overlaps,
      long digest) {}

  private static final int MOST_TICKS_TO_RECOVER = 400;

  /** Five ticks each: longer than a request lives. */
  private static final int MOST_CROWDED = 24;

  private final SimWorld world;
  private final int members;
  private final Ledger ledger;
  private final StateMachineSafety states;
  private final Faults faults;
  private final Clients clients;
  private final Lockers lockers;
  private final Watchers watchers;
  private final Overlaps overlaps;

  Simulation(long seed, Path directory) {
    world = new SimWorld(seed, directory);
    members = new int[] {1, 2, 3, 3, 3, 3, 4, 5, 5, 7}[pick(10)];
    SimWorld.Settings settings = world.settings;
    settings.snapshotCount = new int[] {5, 20, 100, 10_000}[pick(4)];
    settings.catchupEntries = new int[] {0, 5, 50, 5_000}[pick(4)];
    settings.maxBatchBytes = new int[] {60, 1 << 20}[pick(2)];
    settings.maxPendingRequests = new int[] {20, 5_000}[pick(2)];
    settings.maxUncommittedBytes = new int[] {600, 64 << 20}[pick(2)];
    boolean huntsLeaders = pick(4) == 0;
    // what earlier leaders began is then sent before what the present one begins
    settings.maxAppendBytes = huntsLeaders ? 1 : new int[] {1, 300, 64 << 10, 64 << 10}[pick(4)];
    settings.maxInflightMessages = new int[] {1, 4, 64, 64}[pick(4)];
    settings.maxInflightBytes =
        Math.max(settings.maxAppendBytes, new int[] {1_000, 1 << 20}[pick(2)]);
    settings.flushOperations = new int[] {5, 10_000}[pick(2)];
    settings.flushTicks = 1 + pick(20);
    settings.electionTicks = 5 + pick(10);
    settings.maxLearners = 1 + pick(2);
    settings.corruptCheckMillis = 1_000L * pick(20);
    settings.compactHashCheckMillis = 1_000L * pick(20);
    settings.autoCompaction =
        switch (pick(4)) {
          case 0 -> new AutoCompaction(AutoCompaction.Mode.PERIODIC, 1_000L * (1 + pick(30)));
          case 1 -> new AutoCompaction(AutoCompaction.Mode.REVISION, 1 + pick(40));
          default -> AutoCompaction.OFF;
        };
    // whoever waits for calm changes little, so not often
    settings.reconfigCheck =
        new ReconfigCheck[] {
              ReconfigCheck.NONE,
              ReconfigCheck.PRESENT,
              ReconfigCheck.PRESENT,
              ReconfigCheck.HEALTHY
            }
            [pick(4)];
    if (seed % 3 == 0) {
      world.upgrade(members);
    }
    world.prepare(members);
    ledger = new Ledger(world, world.state(1));
    states = new StateMachineSafety(world, ledger);
    overlaps = new Overlaps(world);
    for (SimWorld.Observer check :
        List.of(
            ledger,
            new ElectionSafety(world),
            new VoteOnce(world),
            new ElectedByQuorum(world, ledger),
            new LeaderAppendOnly(world),
            new LeaderCompleteness(world, ledger),
            new LogMatching(world),
            new CommittedStays(world, ledger),
            new AcknowledgedIsDurable(world),
            states,
            new PointerOrder(world),
            new UnexpectedFailure(world),
            overlaps)) {
      world.observedBy(check);
    }
    faults = new Faults(world, ledger, overlaps, members, huntsLeaders);
    clients = new Clients(world);
    lockers = new Lockers(world, clients);
    watchers = new Watchers(world, clients);
  }

  private int pick(int bound) {
    return world.random.nextInt(bound);
  }

  Trace trace() {
    return world.trace;
  }

  Report run() {
    world.startPrepared();
    int hasty = 20 + pick(300);
    int ticks = 100 + pick(300);
    for (int tick = 0; tick < ticks; tick++) {
      world.tickHastily(hasty, faults::between);
      faults.tick();
      clients.tick();
      lockers.tick();
      watchers.tick();
    }
    recover();
    converge();
    boolean decided =
        new Truth(world, ledger, clients.asked(), lockers)
            .check(watchers.heard(ledger.newest().revision(), this::takesPart));
    return new Report(
        world.seed,
        world.now,
        world.settings.tickMillis,
        world.steps,
        clients.asked().size(),
        lockers.held(),
        lockers.guardedWrites(),
        decided,
        faults.done(),
        overlaps.counts(),
        world.trace.digest());
  }

  /**
   * Liveness: what is asked of any member succeeds within a bounded time once faults have ended.
   */
  private void recover() {
    faults.peace();
    int left = MOST_TICKS_TO_RECOVER;
    for (boolean fresh = false; !fresh; left--) {
      if (left == 0) {
        throw new AssertionError(
            "no fresh write succeeds (seed " + world.seed + ")\n" + world.show());
      }
      world.tick(1);
      faults.tickOfPeace();
      fresh = agree();
    }
    disarm();
    for (SimWorld.Life life : List.copyOf(world.lives.values())) {
      if (takesPart(life)) {
        writeFresh(life);
      }
    }
  }

  /**
   * The answer to a first write may get lost, as its effect may come as part of a snapshot; and an
   * alarm raised before peace may be on its way still. Too many requests are none once those that
   * nobody answers have timed out.
   */
  private void writeFresh(SimWorld.Life life) {
    int crowded = 0;
    for (int attempt = 1; takesPart(life); attempt++) {
      var ask = clients.askAlone(life, attempt + " from " + life.id).ask();
      world.until(
          "a fresh write on member " + life.id + " is answered",
          100,
          () -> {
            faults.tickOfPeace(); // a voter that was just added is started, or is missed
            return ask.done() || !takesPart(life); // its removal may have been on its way
          });
      if (!takesPart(life)) {
        return;
      }
      if (ask.error == EtcdError.TOO_MANY_REQUESTS && ++crowded <= MOST_CROWDED) {
        attempt--;
      } else if (ask.succeeded() || attempt == 5) {
        ask.get();
        return;
      }
      world.tick(5);
      disarm();
    }
  }

  /** As an operator does who has made room on the disks. */
  private void disarm() {
    for (StateBatch.AlarmKey alarm : ledger.newest().alarms()) {
      var life = world.lives.values().stream().filter(this::takesPart).findFirst().orElseThrow();
      var ask =
          world.propose(
              life.id,
              new Command.Alarm(Command.AlarmAction.DEACTIVATE, alarm.memberId(), alarm.type()));
      world.until("disarming is answered", 100, ask::done); // if it failed, a write will tell
    }
  }

  private boolean takesPart(SimWorld.Life life) {
    return !life.dead
        && life.failures.isEmpty()
        && !faults.lost().contains(life.id)
        && ledger.newest().members().stream().anyMatch(m -> m.id() == life.id);
  }

  /** All that take part know one leader among them. */
  private boolean agree() {
    long leader = 0;
    boolean leads = false;
    for (SimWorld.Life life : world.lives.values()) {
      if (!takesPart(life)) {
        continue;
      }
      var status = life.node.status();
      if (status.leader() == 0 || leader != 0 && status.leader() != leader) {
        return false;
      }
      leader = status.leader();
      leads |= status.isLeader();
    }
    return leads;
  }

  /** All hold the same, and what they hold is right. */
  private void converge() {
    world.tick(100); // leases run out by and by; then nothing moves any more
    world.until(
        "all have applied what is committed",
        MOST_TICKS_TO_RECOVER,
        () -> {
          faults.tickOfPeace();
          watchers.tickOfPeace();
          return agree()
              && world.lives.values().stream()
                  .filter(this::takesPart)
                  .allMatch(l -> l.node.status().applied() == ledger.lastIndex());
        });
    Map<KvStore.KvHash, Long> hashes = new LinkedHashMap<>();
    for (SimWorld.Life life : List.copyOf(world.lives.values())) {
      if (takesPart(life)) {
        hashes.put(world.await(world.hash(life.id, 0)), life.id);
        states.checkRecords(life.id);
      }
    }
    if (hashes.size() > 1) {
      throw new AssertionError("members differ (seed " + world.seed + "): " + hashes);
    }
  }
}
