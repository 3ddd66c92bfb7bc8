package io.quorate.vertx.server.robustness;

import io.quorate.vertx.server.process.MemberProcess;
import io.quorate.vertx.server.process.ProcessCluster;
import io.quorate.vertx.server.robustness.Schedule.Fault;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.links.Link;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Executes a {@link Schedule}. Used on the test's thread; ends when all faults are undone. */
final class Chaos {
  private static final Duration MEMBERSHIP_BOUND = Duration.ofSeconds(20);

  private static final int ALARM_ATTEMPTS = 12;
  private static final long ALARM_ATTEMPT_MILLIS = 250;

  private record Step(long atMillis, int order, Runnable action) {}

  private final ProcessCluster cluster;
  private final MemberEndpoints members;
  private final Network network;
  private final Report report;
  private final @Nullable SmallDisk smallDisk;
  private final int onSmallDisk;
  private final PriorityQueue<Step> steps =
      new PriorityQueue<>(Comparator.comparingLong(Step::atMillis).thenComparingInt(Step::order));
  private final Set<MemberProcess> down = new LinkedHashSet<>();
  private final Set<MemberProcess> paused = new LinkedHashSet<>();
  private final Map<MemberProcess, List<String>> flags = new HashMap<>();
  private final Map<String, Integer> done = new TreeMap<>();
  private final Set<Link> faulty = new HashSet<>();
  private boolean diskFull;
  private int order;

  Chaos(
      ProcessCluster cluster,
      MemberEndpoints members,
      Network network,
      Report report,
      Schedule schedule,
      @Nullable SmallDisk smallDisk) {
    this.cluster = cluster;
    this.members = members;
    this.network = network;
    this.report = report;
    this.smallDisk = smallDisk;
    this.onSmallDisk = schedule.onSmallDisk();
    for (Fault fault : schedule.faults()) {
      at(report.millis() + fault.atMillis(), () -> begin(fault));
    }
  }

  private void at(long millis, Runnable action) {
    steps.add(new Step(millis, order++, action));
  }

  /** Executes the whole schedule, then ends all faults and starts all members. */
  void run() {
    while (!steps.isEmpty()) {
      Step next = steps.remove();
      waitUntil(next.atMillis);
      checkAlive();
      next.action.run();
    }
    network.healAll();
    List.copyOf(paused).forEach(this::resume);
    checkAlive();
    List.copyOf(down).forEach(this::start);
    checkAlive();
  }

  /** Fails if a member has ended that was not ended by this class. */
  void checkAlive() {
    for (MemberProcess member : cluster.members()) {
      if (member.hasStarted() && !member.isAlive() && !down.contains(member)) {
        // a member that is just starting cannot always name the full disk as the cause
        if (isOnSmallDisk(member) && (diskFull || saysDiskIsFull(member))) {
          report.event(member.name() + " ended: its disk is full");
          down.add(member);
        } else {
          throw new AssertionError(member.name() + " ended by itself: " + member.log().tail(5));
        }
      }
    }
  }

  private void waitUntil(long millis) {
    long left = millis - report.millis();
    while (left > 0) {
      LockSupport.parkNanos(left * 1_000_000);
      left = millis - report.millis();
    }
  }

  /** How often each kind of fault was executed. */
  Map<String, Integer> done() {
    return new TreeMap<>(done);
  }

  // ---- faults

  private void begin(Fault fault) {
    String what =
        switch (fault.kind()) {
          case KILL_ONE -> kill(fault, someRunning(fault, 1));
          case KILL_LEADER -> kill(fault, leader(fault));
          case KILL_MAJORITY -> kill(fault, someRunning(fault, cluster.members().size() / 2 + 1));
          case KILL_ALL -> kill(fault, someRunning(fault, cluster.members().size()));
          case TERMINATE_ONE -> terminate(fault, someRunning(fault, 1));
          case TERMINATE_LEADER -> terminate(fault, leader(fault));
          case PAUSE_ONE -> pause(fault, someRunning(fault, 1));
          case PAUSE_LEADER -> pause(fault, leader(fault));
          case CUT_OFF -> links(fault, Link.Condition.CUT, ways(one(fault), true, true));
          case CUT_OFF_LEADER -> links(fault, Link.Condition.CUT, ways(leader(fault), true, true));
          case CUT_WHAT_ONE_SENDS ->
              links(fault, Link.Condition.CUT, ways(one(fault), true, false));
          case CUT_WHAT_ONE_IS_SENT ->
              links(fault, Link.Condition.CUT, ways(one(fault), false, true));
          case CUT_IN_HALVES ->
              links(fault, Link.Condition.CUT, between(some(fault, cluster.members().size() / 2)));
          case SILENCE_LEADER ->
              links(fault, Link.Condition.SILENT, ways(leader(fault), true, true));
          case SILENCE_WHAT_LEADER_SENDS ->
              links(fault, Link.Condition.SILENT, ways(leader(fault), true, false));
          case SILENCE_WHAT_LEADER_IS_SENT ->
              links(fault, Link.Condition.SILENT, ways(leader(fault), false, true));
          case SILENCE_ONE_WAY -> {
            List<MemberProcess> two = some(fault, 2);
            yield links(
                fault,
                Link.Condition.SILENT,
                List.of(network.link(two.get(0).name(), two.get(1).name())));
          }
          case DELAY_ALL ->
              links(
                  fault,
                  Link.Condition.delayed(5 + fault.amount() / 10),
                  between(cluster.members()));
          case DELAY_ONE ->
              links(
                  fault,
                  Link.Condition.delayed(5 + fault.amount() / 4),
                  ways(one(fault), true, true));
          case LIMIT_ONE ->
              links(
                  fault,
                  Link.Condition.limited(5_000 + 100 * fault.amount()),
                  ways(one(fault), true, true));
          case CUT_CLIENTS -> links(fault, Link.Condition.CUT, ofClients(one(fault)));
          case SILENCE_CLIENTS -> links(fault, Link.Condition.SILENT, ofClients(one(fault)));
          case REPLACE -> replace(fault);
          case FILL_DISK -> fillDisk(fault);
        };
    report.event(fault.kind() + " " + what);
    done.merge(what.isEmpty() ? "nobody to hit" : fault.kind().name(), 1, Integer::sum);
  }

  private static String names(List<MemberProcess> hit) {
    return String.join(", ", hit.stream().map(MemberProcess::name).toList());
  }

  private String kill(Fault fault, List<MemberProcess> hit) {
    down.addAll(hit);
    hit.forEach(MemberProcess::kill);
    startLater(fault, hit);
    return names(hit);
  }

  private String terminate(Fault fault, List<MemberProcess> hit) {
    down.addAll(hit);
    for (MemberProcess member : hit) {
      int code = member.terminate();
      if (code != 0 && code != 143) {
        throw new AssertionError(member.name() + " ended with code " + code + " after SIGTERM");
      }
    }
    startLater(fault, hit);
    return names(hit);
  }

  private void startLater(Fault fault, List<MemberProcess> hit) {
    at(
        report.millis() + fault.lastsMillis(),
        () -> hit.stream().filter(down::contains).forEach(this::start));
  }

  private void start(MemberProcess member) {
    members.get(member.name()).nextLife();
    report.event(member.name() + " starts");
    List<String> more = flags.getOrDefault(member, List.of());
    member.start(more);
    down.remove(member);
  }

  private String pause(Fault fault, List<MemberProcess> hit) {
    for (MemberProcess member : hit) {
      member.pause();
      paused.add(member);
    }
    at(
        report.millis() + fault.lastsMillis(),
        () -> hit.stream().filter(paused::contains).forEach(this::resume));
    return names(hit);
  }

  private void resume(MemberProcess member) {
    if (member.isAlive()) {
      report.event(member.name() + " goes on");
      member.resume();
    }
    paused.remove(member);
  }

  private String links(Fault fault, Link.Condition condition, List<Link> hit) {
    List<Link> free = hit.stream().filter(faulty::add).toList();
    free.forEach(link -> link.set(condition));
    at(
        report.millis() + fault.lastsMillis(),
        () -> {
          report.event("heals " + free);
          free.forEach(link -> link.set(Link.Condition.OPEN));
          free.forEach(faulty::remove);
        });
    return free.isEmpty() ? "" : condition + " " + free;
  }

  /**
   * A removed member waits until the others know of its removal, so all of them must be running.
   */
  private String replace(Fault fault) {
    if (!down.isEmpty() || !paused.isEmpty() || !faulty.isEmpty() || diskFull) {
      return "";
    }
    MemberProcess gone = one(fault).get(0);
    if (isOnSmallDisk(gone)) {
      return "";
    }
    MemberProcess reached = cluster.others(gone).get(0);
    String url = gone.advertisedPeerUrl();
    Await.untilTrue(
        gone.name() + " is removed",
        MEMBERSHIP_BOUND,
        () -> {
          Long id = reached.client().memberIds().get(url);
          if (id != null) {
            reached.client().removeMember(id);
          }
          return !reached.client().memberIds().containsKey(url);
        });
    down.add(gone);
    int code = gone.awaitExit(MEMBERSHIP_BOUND);
    if (code != 1) {
      throw new AssertionError(gone.name() + " ended with code " + code + " when it was removed");
    }
    report.event(gone.name() + " is removed");
    ProcessCluster.delete(gone.dataDir());
    Await.untilTrue(
        gone.name() + " is added",
        MEMBERSHIP_BOUND,
        () -> {
          if (!reached.client().memberIds().containsKey(url)) {
            reached.client().addMember(url);
          }
          return true;
        });
    flags.put(gone, List.of("--initial-cluster-state=existing"));
    start(gone);
    return gone.name();
  }

  private String fillDisk(Fault fault) {
    SmallDisk disk = smallDisk;
    if (disk == null) {
      return "";
    }
    diskFull = true;
    // Half of the time only up to the alarm, else to the last byte.
    long leave = fault.pick() % 2 == 0 ? 32L << 20 : 0;
    long written = disk.fill(leave);
    at(
        report.millis() + fault.lastsMillis(),
        () -> {
          report.event("disk is freed");
          disk.free();
          checkAlive();
          diskFull = false;
          MemberProcess member = cluster.member(onSmallDisk);
          if (down.contains(member)) {
            start(member);
          }
          clearAlarms(0);
        });
    return cluster.member(onSmallDisk).name() + " by " + written + " bytes";
  }

  /**
   * Clears the alarms after space was freed, through one member after the other, since some may be
   * cut off.
   */
  private void clearAlarms(int attempt) {
    MemberProcess reached = cluster.member(attempt % cluster.members().size());
    if (isRunning(reached)) {
      Future<Integer> unused =
          reached
              .client()
              .clearAlarmsLater()
              .onSuccess(
                  cleared -> {
                    if (cleared > 0) {
                      report.event(cleared + " alarms cleared through " + reached.name());
                    }
                  });
    }
    if (attempt < ALARM_ATTEMPTS) {
      at(report.millis() + ALARM_ATTEMPT_MILLIS, () -> clearAlarms(attempt + 1));
    }
  }

  /**
   * Whether the process ends because of the full disk; it may end a moment after space was freed.
   */
  private static boolean saysDiskIsFull(MemberProcess member) {
    return member.log().whole().stream().anyMatch(line -> line.contains("disk is full"));
  }

  private boolean isOnSmallDisk(MemberProcess member) {
    return onSmallDisk >= 0 && cluster.member(onSmallDisk) == member;
  }

  // ---- selection of members and links

  private List<MemberProcess> some(Fault fault, int count) {
    List<MemberProcess> all = new ArrayList<>(cluster.members());
    java.util.Collections.shuffle(all, new java.util.Random(fault.pick()));
    return List.copyOf(all.subList(0, count));
  }

  private List<MemberProcess> one(Fault fault) {
    return some(fault, 1);
  }

  /** Fewer if not so many are running. */
  private List<MemberProcess> someRunning(Fault fault, int count) {
    return some(fault, cluster.members().size()).stream()
        .filter(this::isRunning)
        .limit(count)
        .toList();
  }

  private boolean isRunning(MemberProcess member) {
    return !down.contains(member) && !paused.contains(member);
  }

  /** The member that most running members report as leader; a random one if there is none. */
  private List<MemberProcess> leader(Fault fault) {
    Map<Long, MemberProcess> byId = new HashMap<>();
    Map<Long, Integer> named = new HashMap<>();
    for (MemberProcess member : cluster.members()) {
      if (isRunning(member)) {
        try {
          var status = member.client().status();
          byId.put(status.getHeader().getMemberId(), member);
          named.merge(status.getLeader(), 1, Integer::sum);
        } catch (IllegalStateException notYet) {
          report.event(member.name() + " says nothing: " + notYet.getMessage());
        }
      }
    }
    return named.entrySet().stream()
        .filter(each -> byId.containsKey(each.getKey()))
        .max(Map.Entry.comparingByValue())
        .map(each -> List.of(byId.get(each.getKey())))
        .orElseGet(() -> someRunning(fault, 1));
  }

  private List<Link> ways(List<MemberProcess> of, boolean out, boolean in) {
    List<Link> ways = new ArrayList<>();
    for (MemberProcess one : of) {
      for (MemberProcess other : cluster.others(one)) {
        if (out) {
          ways.add(network.link(one.name(), other.name()));
        }
        if (in) {
          ways.add(network.link(other.name(), one.name()));
        }
      }
    }
    return ways;
  }

  /** Links between these members and all others; all links if these are all members. */
  private List<Link> between(List<MemberProcess> some) {
    List<Link> ways = new ArrayList<>();
    for (MemberProcess one : some) {
      for (MemberProcess other : cluster.others(one)) {
        if (!some.contains(other) || some.size() == cluster.members().size()) {
          ways.add(network.link(one.name(), other.name()));
          ways.add(network.link(other.name(), one.name()));
        }
      }
    }
    return ways.stream().distinct().toList();
  }

  private List<Link> ofClients(List<MemberProcess> of) {
    return of.stream().map(member -> network.ofClients(member.name())).toList();
  }
}
