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
import io.quorate.mvcc.KvStore;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Message;
import io.quorate.raft.Raft;
import io.quorate.raft.Ready;
import io.quorate.raft.SnapshotMeta;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The main loop of a member: feeds {@link Raft} with what clients, peers, disk and time bring, and
 * carries out each {@link Ready} in the one right order (see {@link #carryOut}).
 *
 * <p>Everything runs on one serial executor, the loop, except for methods whose comment says "any
 * thread". Each run over what has arrived since the last one is a {@link #turn}; all commands that
 * arrived before a turn become one entry of the log.
 *
 * <p>The rest of the work is done by parts. Callers wait for their answers in {@link Requests},
 * {@link ReadIndexes}, {@link LeaseCalls} and {@link LeaderTransfer}; {@link SnapshotTransfers},
 * {@link SnapshotInstaller} and {@link Checkpoints} deal with copies of the state; {@link
 * PeerInbox} and {@link Outbox} stand between the parts and the other members.
 */
final class NodeDriver {
  private static final System.Logger LOG = LoggerSource.loggerOf(NodeDriver.class);

  private final NodeConfig config;
  private final Raft raft;
  private final LogQueue log;
  private final Executor loop;
  private final Ticker ticker;
  private final ApplyLoop applyLoop;

  private final Membership cluster;
  private final PublishedStatus published;
  private final Requests requests;
  private final ReadIndexes reads;
  private final LeaseCalls leaseCalls;
  private final Reconfiguration reconfiguration;
  private final LeaderTransfer leaderTransfer;
  private final LevelRaise levelRaise;
  private final LeaderChanges leaderChanges;
  private final SnapshotTransfers snapshots;
  private final SnapshotInstaller installer;
  private final Checkpoints checkpoints;
  private final AutoCompactor autoCompactor;
  private final CorruptionCheck corruptionCheck;
  private final LogDisk logDisk;
  private final StoreHashes hashes;
  private final PeerInbox inbox;
  private final Outbox outbox;

  private final AtomicBoolean turnScheduled = new AtomicBoolean();
  private volatile boolean stopped;

  // ---- loop only
  private long nowTick;
  private long applied;

  /**
   * @param raft as restored from the store behind {@code log}
   * @param restored what log and state held
   * @param applyLoop whose listener passes on to this driver
   * @param wallClockMillis written into the log for people to read; decides nothing
   * @param selfRemoved run once a committed change has removed this member
   */
  public NodeDriver(
      NodeConfig config,
      Raft raft,
      Bootstrap.Recovered restored,
      ApplyLoop applyLoop,
      StoreHashes hashes,
      PeerLink link,
      LogQueue log,
      NodeThreads threads,
      Ticker ticker,
      LongSupplier wallClockMillis,
      Runnable selfRemoved) {
    this.config = config;
    this.raft = raft;
    this.applyLoop = applyLoop;
    this.hashes = hashes;
    this.log = log;
    this.loop = threads.loop();
    this.ticker = ticker;
    long self = config.raft().id();
    StateStore.Loaded state = restored.state();
    List<Entry> entries = restored.raft().entries();
    applied = restored.raft().applied();
    cluster = new Membership(self, state.memberTable(), state.featureLevel(), link, selfRemoved);
    published =
        new PublishedStatus(raft, entries.isEmpty() ? 0 : entries.get(entries.size() - 1).index());
    checkpoints = new Checkpoints(config, raft, log, applyLoop, loop, applied, entries);
    outbox = new Outbox(self, link, this::notSent);
    Host host = new Host();
    requests = new Requests(config, wallClockMillis, raft, cluster, outbox, host);
    reads = new ReadIndexes(config, raft, this::wake);
    leaseCalls = new LeaseCalls(config, state.leases(), raft, outbox, host);
    levelRaise = new LevelRaise(config, cluster, link, host);
    autoCompactor = new AutoCompactor(config, () -> applyLoop.kv().revision(), loop, host);
    corruptionCheck = new CorruptionCheck(config, cluster, outbox, loop, host);
    logDisk = new LogDisk(config);
    reconfiguration = new Reconfiguration(config, raft);
    leaderTransfer = new LeaderTransfer(config, raft);
    installer = new SnapshotInstaller(applyLoop, loop, host);
    snapshots = new SnapshotTransfers(config, applyLoop, threads, outbox, installer, host);
    leaderChanges =
        new LeaderChanges(raft, requests, leaseCalls, levelRaise, snapshots, leaderTransfer);
    inbox =
        new PeerInbox(
            self,
            raft,
            cluster,
            checkpoints,
            reconfiguration,
            requests,
            leaseCalls,
            snapshots,
            corruptionCheck);
  }

  /** What the parts may ask of the driver and of each other. */
  private final class Host
      implements Requests.Host,
          LeaseCalls.Host,
          LevelRaise.Host,
          AutoCompactor.Host,
          CorruptionCheck.Host,
          SnapshotTransfers.Host,
          SnapshotInstaller.Host {
    @Override
    public boolean isBehind() {
      return checkpoints.isBehind();
    }

    @Override
    public @Nullable String proposeChange(byte[] encoded) {
      return reconfiguration.propose(encoded, cluster.members());
    }

    @Override
    public void proposeAsNode(Command command) {
      requests.proposeAsNode(command);
    }

    @Override
    public void compact(Command.Compact compact, Callback<Result> callback) {
      requests.propose(Caller.NODE, compact, callback);
    }

    @Override
    public void hash(long revision, Callback<KvStore.KvHash> callback) {
      hashes.hash(revision, callback);
    }

    @Override
    public List<KvStore.KvHash> compactionHashes() {
      return applyLoop.compactionHashes();
    }

    @Override
    public void raiseCorrupt(long member) {
      Result.AlarmMember alarm = new Result.AlarmMember(member, Command.AlarmType.CORRUPT);
      if (!applyLoop.alarms().contains(alarm)) {
        requests.proposeAsNode(
            new Command.Alarm(Command.AlarmAction.ACTIVATE, member, Command.AlarmType.CORRUPT));
        NodeDriver.this.wake();
      }
    }

    @Override
    public void confirmLeadership(Callback<Long> led) {
      reads.confirm(led);
    }

    @Override
    public void wake() {
      NodeDriver.this.wake();
    }

    @Override
    public void sent(long peer, boolean arrived) {
      raft.snapshotSent(peer, arrived);
      NodeDriver.this.wake();
    }

    @Override
    public void step(Message.InstallSnapshot message) {
      raft.step(message);
      turn();
    }
  }

  /** Begins to take part. On the loop. */
  public void start() {
    cluster.start();
    checkpoints.applied(applied); // what the log held may be more than it should
    turn();
  }

  // ---- any thread

  PublishedStatus published() {
    return published;
  }

  Membership cluster() {
    return cluster;
  }

  /**
   * Puts a command into the log, here or through the leader. The callback completes with its
   * outcome once it is applied on this member. After TIMEOUT it may or may not take effect.
   */
  public void propose(Caller caller, Command command, Callback<Result> callback) {
    requests.propose(caller, command, callback);
  }

  /**
   * Completes with an index once this member has applied the log that far; a read that begins after
   * that is linearizable for whoever called this.
   */
  public void readIndex(Callback<Long> callback) {
    reads.ask(callback);
  }

  /**
   * Asks the leader about a lease. Fails with TIMEOUT or NO_LEADER if that is impossible, and with
   * TOO_MANY_REQUESTS above {@link NodeConfig#maxPendingRequests}.
   */
  public void askLease(
      Caller caller,
      PeerMessage.LeaseQuestion question,
      long leaseId,
      Callback<LeaseReply> callback) {
    leaseCalls.ask(caller, question, leaseId, callback);
  }

  /** Proposes a change of the membership, after the checks that etcd makes before that. */
  public void changeMembers(Caller caller, MemberChange change, Callback<Result> callback) {
    loop.execute(
        () -> {
          try {
            reconfiguration.check(change, cluster.members());
          } catch (EtcdException e) {
            callback.fail(e.error());
            return;
          }
          requests.propose(caller, change, callback);
        });
  }

  /** See {@link QuorateNode#compareWithPeers}. */
  void compareWithPeers(Callback<Boolean> callback) {
    loop.execute(() -> corruptionCheck.compareWithPeers(callback));
  }

  /** Hands leadership to {@code target}; completes with it once it leads, as seen from here. */
  public void moveLeader(long target, Callback<Long> callback) {
    loop.execute(
        () -> {
          if (stopped) {
            callback.fail(EtcdError.STOPPED);
          } else if (leaderTransfer.begin(target, cluster.members(), callback)) {
            turn();
          }
        });
  }

  /** Lets a turn run soon, if none is to run already. Any thread. */
  private void wake() {
    if (turnScheduled.compareAndSet(false, true)) {
      loop.execute(this::turn);
    }
  }

  // ---- loop: what comes in

  /** Looks at the {@link Ticker}; to be called regularly, also if nothing else happens. */
  public void tick() {
    turn();
  }

  /**
   * Called before anything else in a turn, so that after a pause of the process a lease is renewed
   * from now on and not from before the pause. Raft gets no more ticks at a time than an election
   * time-out has: with more it would campaign again before anybody can have answered.
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
    reconfiguration.tick(nowTick);
    if (logDisk.tick() && leaderChanges.isLeading()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the disk of the log does not answer: another member shall lead");
      boolean unused = leaderTransfer.abdicate(() -> {});
    }
    if (leaderChanges.isLeading()) {
      levelRaise.tick(nowTick);
    } else if (raft.leader() != 0) {
      // shows at once if the leader's process is gone, long before an election time-out
      outbox.greet(raft.leader());
    }
    if (nowTick % config.ticks(1_000) < ticks) {
      // followers send each other nothing else, but changes of members depend on who is connected
      for (Member member : cluster.members().members()) {
        outbox.greet(member.id());
      }
    }
    leaseCalls.expireLeases();
    autoCompactor.tick(nowTick, leaderChanges.isLeading());
    corruptionCheck.tick(nowTick, leaderChanges.isLeading());
  }

  /** Takes a frame whose header has been checked: it is of this cluster and for this member. */
  public void onFrame(PeerFrame frame) {
    if (!stopped && inbox.onFrame(frame)) {
      wake();
    }
  }

  /** A connection to or from {@code peer} was lost, or a frame to it could not be sent. */
  public void peerLost(long peer) {
    reconfiguration.connectionLost(peer);
    raft.peerLost(peer);
    raft.unreachable(peer);
    corruptionCheck.peerLost(peer);
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
    leaderChanges.update();
    requests.push();
    reads.push();
    leaseCalls.push();
    while (!installer.isInstalling() && raft.hasReady()) {
      carryOut(raft.ready());
      if (leaderChanges.update()) {
        requests.push();
        leaseCalls.push();
      }
      reads.push();
    }
    outbox.flush();
    published.update(applied, leaderChanges.isLeading(), cluster.isLearner());
  }

  /**
   * The order that keeps Raft's promises:
   *
   * <ol>
   *   <li>messages that may leave at once are sent, so that followers work while the disk does,
   *   <li>a snapshot, if there is one, becomes this member's state before the log is touched,
   *   <li>hard state and entries go to the log; messages that vouch for them leave only after the
   *       disk has confirmed them,
   *   <li>committed entries, which are durable here, go to the applier in log order, and reads that
   *       were confirmed wait until it has come that far.
   * </ol>
   */
  private void carryOut(Ready ready) {
    sendNow(ready);
    if (ready.snapshot() != null) {
      install(ready, ready.snapshot()); // once that is done, the steps below follow in installed()
      return;
    }
    write(ready, null);
    passOn(ready);
  }

  private void sendNow(Ready ready) {
    for (Message message : ready.now()) {
      if (message instanceof Message.InstallSnapshot install) {
        snapshots.start(install.to(), install.term());
      } else {
        outbox.add(message.to(), new PeerMessage.OfRaft(message));
      }
    }
    outbox.flush();
  }

  private void write(Ready ready, @Nullable LogPosition resetTo) {
    HardState hardState = ready.mustSync() ? ready.hardState() : null;
    if (ready.write() == 0 && ready.afterPersist().isEmpty() && resetTo == null) {
      return;
    }
    logDisk.writeBegins();
    log.append(
        new LogStore.Write(hardState, ready.entries(), resetTo),
        () -> {
          logDisk.writeEnds();
          if (ready.write() != 0) {
            raft.persisted(ready.write());
          }
          for (Message message : ready.afterPersist()) {
            outbox.add(message.to(), new PeerMessage.OfRaft(message));
          }
          wake();
        });
  }

  /**
   * The state first, then the log. If the member stops in between, its log ends below its applied
   * index, and the next start lets the log begin anew from there ({@link Bootstrap#recover}). The
   * other way round, entries between state and log would be missing.
   */
  private void install(Ready ready, SnapshotMeta meta) {
    checkpoints.suspend();
    installer.install(meta, loaded -> installed(ready, meta, loaded));
  }

  private void installed(Ready ready, SnapshotMeta meta, StateStore.Loaded loaded) {
    if (stopped) {
      return; // the log must not be written any more; the next start completes the installation
    }
    cluster.setMembers(loaded.memberTable());
    leaseCalls.replace(loaded.leases());
    applied = meta.position().index();
    checkpoints.restart(applied);
    raft.applied(applied);
    LOG.log(System.Logger.Level.INFO, "applied snapshot at index {0}", Long.toString(applied));
    write(ready, meta.position());
    passOn(ready);
    reads.release(applied);
    turn();
  }

  private void passOn(Ready ready) {
    if (!ready.committed().isEmpty()) {
      checkpoints.committed(ready.committed());
      applyLoop.submit(ready.committed());
    }
    for (Ready.ReadState state : ready.reads()) {
      reads.onReadState(state, applied);
    }
  }

  // ---- what the apply loop reports

  /** On the apply executor, so that a waiting client is answered without a turn of the loop. */
  public void outcome(Outcome outcome) {
    requests.outcome(outcome);
  }

  /** Everything up to {@code index} is applied. Any thread, in log order. */
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
    checkpoints.applied(applied);
    turn();
  }

  /** The members and their addresses are these from now on. Any thread, in log order. */
  void membersChanged(MemberTable changed) {
    onLoop(() -> cluster.setMembers(changed));
  }

  /** This {@link FeatureLevel} is in force from now on. Any thread, in log order. */
  void featureLevelIs(int level) {
    onLoop(() -> cluster.setFeatureLevel(level));
  }

  /**
   * A configuration change has been applied, or the state machine has refused it ({@code null}).
   * Any thread, in log order.
   *
   * @param expected the configuration after it, as the state machine has it
   */
  void confChanged(long index, @Nullable ConfChange change, ConfState expected) {
    onLoop(
        () -> {
          if (!installer.hasBrought(index)) {
            reconfiguration.takeEffect(change, expected);
          } // else Raft has it from the snapshot, together with what came after
        });
  }

  /** Runs {@code task} on the loop, unless the member has stopped by then. */
  private void onLoop(Runnable task) {
    loop.execute(
        () -> {
          if (!stopped) {
            task.run();
          }
        });
  }

  /**
   * Hands leadership to the follower with the most complete log, if this member leads. On the loop.
   *
   * @param done run on the loop when another member leads, or if that cannot be had
   */
  public void abdicate(Runnable done) {
    if (stopped) {
      done.run();
    } else if (leaderTransfer.abdicate(done)) {
      turn();
    }
  }

  private void notSent(long to, List<PeerMessage> messages) {
    raft.unreachable(to);
    for (PeerMessage message : messages) {
      if (message instanceof PeerMessage.SnapshotChunk chunk) {
        snapshots.notSent(to, chunk);
      } else if (message instanceof PeerMessage.HashAsk ask) {
        corruptionCheck.notSent(to, ask);
      } else {
        requests.notSent(message);
      }
    }
  }

  // ---- the end

  /** Answers everybody who waits with STOPPED; does nothing more after that. On the loop. */
  public void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    requests.stop();
    reads.stop();
    leaseCalls.stop();
    leaderTransfer.stop();
    levelRaise.stop();
    snapshots.close();
    checkpoints.stop();
    corruptionCheck.stop();
  }

  /** Answers those whose request came in just while this member was being stopped. */
  private void refuseIncoming() {
    reads.refuseIncoming();
    leaseCalls.refuseIncoming();
  }
}
