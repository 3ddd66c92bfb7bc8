package io.quorate.node;

import io.quorate.apply.Applied;
import io.quorate.apply.MemberTable;
import io.quorate.apply.Outcome;
import io.quorate.apply.StateStore;
import io.quorate.codec.PeerFrame;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.FeatureLevel;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Result;
import io.quorate.log.LoggerSource;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Message;
import io.quorate.raft.Raft;
import io.quorate.raft.Ready;
import io.quorate.raft.SnapshotMeta;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The heart of a member: feeds {@link Raft} with what clients, peers, disk and time bring, and
 * turns each {@link Ready} into port calls in the one right order (see {@link #carryOut}).
 *
 * <p>Everything runs on one serial executor, the loop, except what is said to run on any thread.
 * Many client calls that arrive between two turns become one entry of the log.
 *
 * <p>Who waits for what is kept by the parts: {@link Requests}, {@link ReadIndexes}, {@link
 * LeaseCalls}, {@link LeaderTransfer}, {@link SnapshotTransfers}. None of them knows another one.
 */
public final class NodeDriver {
  private static final System.Logger LOG = LoggerSource.loggerOf(NodeDriver.class);

  private final NodeConfig config;
  private final long self;
  private final Raft raft;
  private final PeerLink link;
  private final LogQueue log;
  private final Executor loop;
  private final Ticker ticker;
  private final Runnable selfRemoved;
  private final ApplyLoop applyLoop;

  private final Requests requests;
  private final ReadIndexes reads;
  private final LeaseCalls leaseCalls;
  private final Reconfiguration reconfiguration;
  private final LeaderTransfer leaderTransfer = new LeaderTransfer();
  private final LevelRaise levelRaise;
  private final SnapshotTransfers snapshots;
  private final RetainedLog retained;
  private final ReceivedFrames received = new ReceivedFrames();

  private final AtomicBoolean turnScheduled = new AtomicBoolean();
  private volatile NodeStatus status = NodeStatus.STARTING;
  private volatile MemberTable members;
  private volatile boolean stopped;
  private volatile boolean caughtUp;
  private volatile int featureLevel;
  private final long lastIndexAtStart;

  // ---- loop only
  private final TreeMap<Long, List<PeerMessage>> outbox = new TreeMap<>();
  private long nowTick;
  private long knownLeader;
  private boolean leading;
  private long applied;
  private boolean installing;
  private long restoredIndex;
  private boolean removed;
  private @Nullable Path receivedSnapshot;
  private @Nullable LogPosition receivedPosition;

  /** Answer about a lease; as in {@link PeerMessage.LeaseAnswer}. */
  public record LeaseReply(long ttlSeconds, long grantedTtlSeconds) {}

  /**
   * @param raft as restored from {@code log}'s store
   * @param restored what log and state held
   * @param applyLoop whose listener passes on to this driver
   * @param wallClockMillis goes into the log, for history only
   * @param selfRemoved told when a committed change has removed this member
   */
  public NodeDriver(
      NodeConfig config,
      Raft raft,
      Bootstrap.Recovered restored,
      ApplyLoop applyLoop,
      PeerLink link,
      LogQueue log,
      NodeThreads threads,
      Ticker ticker,
      LongSupplier wallClockMillis,
      Runnable selfRemoved) {
    this.config = config;
    this.self = config.raft().id();
    this.raft = raft;
    this.applyLoop = applyLoop;
    this.link = link;
    this.log = log;
    this.loop = threads.loop();
    this.ticker = ticker;
    this.selfRemoved = selfRemoved;
    StateStore.Loaded state = restored.state();
    members = MemberTable.of(state.members(), state.removedMembers());
    featureLevel = state.featureLevel();
    applied = restored.raft().applied();
    List<Entry> known = restored.raft().entries();
    lastIndexAtStart = known.isEmpty() ? 0 : known.get(known.size() - 1).index();
    retained = new RetainedLog(config, applied);
    known.stream().filter(e -> e.index() <= applied).forEach(retained::add);
    Host host = new Host();
    requests = new Requests(config, wallClockMillis, host);
    reads = new ReadIndexes(config, host);
    leaseCalls = new LeaseCalls(config, leasesOf(state), host);
    reconfiguration = new Reconfiguration(config, raft);
    levelRaise = new LevelRaise(config, host);
    snapshots = new SnapshotTransfers(config, applyLoop, threads, new SnapshotHost());
  }

  /** What the parts may ask of the node. */
  private final class Host
      implements Requests.Host, ReadIndexes.Host, LeaseCalls.Host, LevelRaise.Host {
    @Override
    public boolean isLeader() {
      return raft.isLeader();
    }

    @Override
    public long leader() {
      return raft.leader();
    }

    @Override
    public boolean isBehind() {
      return NodeDriver.this.isBehind();
    }

    @Override
    public Raft.Offer propose(byte[] entry) {
      return raft.propose(entry);
    }

    @Override
    public @Nullable String proposeChange(byte[] encoded) {
      return reconfiguration.propose(encoded, members);
    }

    @Override
    public void proposeExpiry(List<Long> leaseIds) {
      requests.proposeUnasked(new Command.LeaseExpire(leaseIds));
    }

    @Override
    public int featureLevel() {
      return featureLevel;
    }

    @Override
    public void ask(long member, IntConsumer heard) {
      link.askFeatureLevel(
          member,
          level -> {
            if (!stopped) {
              heard.accept(level);
            }
          });
    }

    @Override
    public void proposeLevel(int level) {
      requests.proposeUnasked(new Command.RaiseLevel(level));
      NodeDriver.this.wake();
    }

    @Override
    public void readIndex(long context) {
      raft.readIndex(context);
    }

    @Override
    public void confirmLeadership(Callback<Long> led) {
      reads.confirm(led);
    }

    @Override
    public void send(long to, PeerMessage message) {
      toPeer(to, message);
    }

    @Override
    public void wake() {
      NodeDriver.this.wake();
    }
  }

  private final class SnapshotHost implements SnapshotTransfers.Host {
    @Override
    public void send(long to, PeerMessage message) {
      toPeer(to, message);
      flushOutbox();
    }

    @Override
    public void sent(long peer, boolean arrived) {
      raft.snapshotSent(peer, arrived);
      wake();
    }

    @Override
    public void received(long from, long term, SnapshotMeta meta, Path file) {
      snapshotReceived(from, term, meta, file);
    }
  }

  private static List<Applied.LeaseChange> leasesOf(StateStore.Loaded state) {
    return state.leases().entrySet().stream()
        .map(e -> new Applied.LeaseChange(e.getKey(), e.getValue()))
        .toList();
  }

  /** Begins to take part. On the loop. */
  public void start() {
    link.featureLevelIs(featureLevel);
    membersAre(members);
    maybeCheckpoint(); // what the log held may be more than it should
    turn();
  }

  // ---- any thread

  /** The latest {@link NodeStatus}. */
  public NodeStatus status() {
    return status;
  }

  public MemberTable members() {
    return members;
  }

  /** The {@link FeatureLevel} in force. */
  public int featureLevel() {
    return featureLevel;
  }

  /**
   * True once this member has applied what its log held when it started, or as much of it as turned
   * out to be committed.
   */
  public boolean isCaughtUp() {
    return caughtUp;
  }

  /**
   * Puts a command into the log, here or by way of the leader. The callback hears the outcome as
   * applied on this member, or TIMEOUT: then it may or may not take effect.
   */
  public void propose(Caller caller, Command command, Callback<Result> callback) {
    requests.propose(caller, command, callback);
  }

  /**
   * Asks for a point in the log such that a read of the state applied up to there is linearizable;
   * completes once this member has applied it.
   */
  public void readIndex(Callback<Long> callback) {
    if (stopped) {
      callback.fail(EtcdError.STOPPED);
      return;
    }
    reads.ask(callback);
  }

  /** Asks the leader about a lease; TIMEOUT or NO_LEADER if it cannot be asked. As bounded. */
  public void askLease(
      Caller caller,
      PeerMessage.LeaseQuestion question,
      long leaseId,
      Callback<LeaseReply> callback) {
    if (stopped) {
      callback.fail(EtcdError.STOPPED);
      return;
    }
    leaseCalls.ask(caller, question, leaseId, callback);
  }

  /** Proposes a change of the membership, after the checks that etcd makes on the member asked. */
  public void changeMembers(Caller caller, MemberChange change, Callback<Result> callback) {
    loop.execute(
        () -> {
          try {
            reconfiguration.check(change, members, nowTick);
          } catch (EtcdException e) {
            callback.fail(e.error());
            return;
          }
          requests.propose(caller, change, callback);
        });
  }

  /** Hands leadership to {@code target}; completes with it when this member sees it lead. */
  public void moveLeader(long target, Callback<Long> callback) {
    loop.execute(
        () -> {
          Member member = members.member(target);
          if (stopped) {
            callback.fail(EtcdError.STOPPED);
          } else if (!raft.isLeader()) {
            callback.fail(EtcdError.NOT_LEADER);
          } else if (member == null || member.isLearner()) {
            callback.fail(EtcdError.BAD_LEADER_TRANSFEREE);
          } else if (target == self) {
            callback.complete(target);
          } else if (leaderTransfer.isUnderWay()) {
            callback.fail(EtcdError.TIMEOUT_LEADER_TRANSFER);
          } else {
            leaderTransfer.begin(target, nowTick + config.requestTimeoutTicks(), callback);
            raft.transferLeader(target);
            turn();
          }
        });
  }

  private void wake() {
    if (turnScheduled.compareAndSet(false, true)) {
      loop.execute(this::turn);
    }
  }

  // ---- loop: what comes in

  /** Time has passed. */
  public void tick() {
    turn();
  }

  /**
   * Before anything that waits is looked at: a lease that is renewed right after a pause is not
   * renewed as of its beginning. The protocol hears of no more than an election time-out: more
   * would be campaigns without answers.
   */
  private void passTime(int ticks) {
    nowTick += ticks;
    for (int i = Math.min(ticks, config.raft().electionTicks()); i > 0; i--) {
      raft.tick();
    }
    snapshots.tick(nowTick);
    applyLoop.tick(ticks);
    requests.tick(nowTick);
    reads.tick(nowTick);
    leaseCalls.tick(nowTick);
    leaderTransfer.tick(nowTick);
    if (leading) {
      levelRaise.tick(nowTick, featureLevel, members);
    }
    if (!leading && raft.leader() != 0) {
      // finds out at once that the leader's process is gone, long before an election time-out
      link.send(raft.leader(), List.of());
    }
    if (nowTick % config.ticks(1_000) < ticks) {
      greetAll();
    }
    leaseCalls.expireLeases();
  }

  /** Followers have nothing to say to each other, but whether they could is asked for. */
  private void greetAll() {
    for (Member member : members.members()) {
      if (member.id() != self) {
        link.send(member.id(), List.of());
      }
    }
  }

  /** A frame whose header has been checked: it is of this cluster and for this member. */
  public void onFrame(PeerFrame frame) {
    long from = frame.from();
    if (stopped
        || members.isRemoved(from)
        || !received.isNew(from, frame.incarnation(), frame.sequence())) {
      return;
    }
    if (members.member(from) != null) {
      reconfiguration.heard(from, nowTick);
    }
    for (PeerMessage message : frame.messages()) {
      if (message instanceof PeerMessage.OfRaft m) {
        // a snapshot reaches Raft only once all of it is here, never by a bare message
        if (m.message().from() == from
            && m.message().to() == self
            && m.message().kind() != Message.Kind.INSTALL_SNAPSHOT
            && !(isBehind() && hasEntries(m.message()))) {
          raft.step(m.message());
        }
      } else if (message instanceof PeerMessage.Forward m) {
        requests.onForward(from, m);
      } else if (message instanceof PeerMessage.ForwardChange m) {
        requests.onForwardedChange(from, m);
      } else if (message instanceof PeerMessage.ForwardRefused m) {
        requests.onRefused(m);
      } else if (message instanceof PeerMessage.LeaseAsk m) {
        leaseCalls.onAsk(from, m);
      } else if (message instanceof PeerMessage.LeaseAnswer m) {
        leaseCalls.onAnswer(m);
      } else if (message instanceof PeerMessage.SnapshotChunk m) {
        if (m.term() >= raft.term()) {
          snapshots.onChunk(from, m);
        }
      } else if (message instanceof PeerMessage.SnapshotAck m) {
        snapshots.onAck(from, m);
      }
    }
    wake();
  }

  /**
   * What the state's disk cannot keep up with must not pile up in memory. A follower lets such a
   * message get lost: the leader then sends one again after each heartbeat, until it is taken.
   */
  private static boolean hasEntries(Message message) {
    return message instanceof Message.AppendRequest append && !append.entries().isEmpty();
  }

  private boolean isBehind() {
    return retained.isFull() || applyLoop.isBehind();
  }

  /** A connection to or from {@code peer} was lost, or a frame to it could not be sent. */
  public void peerLost(long peer) {
    reconfiguration.lost(peer);
    raft.peerLost(peer);
    raft.unreachable(peer);
    wake();
  }

  // ---- loop: a turn

  private void turn() {
    turnScheduled.set(false);
    if (stopped) {
      refuseIncoming();
      return;
    }
    int ticks = ticker.due();
    if (ticks > 0) {
      passTime(ticks);
    }
    requests.takeIncoming();
    reads.takeIncoming();
    leaseCalls.takeIncoming();
    noticeLeader();
    requests.push();
    reads.push();
    leaseCalls.push();
    while (!installing && raft.hasReady()) {
      carryOut(raft.ready());
      if (noticeLeader()) {
        requests.push();
        leaseCalls.push();
      }
      reads.push();
    }
    flushOutbox();
    publishStatus();
  }

  /**
   * The order that keeps promises: what may leave at once leaves while the disk works; what vouches
   * for something durable leaves after the disk has said so; what is committed (and durable here)
   * goes to the applier in log order.
   */
  private void carryOut(Ready ready) {
    for (Message message : ready.now()) {
      if (message instanceof Message.InstallSnapshot install) {
        snapshots.start(install.to(), install.term());
      } else {
        toPeer(message.to(), new PeerMessage.OfRaft(message));
      }
    }
    flushOutbox();
    if (ready.snapshot() != null) {
      install(ready, ready.snapshot());
      return;
    }
    write(ready, null);
    hand(ready);
  }

  private void write(Ready ready, @Nullable LogPosition resetTo) {
    HardState hardState = ready.mustSync() ? ready.hardState() : null;
    if (ready.write() == 0 && ready.afterPersist().isEmpty() && resetTo == null) {
      return;
    }
    log.append(
        new LogStore.Write(hardState, ready.entries(), resetTo),
        () -> {
          if (ready.write() != 0) {
            raft.persisted(ready.write());
          }
          for (Message message : ready.afterPersist()) {
            toPeer(message.to(), new PeerMessage.OfRaft(message));
          }
          wake();
        });
  }

  private void hand(Ready ready) {
    if (!ready.committed().isEmpty()) {
      ready.committed().forEach(retained::add);
      applyLoop.submit(ready.committed());
    }
    for (Ready.ReadState state : ready.reads()) {
      reads.onReadState(state, applied);
    }
  }

  // ---- what the applier tells

  /** On the apply executor: the waiting client is answered without a detour. */
  public void outcome(Outcome outcome) {
    requests.outcome(outcome);
  }

  /** Everything up to {@code index} is applied. Any thread, in order. */
  public void applied(long index, List<Applied.LeaseChange> changes) {
    loop.execute(() -> onApplied(index, changes));
  }

  private void onApplied(long index, List<Applied.LeaseChange> changes) {
    if (stopped) {
      return;
    }
    leaseCalls.applied(changes);
    if (index > applied) {
      applied = index;
      raft.applied(index);
    }
    reads.release(applied);
    maybeCheckpoint();
    turn();
  }

  /** The members, and so their addresses, are these from now on. Any thread, in order. */
  void membersChanged(MemberTable changed) {
    loop.execute(
        () -> {
          if (!stopped) {
            membersAre(changed);
          }
        });
  }

  /** All members speak this {@link FeatureLevel} from now on. Any thread, in order. */
  void featureLevelIs(int level) {
    loop.execute(
        () -> {
          if (!stopped) {
            LOG.log(System.Logger.Level.INFO, "feature level is {0}", level);
            featureLevel = level;
            link.featureLevelIs(level);
          }
        });
  }

  private void membersAre(MemberTable now) {
    members = now;
    link.membersChanged(now);
    if (!removed && now.isRemoved(self)) {
      removed = true;
      selfRemoved.run();
    }
  }

  /**
   * A configuration change has been applied, or refused ({@code null}); {@code expected} is in
   * force after it. Any thread, in order.
   */
  void confChanged(long index, @Nullable ConfChange change, ConfState expected) {
    loop.execute(
        () -> {
          if (stopped || index <= restoredIndex) {
            return; // Raft has it from a snapshot, together with what came after
          }
          reconfiguration.takeEffect(change, expected);
        });
  }

  // ---- snapshots and checkpoints

  private void snapshotReceived(long from, long term, SnapshotMeta meta, Path file) {
    if (receivedSnapshot != null || installing) {
      SnapshotTransfers.delete(file);
      return;
    }
    receivedSnapshot = file;
    receivedPosition = meta.position();
    raft.step(new Message.InstallSnapshot(from, self, term, meta));
    turn();
    if (receivedSnapshot != null && !installing) {
      SnapshotTransfers.delete(receivedSnapshot); // Raft had no use for it
      receivedSnapshot = null;
      receivedPosition = null;
    }
  }

  /**
   * The state first, then the log: should the member stop in between, it finds a log that ends
   * below its applied index and lets it start over from there. The other way round there would be a
   * gap.
   */
  private void install(Ready ready, SnapshotMeta meta) {
    Path file = receivedSnapshot;
    if (file == null || !meta.position().equals(receivedPosition)) {
      throw new IllegalStateException(
          "asked to install a snapshot that is not here: " + meta.position());
    }
    installing = true;
    restoredIndex = meta.position().index();
    applyLoop.replaceWith(file, loaded -> loop.execute(() -> installed(ready, meta, loaded)));
  }

  private void installed(Ready ready, SnapshotMeta meta, StateStore.Loaded loaded) {
    installing = false;
    receivedSnapshot = null;
    receivedPosition = null;
    if (stopped) {
      return; // the log is closed, or about to be; the next start finds out
    }
    membersAre(MemberTable.of(loaded.members(), loaded.removedMembers()));
    leaseCalls.replace(leasesOf(loaded));
    applied = meta.position().index();
    retained.replaced(applied);
    raft.applied(applied);
    LOG.log(System.Logger.Level.INFO, "applied snapshot at index {0}", Long.toString(applied));
    write(ready, meta.position());
    hand(ready);
    reads.release(applied);
    turn();
  }

  private void maybeCheckpoint() {
    if (!installing && retained.isCheckpointDue(applied)) {
      retained.checkpointBegins(applied);
      applyLoop.checkpoint(synced -> loop.execute(() -> checkpointed(synced)));
    }
  }

  /** Cuts the log below what would survive a power cut. */
  private void checkpointed(LogPosition synced) {
    if (stopped) {
      return;
    }
    LogPosition upTo = retained.checkpointEnds(synced);
    if (upTo != null) {
      raft.compact(upTo.index());
      log.truncatePrefix(upTo);
      LOG.log(
          System.Logger.Level.INFO,
          "saved snapshot: state durable up to index {0}, log cut up to {1}",
          Long.toString(synced.index()),
          Long.toString(upTo.index()));
    }
    maybeCheckpoint(); // much may have been applied meanwhile
  }

  // ---- leadership

  /** True if the leader is another one now. */
  private boolean noticeLeader() {
    boolean nowLeading = raft.isLeader();
    if (nowLeading != leading) {
      leading = nowLeading;
      if (leading) {
        leaseCalls.startLeading();
        levelRaise.startLeading();
      } else {
        snapshots.cancelOutgoing();
        leaseCalls.stopLeading();
      }
    }
    long leader = raft.leader();
    if (leader == knownLeader) {
      return false;
    }
    LOG.log(
        System.Logger.Level.INFO,
        leader == 0 ? "lost leader {0}" : "leader is {1}",
        Long.toHexString(knownLeader),
        Long.toHexString(leader));
    knownLeader = leader;
    requests.leaderChanged();
    leaseCalls.leaderChanged(leader);
    leaderTransfer.leaderIs(leader);
    return true;
  }

  /**
   * Hands leadership to the follower that has most, if this member leads and there is one.
   *
   * @param done heard when another member leads, or that could not be had
   */
  public void abdicate(Runnable done) {
    long heir = LeaderTransfer.heirAmong(raft.status());
    if (stopped || heir == 0 || leaderTransfer.isUnderWay()) {
      done.run();
      return;
    }
    leaderTransfer.begin(
        heir,
        nowTick + config.raft().electionTicks(),
        new Callback<>() {
          @Override
          public void complete(Long leader) {
            done.run();
          }

          @Override
          public void fail(EtcdError error) {
            done.run();
          }
        });
    raft.transferLeader(heir);
    turn();
  }

  // ---- what goes out

  private void toPeer(long to, PeerMessage message) {
    if (to != self) {
      outbox.computeIfAbsent(to, t -> new ArrayList<>()).add(message);
    }
  }

  private void flushOutbox() {
    for (Map.Entry<Long, List<PeerMessage>> e : outbox.entrySet()) {
      if (!e.getValue().isEmpty() && !link.send(e.getKey(), e.getValue())) {
        notSent(e.getKey(), e.getValue());
      }
    }
    outbox.clear();
  }

  private void notSent(long to, List<PeerMessage> messages) {
    raft.unreachable(to);
    for (PeerMessage message : messages) {
      if (message instanceof PeerMessage.SnapshotChunk chunk) {
        snapshots.notSent(to, chunk);
      } else {
        requests.notSent(message);
      }
    }
  }

  private void publishStatus() {
    if (!caughtUp && raft.leader() != 0) {
      caughtUp = applied >= Math.min(lastIndexAtStart, raft.status().last().index());
    }
    NodeStatus before = status;
    boolean learner = isLearner();
    if (before.leader() != raft.leader()
        || before.term() != raft.term()
        || before.commit() != raft.committed()
        || before.applied() != applied
        || before.isLeader() != leading
        || before.isLearner() != learner) {
      status =
          new NodeStatus(raft.leader(), raft.term(), raft.committed(), applied, leading, learner);
    }
  }

  private boolean isLearner() {
    Member me = members.member(self);
    return me != null && me.isLearner();
  }

  // ---- the end

  /** Ends everything that waits with STOPPED. On the loop. */
  public void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    requests.stop();
    refuseIncoming();
    reads.stop();
    leaseCalls.stop();
    leaderTransfer.stop();
    snapshots.close();
  }

  /** What was asked while, or since, this member stopped. */
  private void refuseIncoming() {
    reads.refuseIncoming();
    leaseCalls.refuseIncoming();
  }
}
