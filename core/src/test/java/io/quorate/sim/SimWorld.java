package io.quorate.sim;

import io.quorate.apply.MemberTable;
import io.quorate.apply.MemoryStateStore;
import io.quorate.codec.CodecException;
import io.quorate.codec.FormatVersion;
import io.quorate.codec.PeerCodec;
import io.quorate.codec.PeerFrame;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.FeatureLevel;
import io.quorate.command.KeyRange;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Result;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Record;
import io.quorate.node.AutoCompaction;
import io.quorate.node.Bootstrap;
import io.quorate.node.Callback;
import io.quorate.node.LeaseReply;
import io.quorate.node.LogStore;
import io.quorate.node.Maintenance;
import io.quorate.node.MemoryLogStore;
import io.quorate.node.NodeConfig;
import io.quorate.node.NodeStatus;
import io.quorate.node.NodeThreads;
import io.quorate.node.PeerLink;
import io.quorate.node.QuorateNode;
import io.quorate.node.ReconfigCheck;
import io.quorate.raft.RaftConfig;
import io.quorate.watch.WatchSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Several production {@link QuorateNode}s in one thread. All that could happen at the same time (a
 * task of one of a member's executors, the arrival of a frame) happens one after the other, in an
 * order drawn from the seed; ticks come when the test says so. What a disk made durable survives a
 * crash, nothing else does.
 */
public final class SimWorld {
  public static final long CLUSTER = 0xc1c1;

  /** Who asks for everything here. */
  private static final Caller CLIENT = new Caller.User("client", 1);

  /** More steps than this without a tick in between: something goes round in circles. */
  private static final int MOST_STEPS_A_TICK = 300_000;

  /** Sees what happens, while it happens; throws if it must not. */
  public interface Observer {
    /** A member's process begins, on what its disks hold. */
    default void started(Life life) {}

    /** Its process is gone. */
    default void crashed(Life life) {}

    /** Something has run in this process. */
    default void after(Life life) {}

    /** Leaves this process, whatever becomes of it. */
    default void sent(Life life, PeerMessage message) {}

    /** These bytes are put on the wire to another member. */
    default void framed(long to, byte[] frame) {}

    /** A log's disk is about to hold this. */
    default void aboutToHold(long member, LogStore.Write write) {}
  }

  /** What a test may want otherwise; read when a member starts. */
  public static final class Settings {
    public int tickMillis = 100;
    public int electionTicks = 10;
    public int snapshotCount = 10_000;
    public int catchupEntries = 5_000;
    public long maxLogBytes = 64 << 20;
    public int maxBatchBytes = 1 << 20;
    public int maxRequestBytes = 1_500_000;
    public int maxPendingRequests = 5_000;
    public long maxPendingBytes = 64 << 20;
    public long maxUncommittedBytes = 64 << 20;
    public long maxAppendBytes = 64 << 10;
    public int maxInflightMessages = 64;
    public long maxInflightBytes = 1 << 20;
    public int flushOperations = 10_000;
    public int flushTicks = 1;
    public long quotaBytes;
    public boolean disarmsNoSpace = true;
    public AutoCompaction autoCompaction = AutoCompaction.OFF;
    public long corruptCheckMillis;
    public long compactHashCheckMillis;
    public int maxLearners = 1;

    /** Not etcd's, for which each change would have to wait for five seconds of calm. */
    public ReconfigCheck reconfigCheck = ReconfigCheck.PRESENT;
  }

  /** A request and what became of it. */
  public final class Ask<T> implements Callback<T> {
    public final Life life;
    public final String what;
    public final long askedStep = ++steps;
    public final long askedTick = now;
    public long answeredStep;
    public long answeredTick;
    public int answers;
    public @Nullable T result;
    public @Nullable EtcdError error;

    /** Whoever asked has not gone. */
    public boolean wanted = true;

    public Ask(Life life, String what) {
      this.life = life;
      this.what = what;
      asks.add(this);
    }

    @Override
    public void complete(T result) {
      answered();
      this.result = result;
    }

    @Override
    public void fail(EtcdError error) {
      answered();
      this.error = error;
    }

    @Override
    public boolean isWanted() {
      return wanted;
    }

    private void answered() {
      answers++;
      answeredStep = ++steps;
      answeredTick = now;
      if (life.dead) {
        violated(describe() + " was answered by a member that had crashed");
      }
      if (answers > 1) {
        violated(describe() + " was answered twice");
      }
    }

    public boolean done() {
      return answers > 0;
    }

    public boolean succeeded() {
      return result != null;
    }

    /** The result of a request that must have succeeded. */
    public T get() {
      T r = result;
      if (r == null) {
        throw new AssertionError(
            describe() + ": " + (done() ? error : "no answer") + "\n" + show());
      }
      return r;
    }

    public String describe() {
      return what + " on member " + life.id + " (seed " + seed + ")";
    }
  }

  /** Serial, in order; when its turn comes is drawn. */
  private final class Lane implements Executor {
    public final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    public final String name;
    public @Nullable Life life;
    public boolean closed;
    public boolean stalled;
    public int ticksATask;
    public long busyUntil;

    Lane(String name) {
      this.name = name;
      lanes.add(this);
    }

    @Override
    public void execute(Runnable task) {
      if (!closed) {
        tasks.add(task);
      }
    }

    public boolean runnable() {
      Life l = life;
      return !tasks.isEmpty() && !stalled && busyUntil <= now && l != null && !l.paused;
    }
  }

  /** One run of a member's process. */
  public final class Life implements PeerLink {
    public final long id;
    public final long incarnation;
    public final List<Lane> own = new ArrayList<>();
    public final QuorateNode node;
    public boolean dead;
    public boolean paused;
    public boolean removed;

    /** How fast its clock runs, in thousandths of the world's. */
    public int clockPerMille = 1_000;

    private int clock;
    private long sequence;
    private int level = FeatureLevel.FIRST;
    private int missedTicks;
    private int dueTicks;
    public final List<Throwable> failures = new ArrayList<>();
    public MemberTable linked;

    private Life(long id, Bootstrap.Recovered recovered, LogStore log, MemoryStateStore state) {
      this.id = id;
      this.incarnation = random.nextLong();
      this.linked = MemberTable.of(List.of(), Set.of());
      NodeConfig config = config(id, incarnation);
      node =
          new QuorateNode(
              config,
              recovered,
              log,
              state,
              1 << 20,
              this,
              new NodeThreads(
                  lane("loop"), lane("log"), lane("apply"), lane("writer"), lane("readers")),
              this::takeTicks,
              () -> now * settings.tickMillis,
              failures::add,
              () -> removed = true);
      if (own.stream().anyMatch(lane -> !lane.tasks.isEmpty())) {
        violated("something may run before the node is complete");
      }
      own.forEach(l -> l.life = this);
    }

    private Lane lane(String name) {
      Lane lane = new Lane(name);
      own.add(lane);
      return lane;
    }

    public Lane lane(int which) {
      return own.get(which);
    }

    @Override
    public boolean send(long to, List<PeerMessage> messages) {
      framesSent++;
      for (Observer observer : observers) {
        messages.forEach(m -> observer.sent(this, m));
      }
      if (refusedLinks.contains(link(id, to))) {
        return false;
      }
      List<PeerMessage> passing = messages.stream().filter(m -> filter.test(id, to, m)).toList();
      if (cut.contains(link(id, to))
          || random.nextInt(1_000) < lossPerMille
          || passing.isEmpty() && !messages.isEmpty()) {
        return true;
      }
      byte[] bytes =
          PeerCodec.encode(
              new PeerFrame(
                  FormatVersion.at(level), CLUSTER, id, to, incarnation, ++sequence, passing));
      observers.forEach(o -> o.framed(to, bytes));
      ArrayDeque<Flight> wire = wires.computeIfAbsent(link(id, to), l -> new ArrayDeque<>());
      wire.add(new Flight(id, to, bytes, due(), null));
      if (duplicatePerMille > 0 && random.nextInt(1_000) < duplicatePerMille) {
        wire.add(new Flight(id, to, bytes, due(), null));
      }
      return true;
    }

    private long due() {
      return now + (delayTicks == 0 ? 0 : random.nextInt(delayTicks + 1));
    }

    @Override
    public void membersChanged(MemberTable members) {
      linked = members;
    }

    @Override
    public void featureLevelIs(int raised) {
      level = raised;
    }

    /** Question and answer go by the wires; either may get lost. */
    @Override
    public void askFeatureLevel(long member, IntConsumer heard) {
      fly(member, () -> life(member).fly(id, () -> inLoop(() -> heard.accept(spoken(member)))));
    }

    private void fly(long to, Runnable arrival) {
      if (!cut.contains(link(id, to)) && random.nextInt(1_000) >= lossPerMille) {
        wires
            .computeIfAbsent(link(id, to), l -> new ArrayDeque<>())
            .add(new Flight(id, to, new byte[0], due(), arrival));
      }
    }

    public void inLoop(Runnable task) {
      own.get(0).execute(task);
    }

    private void passTime() {
      for (clock += clockPerMille; clock >= 1_000; clock -= 1_000) {
        tellTicks(1);
      }
    }

    private void tellTicks(int ticks) {
      if (dueTicks == 0) {
        inLoop(node::tick);
      }
      dueTicks += ticks;
    }

    private int takeTicks() {
      int due = dueTicks;
      dueTicks = 0;
      return due;
    }

    /** It runs on after a pause, and its timers catch up with all that was missed at once. */
    public void wakeLate() {
      paused = false;
      tellTicks(missedTicks);
      missedTicks = 0;
    }

    public boolean runs() {
      return !dead && !removed;
    }
  }

  /**
   * @param arrival of what is no frame, run where it arrives; null for a frame
   */
  private record Flight(long from, long to, byte[] bytes, long due, @Nullable Runnable arrival) {}

  /** What passes; for tests that lose or damage certain messages. */
  public interface Filter {
    boolean test(long from, long to, PeerMessage message);
  }

  public final long seed;
  public final Random random;
  public final Settings settings = new Settings();
  public final Path directory;

  private final List<Lane> lanes = new ArrayList<>();
  private final TreeMap<Long, ArrayDeque<Flight>> wires = new TreeMap<>();
  public final TreeMap<Long, Life> lives = new TreeMap<>();
  private final TreeMap<Long, MemoryLogStore.Disk> disks = new TreeMap<>();
  private final TreeMap<Long, MemoryStateStore> states = new TreeMap<>();
  private final TreeMap<Long, Integer> spoken = new TreeMap<>();
  private boolean upgradesAtRestart;
  public final List<Ask<?>> asks = new ArrayList<>();
  private final Set<Long> cut = new HashSet<>();
  private final Set<Long> refusedLinks = new HashSet<>();
  private final List<Observer> observers = new ArrayList<>();
  public final Trace trace = new Trace();
  public Filter filter = (from, to, message) -> true;
  public int lossPerMille;
  public int duplicatePerMille;
  public int delayTicks;
  public boolean reorder;
  public long now;
  public long steps;
  public long framesSent;
  public long framesRefused;
  private long stepsThisTick;
  private @Nullable String violation;

  /** First members 1 to {@code members}; nothing runs before {@link #start}. */
  public SimWorld(long seed, Path directory) {
    this.seed = seed;
    this.random = new Random(seed * 0x9e3779b97f4a7c15L + 1);
    this.directory = directory;
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static SimWorld of(long seed, Path directory, int members) {
    SimWorld world = new SimWorld(seed, directory);
    world.found(members);
    return world;
  }

  /** Starts the first members of a new cluster, ids from 1 on. */
  public SimWorld found(int count) {
    prepare(count);
    startPrepared();
    return this;
  }

  /** Disks as the first members of a new cluster have them; nothing runs yet. */
  public void prepare(int count) {
    List<Member> members = new ArrayList<>();
    for (long id = 1; id <= count; id++) {
      members.add(new Member(id, "m" + id, List.of(url(id)), List.of(), false));
    }
    for (Member member : members) {
      long id = member.id();
      newDisks(id);
      MemoryLogStore log = new MemoryLogStore(disk(id));
      log.recover();
      try {
        Bootstrap.newCluster(log, state(id), new LogStore.Identity(CLUSTER, id), members);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      log.close();
    }
  }

  /** Starts what {@link #prepare} has made. */
  public void startPrepared() {
    List.copyOf(disks.keySet()).forEach(this::start);
  }

  public SimWorld observedBy(Observer observer) {
    observers.add(observer);
    return this;
  }

  public static String url(long id) {
    return "http://m" + id + ":2380";
  }

  private void newDisks(long id) {
    MemoryLogStore.Disk disk = new MemoryLogStore.Disk();
    disk.listen(write -> observers.forEach(o -> o.aboutToHold(id, write)));
    disks.put(id, disk);
    states.put(id, new MemoryStateStore());
  }

  public MemoryLogStore.Disk disk(long id) {
    return java.util.Objects.requireNonNull(disks.get(id));
  }

  public MemoryStateStore state(long id) {
    return java.util.Objects.requireNonNull(states.get(id));
  }

  private interface Found {
    LogStore.Existing get() throws IOException;
  }

  private Life run(long id, LogStore log, MemoryStateStore state, Found found) {
    try {
      Life life = new Life(id, Bootstrap.recover(log, found.get(), state), log, state);
      lives.put(id, life);
      observers.forEach(o -> o.started(life));
      life.node.start();
      return life;
    } catch (IOException e) {
      throw new UncheckedIOException("seed " + seed + ", member " + id, e);
    }
  }

  /** A process for a member that was added: it has nothing yet. */
  public Life join(long id) {
    newDisks(id);
    MemoryLogStore log = new MemoryLogStore(disk(id));
    log.recover();
    return run(
        id, log, state(id), () -> Bootstrap.joining(log, new LogStore.Identity(CLUSTER, id)));
  }

  /** The process is gone, what it had not made durable too. */
  public void crash(long id) {
    Life life = life(id);
    stopLife(life);
    observers.forEach(o -> o.crashed(life));
    lives
        .values()
        .forEach(
            other -> {
              if (!other.dead) {
                other.inLoop(() -> other.node.peerLost(id));
              }
            });
  }

  private void stopLife(Life life) {
    life.dead = true;
    for (Lane lane : life.own) {
      lane.closed = true;
      lane.tasks.clear();
      lanes.remove(lane);
    }
    wires.forEach(
        (link, flights) -> {
          if ((link & 0xffff) == life.id) {
            flights.clear();
          }
        });
  }

  /** As {@link #crash}, and the machine with it: the state's file loses what was not synced. */
  public void powerCut(long id) {
    crash(id);
    MemoryStateStore state = state(id);
    state.powerCut(random.nextInt(state.unsyncedCommits() + 1));
  }

  public Life restart(long id) {
    if (!life(id).dead) {
      throw new IllegalStateException("member " + id + " runs");
    }
    state(id).reopen();
    if (upgradesAtRestart) {
      speaks(id, FeatureLevel.NEWEST);
    }
    return start(id);
  }

  /** What a process finds wrong that starts on these disks, as it says it; null for nothing. */
  public @Nullable String damage(long id) {
    state(id).reopen();
    MemoryLogStore log = new MemoryLogStore(disk(id));
    LogStore.Recovered found = log.recover();
    if (found instanceof LogStore.Damaged damaged) {
      return damaged.what();
    }
    String inState = state(id).damage();
    if (inState != null) {
      return inState;
    }
    try {
      Bootstrap.recover(log, (LogStore.Existing) found, state(id));
      return null;
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  private Life start(long id) {
    MemoryLogStore log = new MemoryLogStore(disk(id));
    if (!(log.recover() instanceof LogStore.Existing existing)) {
      throw new IllegalStateException("the disk of member " + id + " is lost");
    }
    return run(id, log, state(id), () -> existing);
  }

  /** Stops a member in good order; true once it has said so. */
  public void stop(long id) {
    Life life = life(id);
    boolean[] done = new boolean[1];
    life.node.stop(
        () -> {
          if (done[0]) {
            throw new AssertionError("stopped twice");
          }
          done[0] = true;
        });
    until("member " + id + " has stopped", 100, () -> done[0]);
    settle();
    if (!life.failures.isEmpty()) {
      throw new AssertionError("failed while it stopped", life.failures.get(0));
    }
    stopLife(life);
  }

  /** The feature level that the release of a member speaks. */
  public int spoken(long id) {
    return spoken.getOrDefault(id, FeatureLevel.NEWEST);
  }

  /** Until all know that the level has risen; from then on no entry comes by itself. */
  public void awaitLevel() {
    until(
        "the feature level is raised everywhere",
        50,
        () ->
            lives.values().stream()
                .filter(Life::runs)
                .allMatch(life -> life.node.featureLevel() == FeatureLevel.NEWEST));
  }

  /** The first members are of the first release, and each is exchanged when it starts again. */
  public void upgrade(int members) {
    upgradesAtRestart = true;
    for (long id = 1; id <= members; id++) {
      speaks(id, FeatureLevel.FIRST);
    }
  }

  /** From its next start on a member is of a release that speaks this feature level. */
  public void speaks(long id, int level) {
    spoken.put(id, level);
  }

  private NodeConfig config(long id, long incarnation) {
    RaftConfig raft =
        new RaftConfig(
            id,
            settings.electionTicks,
            1,
            settings.maxAppendBytes,
            settings.maxInflightMessages,
            settings.maxInflightBytes,
            settings.maxUncommittedBytes,
            true,
            true);
    Path own = directory.resolve(Long.toString(id));
    try {
      Files.createDirectories(own);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new NodeConfig(
        raft,
        random.nextLong(),
        incarnation,
        settings.tickMillis,
        settings.maxRequestBytes,
        128,
        settings.maxBatchBytes,
        settings.maxPendingRequests,
        settings.maxPendingBytes,
        settings.snapshotCount,
        settings.catchupEntries,
        settings.maxLogBytes,
        settings.flushOperations,
        settings.flushTicks,
        settings.quotaBytes,
        settings.maxLearners,
        settings.reconfigCheck,
        spoken(id),
        new Maintenance(
            settings.disarmsNoSpace,
            settings.autoCompaction,
            settings.corruptCheckMillis,
            settings.compactHashCheckMillis),
        own);
  }

  // ---- the network

  private static long link(long from, long to) {
    return from << 16 | to;
  }

  public void cut(long from, long to) {
    cut.add(link(from, to));
  }

  /** Nothing gets between {@code id} and the others any more, nor what is on its way. */
  public void isolate(long id) {
    for (long other : lives.keySet()) {
      if (other != id) {
        cut(id, other);
        cut(other, id);
      }
    }
    wires.forEach(
        (link, flights) -> {
          if ((link & 0xffff) == id || link >> 16 == id) {
            flights.clear();
          }
        });
  }

  /** Ends what {@link #isolate} and {@link #cut} did to {@code id}. */
  public void reconnect(long id) {
    cut.removeIf(link -> (link & 0xffff) == id || link >> 16 == id);
  }

  /** {@code from} is told at once that nothing leaves for {@code to}. */
  public void refuse(long from, long to) {
    refusedLinks.add(link(from, to));
  }

  public void heal() {
    cut.clear();
    refusedLinks.clear();
    lossPerMille = 0;
    duplicatePerMille = 0;
    delayTicks = 0;
    reorder = false;
    filter = (from, to, message) -> true;
    lives.values().forEach(l -> l.paused = false);
    lives.values().forEach(l -> l.missedTicks = 0);
    lives.values().forEach(l -> l.clockPerMille = 1_000);
    lanes.forEach(l -> l.stalled = false);
    lanes.forEach(l -> l.ticksATask = 0);
    lanes.forEach(l -> l.busyUntil = 0);
  }

  /** Keeps one executor of a member from running; 0 loop, 1 log, 2 apply, 3 writer, 4 readers. */
  public void stall(long id, int lane, boolean stalled) {
    life(id).lane(lane).stalled = stalled;
  }

  /** Whatever one executor of a member does takes so long from now on. */
  public void slow(long id, int lane, int ticksATask) {
    life(id).lane(lane).ticksATask = ticksATask;
  }

  /** Tasks that wait on one executor of a member. */
  public int waiting(long id, int lane) {
    return life(id).lane(lane).tasks.size();
  }

  // ---- time

  /** One thing that can happen happens; false if there is none. */
  public boolean step() {
    int choices = 0;
    for (Lane lane : lanes) {
      choices += lane.runnable() ? 1 : 0;
    }
    for (ArrayDeque<Flight> wire : wires.values()) {
      choices += arrives(wire) ? 1 : 0;
    }
    if (choices == 0) {
      return false;
    }
    if (++stepsThisTick > MOST_STEPS_A_TICK) {
      throw new AssertionError("goes round in circles at tick " + now + "\n" + show());
    }
    steps++;
    int choice = random.nextInt(choices);
    trace.mix(choice);
    for (Lane lane : lanes) {
      if (lane.runnable() && choice-- == 0) {
        run(lane);
        requireNoViolation();
        return true;
      }
    }
    for (ArrayDeque<Flight> wire : wires.values()) {
      if (arrives(wire) && choice-- == 0) {
        deliver(wire);
        return true;
      }
    }
    throw new IllegalStateException("chose what is not there");
  }

  private void run(Lane lane) {
    Life life = java.util.Objects.requireNonNull(lane.life);
    trace.tell(() -> when() + " member " + life.id + " " + lane.name);
    lane.busyUntil = now + lane.ticksATask;
    lane.tasks.remove().run();
    for (Observer observer : observers) {
      observer.after(life);
    }
  }

  /** Tick and step, for traces and messages. */
  public String when() {
    return "tick " + now + " step " + steps;
  }

  private boolean arrives(ArrayDeque<Flight> wire) {
    Flight head = wire.peek();
    if (head == null || head.due > now) {
      return false;
    }
    Life life = lives.get(head.to);
    return life == null || life.dead || !life.paused;
  }

  private void deliver(ArrayDeque<Flight> wire) {
    Flight first = wire.remove();
    if (reorder && !wire.isEmpty() && random.nextInt(4) == 0) {
      Flight later = wire.remove();
      wire.addFirst(first);
      arrive(later);
    } else {
      arrive(first);
    }
  }

  private void arrive(Flight flight) {
    if (flight.arrival == null) {
      arrive(flight.to, flight.bytes);
      return;
    }
    Life life = lives.get(flight.to);
    if (life != null && !life.dead) {
      trace.tell(() -> when() + " " + flight.from + " -> " + flight.to + " feature level");
      flight.arrival.run();
    }
  }

  /**
   * Bytes reach a member's peer port, whoever sent them: a frame of this cluster for this member
   * goes to its loop, anything else is counted in {@link #framesRefused} and goes nowhere.
   */
  public void arrive(long to, byte[] bytes) {
    Life life = lives.get(to);
    if (life == null || life.dead) {
      return;
    }
    PeerFrame frame;
    try {
      frame = PeerCodec.decodeFor(CLUSTER, to, bytes);
    } catch (CodecException e) {
      framesRefused++;
      return;
    }
    trace.mix(Arrays.hashCode(bytes));
    trace.tell(() -> when() + " " + frame.from() + " -> " + frame.to() + " " + frame.messages());
    life.inLoop(() -> life.node.onFrame(frame));
  }

  /** What must not happen has happened: the run ends with the event under way. */
  public void violated(String what) {
    if (violation == null) {
      violation = what;
      trace.tell(() -> when() + " VIOLATION " + what);
    }
  }

  private void requireNoViolation() {
    if (violation != null) {
      throw new AssertionError(violation + " (seed " + seed + ", " + when() + ")\n" + show());
    }
  }

  /** Until nothing is left that could happen without time passing. */
  public void settle() {
    while (step()) {
      continue;
    }
  }

  private void passTime() {
    now++;
    stepsThisTick = 0;
    for (Life life : lives.values()) {
      if (life.paused) {
        life.missedTicks++;
      } else if (!life.dead) {
        life.passTime();
      }
    }
  }

  /** {@code count} ticks, each with all that comes of it. */
  public void tick(int count) {
    for (int i = 0; i < count; i++) {
      passTime();
      settle();
    }
  }

  /** One tick, and only some of what comes of it. */
  public void tickHastily(int mostSteps) {
    tickHastily(mostSteps, () -> {});
  }

  /** Runs {@code between} after each step. */
  public void tickHastily(int mostSteps, Runnable between) {
    passTime();
    for (int i = random.nextInt(mostSteps + 1); i > 0 && step(); i--) {
      between.run();
    }
  }

  /** Ticks until {@code condition} holds, at most {@code ticks} of them. */
  public void until(String what, int ticks, BooleanSupplier condition) {
    settle();
    for (int i = 0; !condition.getAsBoolean(); i++) {
      if (i == ticks) {
        throw new AssertionError(
            "not within " + ticks + " ticks (seed " + seed + "): " + what + "\n" + show());
      }
      tick(1);
    }
  }

  // ---- members

  public Life life(long id) {
    Life life = lives.get(id);
    if (life == null) {
      throw new IllegalStateException("no member " + id);
    }
    return life;
  }

  public QuorateNode node(long id) {
    return life(id).node;
  }

  /** Ticks until all members that run and are in the configuration agree on a leader among them. */
  public long elect() {
    until("all agree on a leader", 200, () -> agreedLeader() != 0);
    return agreedLeader();
  }

  private long agreedLeader() {
    long leader = 0;
    for (Life life : lives.values()) {
      if (life.dead || life.removed) {
        continue;
      }
      NodeStatus status = life.node.status();
      if (status.leader() == 0 || leader != 0 && status.leader() != leader) {
        return 0;
      }
      leader = status.leader();
    }
    Life life = lives.get(leader);
    return life != null && !life.dead && life.node.status().isLeader() ? leader : 0;
  }

  /** Some member other than those. */
  public long otherThan(long... ids) {
    for (Life life : lives.values()) {
      if (!life.dead && Arrays.stream(ids).noneMatch(id -> id == life.id)) {
        return life.id;
      }
    }
    throw new IllegalStateException("no other member");
  }

  /** Ticks until {@code member} leads. */
  public void moveLeader(long member) {
    long leader = elect();
    if (leader != member) {
      Ask<Long> moved = new Ask<>(life(leader), "move the leader");
      node(leader).moveLeader(member, moved);
      until("leadership has moved", 50, moved::done);
      moved.get();
      elect();
    }
  }

  // ---- clients

  public Ask<Result> propose(long member, Command command) {
    Ask<Result> ask = new Ask<>(life(member), command.toString());
    node(member).propose(CLIENT, command, ask);
    return ask;
  }

  public Ask<Result> put(long member, String key, String value) {
    return propose(member, Command.Put.of(bytes(key), bytes(value)));
  }

  public Ask<Result> putLeased(long member, String key, String value, long lease) {
    return propose(member, new Command.Put(bytes(key), bytes(value), lease, false, false, false));
  }

  public Ask<Result> change(long member, MemberChange change) {
    Ask<Result> ask = new Ask<>(life(member), change.toString());
    node(member).changeMembers(CLIENT, change, ask);
    return ask;
  }

  /** A linearizable read of one key: of the store as it is when the index has been confirmed. */
  public Ask<Result.Ranged> read(long member, String key) {
    Ask<Result.Ranged> ask = new Ask<>(life(member), "read " + key);
    node(member)
        .readIndex(
            new Callback<>() {
              @Override
              public void complete(Long index) {
                ask.complete(local(member, key));
              }

              @Override
              public void fail(EtcdError error) {
                ask.fail(error);
              }

              @Override
              public boolean isWanted() {
                return ask.wanted;
              }
            });
    return ask;
  }

  /** A serializable read. */
  public Result.Ranged local(long member, String key) {
    return node(member).kv().range(Command.Range.of(KeyRange.single(bytes(key))));
  }

  /** Value of a read of one key, null if it is not there. */
  public static @Nullable String value(Result.Ranged ranged) {
    return ranged.kvs().isEmpty() ? null : text(ranged.kvs().get(0).value());
  }

  public static String text(Bytes bytes) {
    return new String(bytes.array(), java.nio.charset.StandardCharsets.UTF_8);
  }

  public static Bytes bytes(String text) {
    return Bytes.of(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  public Ask<LeaseReply> keepAlive(long member, long lease) {
    Ask<LeaseReply> ask = new Ask<>(life(member), "keep alive " + lease);
    node(member).keepAlive(CLIENT, lease, ask);
    return ask;
  }

  public Ask<LeaseReply> timeToLive(long member, long lease) {
    Ask<LeaseReply> ask = new Ask<>(life(member), "time to live " + lease);
    node(member).timeToLive(CLIENT, lease, ask);
    return ask;
  }

  public Ask<KvStore.KvHash> hash(long member, long revision) {
    Ask<KvStore.KvHash> ask = new Ask<>(life(member), "hash at " + revision);
    node(member).hash(revision, ask);
    return ask;
  }

  /** Ticks until it is answered, then its result. */
  public <T> T await(Ask<T> ask) {
    until(ask.what + " is answered", 120, ask::done);
    return ask.get();
  }

  public <T> EtcdError awaitError(Ask<T> ask) {
    until(ask.what + " is answered", 120, ask::done);
    EtcdError error = ask.error;
    if (error == null) {
      throw new AssertionError(ask.describe() + " succeeded: " + ask.result);
    }
    return error;
  }

  public long revisionOf(Ask<Result> put) {
    return ((Result.Putted) await(put)).revision();
  }

  /** A watcher of everything from {@code revision} on. */
  public Watching watch(long member, long revision) {
    Watching watching = new Watching();
    node(member)
        .withWatches(
            hub ->
                hub.open(watching)
                    .create(
                        new WatchSpec(
                            0, KeyRange.all(), revision, false, false, false, false, false)));
    return watching;
  }

  /** What a watcher heard, a line an event. */
  public static final class Watching implements WatchSink {
    public final List<String> events = new ArrayList<>();
    public final List<Long> revisions = new ArrayList<>();
    public boolean canceled;

    @Override
    public void send(WatchResponse response) {
      if (response instanceof WatchResponse.Events e) {
        e.events()
            .forEach(
                event -> {
                  events.add(line(event.kv()));
                  revisions.add(event.kv().modRevision());
                });
      } else if (response instanceof WatchResponse.Canceled) {
        canceled = true;
      }
    }

    @Override
    public boolean isFull() {
      return false;
    }
  }

  public static String line(io.quorate.command.KeyValue kv) {
    return kv.modRevision()
        + " "
        + text(kv.key())
        + (kv.isTombstone() ? " gone" : " = " + text(kv.value()));
  }

  /** All history a member has, a line a record. */
  public List<String> history(long member) {
    List<String> lines = new ArrayList<>();
    KvStore kv = node(member).kv();
    long from = Math.max(1, kv.compactRevision());
    List<Record> part;
    while (!(part = kv.history(from, kv.revision(), 1_000)).isEmpty()) {
      part.forEach(r -> lines.add(line(r.kv())));
      from = part.get(part.size() - 1).main() + 1;
    }
    return lines;
  }

  // ---- demands

  /** All that run hold the same, and say so. */
  public void converge(int ticks) {
    until(
        "all have applied the same",
        ticks,
        () -> {
          if (agreedLeader() == 0) {
            return false;
          }
          Set<Long> applied = new HashSet<>();
          forEachRunning(id -> applied.add(node(id).status().applied()));
          forEachRunning(id -> applied.add(node(id).status().commit()));
          return applied.size() == 1;
        });
    Map<KvStore.KvHash, Long> hashes = new LinkedHashMap<>();
    Set<List<String>> histories = new HashSet<>();
    forEachRunning(
        id -> {
          hashes.put(await(hash(id, 0)), id);
          histories.add(history(id));
        });
    if (hashes.size() != 1 || histories.size() != 1) {
      throw new AssertionError("members differ (seed " + seed + "): " + hashes + histories);
    }
  }

  public void forEachRunning(LongConsumer each) {
    for (Life life : List.copyOf(lives.values())) {
      if (!life.dead && !life.removed) {
        each.accept(life.id);
      }
    }
  }

  /** No member has failed, and every request to one that did not crash has its answer. */
  public void requireHealthy() {
    for (Life life : lives.values()) {
      if (!life.failures.isEmpty()) {
        throw new AssertionError(
            "member " + life.id + " failed (seed " + seed + ")", life.failures.get(0));
      }
    }
    requireAnswered();
  }

  public void requireAnswered() {
    until(
        "every request is answered: " + unanswered(),
        200,
        () -> asks.stream().allMatch(a -> a.done() || a.life.dead));
  }

  private List<String> unanswered() {
    return asks.stream()
        .filter(a -> !a.done() && !a.life.dead)
        .limit(10)
        .map(Ask::describe)
        .toList();
  }

  /** Files of snapshots that lie about. */
  public List<String> leftFiles() {
    List<String> left = new ArrayList<>();
    try (Stream<Path> all = Files.walk(directory)) {
      all.filter(Files::isRegularFile)
          .filter((Predicate<Path>) f -> f.toString().endsWith(".snapshot"))
          .forEach(f -> left.add(directory.relativize(f).toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return left;
  }

  public String show() {
    StringBuilder text = new StringBuilder();
    text.append("seed ").append(seed).append(", tick ").append(now).append('\n');
    for (Life life : lives.values()) {
      text.append("  ").append(life.id).append(life.dead ? " dead " : " ");
      text.append(life.paused ? "paused " : "").append(life.removed ? "removed " : "");
      text.append(life.node.status()).append(' ').append(life.node.members());
      text.append(" failures ").append(life.failures).append('\n');
      for (Lane lane : life.own) {
        if (!lane.tasks.isEmpty()) {
          text.append("    ").append(lane.name).append(": ").append(lane.tasks.size());
          text.append(" tasks\n");
        }
      }
    }
    return text.toString();
  }
}
