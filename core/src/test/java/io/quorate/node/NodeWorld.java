package io.quorate.node;

import io.quorate.apply.MemberTable;
import io.quorate.apply.MemoryStateStore;
import io.quorate.codec.PeerCodec;
import io.quorate.codec.PeerFrame;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyRange;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Result;
import io.quorate.mvcc.KvStore;
import io.quorate.mvcc.Record;
import io.quorate.raft.RaftConfig;
import io.quorate.watch.WatchResponse;
import io.quorate.watch.WatchSink;
import io.quorate.watch.WatchSpec;
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
final class NodeWorld {
  static final long CLUSTER = 0xc1c1;

  /** More steps than this without a tick in between: something goes round in circles. */
  private static final int MOST_STEPS_A_TICK = 300_000;

  /** What a test may want otherwise; read when a member starts. */
  static final class Settings {
    int tickMillis = 100;
    int electionTicks = 10;
    int snapshotCount = 10_000;
    int catchupEntries = 5_000;
    long maxLogBytes = 64 << 20;
    int maxBatchBytes = 1 << 20;
    int maxRequestBytes = 1_500_000;
    int maxPendingRequests = 5_000;
    long maxPendingBytes = 64 << 20;
    long maxUncommittedBytes = 64 << 20;
    int flushOperations = 10_000;
    int flushTicks = 1;
    long quotaBytes;
    int maxLearners = 1;
    boolean strictReconfigCheck = true;
  }

  /** A request and what became of it. */
  final class Ask<T> implements Callback<T> {
    final Life life;
    final String what;
    final long askedStep = steps;
    final long askedTick = now;
    long answeredStep;
    long answeredTick;
    int answers;
    @Nullable T result;
    @Nullable EtcdError error;

    Ask(Life life, String what) {
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

    private void answered() {
      answers++;
      answeredStep = ++steps;
      answeredTick = now;
      if (life.dead) {
        throw new AssertionError(describe() + " was answered by a member that had crashed");
      }
      if (answers > 1) {
        throw new AssertionError(describe() + " was answered twice");
      }
    }

    boolean done() {
      return answers > 0;
    }

    boolean succeeded() {
      return result != null;
    }

    /** The result of a request that must have succeeded. */
    T get() {
      T r = result;
      if (r == null) {
        throw new AssertionError(
            describe() + ": " + (done() ? error : "no answer") + "\n" + show());
      }
      return r;
    }

    String describe() {
      return what + " on member " + life.id + " (seed " + seed + ")";
    }
  }

  /** Serial, in order; when its turn comes is drawn. */
  private final class Lane implements Executor {
    final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    final String name;
    @Nullable Life life;
    boolean closed;
    boolean stalled;

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

    boolean runnable() {
      Life l = life;
      return !tasks.isEmpty() && !stalled && l != null && !l.paused;
    }
  }

  /** One run of a member's process. */
  final class Life implements PeerLink {
    final long id;
    final long incarnation;
    final List<Lane> own = new ArrayList<>();
    final QuorateNode node;
    boolean dead;
    boolean paused;
    boolean removed;
    final List<Throwable> failures = new ArrayList<>();
    MemberTable linked;

    Life(long id, Bootstrap.Recovered recovered, LogStore log, MemoryStateStore state) {
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
              () -> now * settings.tickMillis,
              failures::add,
              () -> removed = true);
      own.forEach(l -> l.life = this);
    }

    private Lane lane(String name) {
      Lane lane = new Lane(name);
      own.add(lane);
      return lane;
    }

    Lane lane(int which) {
      return own.get(which);
    }

    @Override
    public boolean send(long to, List<PeerMessage> messages) {
      framesSent++;
      if (refusedLinks.contains(link(id, to))) {
        return false;
      }
      List<PeerMessage> passing = messages.stream().filter(m -> filter.test(id, to, m)).toList();
      if (cut.contains(link(id, to))
          || random.nextInt(1_000) < lossPerMille
          || passing.isEmpty() && !messages.isEmpty()) {
        return true;
      }
      byte[] bytes = PeerCodec.encode(new PeerFrame(CLUSTER, id, to, incarnation, passing));
      long due = now + (delayTicks == 0 ? 0 : random.nextInt(delayTicks + 1));
      wires.computeIfAbsent(link(id, to), l -> new ArrayDeque<>()).add(new Flight(to, bytes, due));
      return true;
    }

    @Override
    public void membersChanged(MemberTable members) {
      linked = members;
    }

    void inLoop(Runnable task) {
      own.get(0).execute(task);
    }
  }

  private record Flight(long to, byte[] bytes, long due) {}

  /** What passes; for tests that lose or damage certain messages. */
  interface Filter {
    boolean test(long from, long to, PeerMessage message);
  }

  final long seed;
  final Random random;
  final Settings settings = new Settings();
  final Path directory;

  private final List<Lane> lanes = new ArrayList<>();
  private final TreeMap<Long, ArrayDeque<Flight>> wires = new TreeMap<>();
  final TreeMap<Long, Life> lives = new TreeMap<>();
  private final TreeMap<Long, MemoryLogStore.Disk> disks = new TreeMap<>();
  private final TreeMap<Long, MemoryStateStore> states = new TreeMap<>();
  final List<Ask<?>> asks = new ArrayList<>();
  private final Set<Long> cut = new HashSet<>();
  private final Set<Long> refusedLinks = new HashSet<>();
  Filter filter = (from, to, message) -> true;
  int lossPerMille;
  int delayTicks;
  boolean reorder;
  long now;
  long steps;
  long framesSent;
  private long stepsThisTick;

  /** First members 1 to {@code members}; nothing runs before {@link #start}. */
  NodeWorld(long seed, Path directory) {
    this.seed = seed;
    this.random = new Random(seed * 0x9e3779b97f4a7c15L + 1);
    this.directory = directory;
  }

  static NodeWorld of(long seed, Path directory, int members) {
    NodeWorld world = new NodeWorld(seed, directory);
    world.found(members);
    return world;
  }

  /** Starts the first members of a new cluster, ids from 1 on. */
  NodeWorld found(int count) {
    List<Member> members = new ArrayList<>();
    for (long id = 1; id <= count; id++) {
      members.add(new Member(id, "m" + id, List.of(url(id)), List.of(), false));
    }
    for (Member member : members) {
      newDisks(member.id());
      MemoryLogStore log = new MemoryLogStore(disk(member.id()));
      MemoryStateStore state = state(member.id());
      log.recover();
      LogStore.Identity identity = new LogStore.Identity(CLUSTER, member.id());
      run(member.id(), log, state, () -> Bootstrap.newCluster(log, state, identity, members));
    }
    return this;
  }

  static String url(long id) {
    return "http://m" + id + ":2380";
  }

  private void newDisks(long id) {
    disks.put(id, new MemoryLogStore.Disk());
    states.put(id, new MemoryStateStore());
  }

  MemoryLogStore.Disk disk(long id) {
    return java.util.Objects.requireNonNull(disks.get(id));
  }

  MemoryStateStore state(long id) {
    return java.util.Objects.requireNonNull(states.get(id));
  }

  private interface Found {
    LogStore.Existing get() throws IOException;
  }

  private Life run(long id, LogStore log, MemoryStateStore state, Found found) {
    try {
      Life life = new Life(id, Bootstrap.recover(log, found.get(), state), log, state);
      lives.put(id, life);
      life.node.start();
      return life;
    } catch (IOException e) {
      throw new UncheckedIOException("seed " + seed + ", member " + id, e);
    }
  }

  /** A process for a member that was added: it has nothing yet. */
  Life join(long id) {
    newDisks(id);
    MemoryLogStore log = new MemoryLogStore(disk(id));
    log.recover();
    return run(
        id, log, state(id), () -> Bootstrap.joining(log, new LogStore.Identity(CLUSTER, id)));
  }

  /** The process is gone, what it had not made durable too. */
  void crash(long id) {
    Life life = life(id);
    stopLife(life);
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
  void powerCut(long id) {
    crash(id);
    MemoryStateStore state = state(id);
    state.powerCut(random.nextInt(state.unsyncedCommits() + 1));
  }

  Life restart(long id) {
    Life before = life(id);
    if (!before.dead) {
      throw new IllegalStateException("member " + id + " runs");
    }
    state(id).reopen();
    MemoryLogStore log = new MemoryLogStore(disk(id));
    LogStore.Recovered recovered = log.recover();
    return run(id, log, state(id), () -> (LogStore.Existing) recovered);
  }

  /** Stops a member in good order; true once it has said so. */
  void stop(long id) {
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

  private NodeConfig config(long id, long incarnation) {
    RaftConfig raft =
        new RaftConfig(
            id,
            settings.electionTicks,
            1,
            64 << 10,
            64,
            1 << 20,
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
        settings.strictReconfigCheck,
        own);
  }

  // ---- the network

  private static long link(long from, long to) {
    return from << 16 | to;
  }

  void cut(long from, long to) {
    cut.add(link(from, to));
  }

  /** Nothing gets between {@code id} and the others any more, nor what is on its way. */
  void isolate(long id) {
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

  /** {@code from} is told at once that nothing leaves for {@code to}. */
  void refuse(long from, long to) {
    refusedLinks.add(link(from, to));
  }

  void heal() {
    cut.clear();
    refusedLinks.clear();
    lossPerMille = 0;
    delayTicks = 0;
    reorder = false;
    filter = (from, to, message) -> true;
    lives.values().forEach(l -> l.paused = false);
    lanes.forEach(l -> l.stalled = false);
  }

  /** Keeps one executor of a member from running; 0 loop, 1 log, 2 apply, 3 writer, 4 readers. */
  void stall(long id, int lane, boolean stalled) {
    life(id).lane(lane).stalled = stalled;
  }

  /** Tasks that wait on one executor of a member. */
  int waiting(long id, int lane) {
    return life(id).lane(lane).tasks.size();
  }

  // ---- time

  /** One thing that can happen happens; false if there is none. */
  boolean step() {
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
    for (Lane lane : lanes) {
      if (lane.runnable() && choice-- == 0) {
        lane.tasks.remove().run();
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

  private boolean arrives(ArrayDeque<Flight> wire) {
    Flight head = wire.peek();
    if (head == null || head.due > now) {
      return false;
    }
    Life life = lives.get(head.to);
    return life == null || life.dead || !life.paused;
  }

  private void deliver(ArrayDeque<Flight> wire) {
    Flight flight = wire.remove();
    if (reorder && !wire.isEmpty() && random.nextInt(4) == 0) {
      Flight later = wire.remove();
      wire.addFirst(flight);
      flight = later;
    }
    Life life = lives.get(flight.to);
    if (life == null || life.dead) {
      return;
    }
    PeerFrame frame = PeerCodec.decode(flight.bytes);
    life.inLoop(() -> life.node.onFrame(frame));
  }

  /** Until nothing is left that could happen without time passing. */
  void settle() {
    while (step()) {
      continue;
    }
  }

  private void passTime() {
    now++;
    stepsThisTick = 0;
    for (Life life : lives.values()) {
      if (!life.dead && !life.paused) {
        life.inLoop(life.node::tick);
      }
    }
  }

  /** {@code count} ticks, each with all that comes of it. */
  void tick(int count) {
    for (int i = 0; i < count; i++) {
      passTime();
      settle();
    }
  }

  /** One tick, and only some of what comes of it. */
  void tickHastily(int mostSteps) {
    passTime();
    for (int i = random.nextInt(mostSteps + 1); i > 0 && step(); i--) {
      continue;
    }
  }

  /** Ticks until {@code condition} holds, at most {@code ticks} of them. */
  void until(String what, int ticks, BooleanSupplier condition) {
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

  Life life(long id) {
    Life life = lives.get(id);
    if (life == null) {
      throw new IllegalStateException("no member " + id);
    }
    return life;
  }

  QuorateNode node(long id) {
    return life(id).node;
  }

  /** Ticks until all members that run and are in the configuration agree on a leader among them. */
  long elect() {
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
  long otherThan(long... ids) {
    for (Life life : lives.values()) {
      if (!life.dead && Arrays.stream(ids).noneMatch(id -> id == life.id)) {
        return life.id;
      }
    }
    throw new IllegalStateException("no other member");
  }

  /** Ticks until {@code member} leads. */
  void moveLeader(long member) {
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

  Ask<Result> propose(long member, Command command) {
    Ask<Result> ask = new Ask<>(life(member), command.toString());
    node(member).propose(command, ask);
    return ask;
  }

  Ask<Result> put(long member, String key, String value) {
    return propose(member, Command.Put.of(bytes(key), bytes(value)));
  }

  Ask<Result> putLeased(long member, String key, String value, long lease) {
    return propose(member, new Command.Put(bytes(key), bytes(value), lease, false, false, false));
  }

  Ask<Result> change(long member, MemberChange change) {
    Ask<Result> ask = new Ask<>(life(member), change.toString());
    node(member).changeMembers(change, ask);
    return ask;
  }

  /** A linearizable read of one key: of the store as it is when the index has been confirmed. */
  Ask<Result.Ranged> read(long member, String key) {
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
            });
    return ask;
  }

  /** A serializable read. */
  Result.Ranged local(long member, String key) {
    return node(member).kv().range(Command.Range.of(KeyRange.single(bytes(key))));
  }

  /** Value of a read of one key, null if it is not there. */
  static @Nullable String value(Result.Ranged ranged) {
    return ranged.kvs().isEmpty() ? null : text(ranged.kvs().get(0).value());
  }

  static String text(Bytes bytes) {
    return new String(bytes.array(), java.nio.charset.StandardCharsets.UTF_8);
  }

  static Bytes bytes(String text) {
    return Bytes.of(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  Ask<NodeDriver.LeaseReply> keepAlive(long member, long lease) {
    Ask<NodeDriver.LeaseReply> ask = new Ask<>(life(member), "keep alive " + lease);
    node(member).keepAlive(lease, ask);
    return ask;
  }

  Ask<NodeDriver.LeaseReply> timeToLive(long member, long lease) {
    Ask<NodeDriver.LeaseReply> ask = new Ask<>(life(member), "time to live " + lease);
    node(member).timeToLive(lease, ask);
    return ask;
  }

  Ask<KvStore.KvHash> hash(long member, long revision) {
    Ask<KvStore.KvHash> ask = new Ask<>(life(member), "hash at " + revision);
    node(member).hash(revision, ask);
    return ask;
  }

  /** Ticks until it is answered, then its result. */
  <T> T await(Ask<T> ask) {
    until(ask.what + " is answered", 120, ask::done);
    return ask.get();
  }

  <T> EtcdError awaitError(Ask<T> ask) {
    until(ask.what + " is answered", 120, ask::done);
    EtcdError error = ask.error;
    if (error == null) {
      throw new AssertionError(ask.describe() + " succeeded: " + ask.result);
    }
    return error;
  }

  long revisionOf(Ask<Result> put) {
    return ((Result.Putted) await(put)).revision();
  }

  /** A watcher of everything from {@code revision} on. */
  Watching watch(long member, long revision) {
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
  static final class Watching implements WatchSink {
    final List<String> events = new ArrayList<>();
    final List<Long> revisions = new ArrayList<>();
    boolean canceled;

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

  static String line(io.quorate.command.KeyValue kv) {
    return kv.modRevision()
        + " "
        + text(kv.key())
        + (kv.isTombstone() ? " gone" : " = " + text(kv.value()));
  }

  /** All history a member has, a line a record. */
  List<String> history(long member) {
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
  void converge(int ticks) {
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

  void forEachRunning(LongConsumer each) {
    for (Life life : List.copyOf(lives.values())) {
      if (!life.dead && !life.removed) {
        each.accept(life.id);
      }
    }
  }

  /** No member has failed, and every request to one that did not crash has its answer. */
  void requireHealthy() {
    for (Life life : lives.values()) {
      if (!life.failures.isEmpty()) {
        throw new AssertionError(
            "member " + life.id + " failed (seed " + seed + ")", life.failures.get(0));
      }
    }
    requireAnswered();
  }

  void requireAnswered() {
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
  List<String> leftFiles() {
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

  String show() {
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
