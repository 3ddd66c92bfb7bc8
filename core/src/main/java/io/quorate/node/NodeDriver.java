package io.quorate.node;

import io.quorate.apply.Applied;
import io.quorate.apply.MemberTable;
import io.quorate.apply.Outcome;
import io.quorate.apply.StateStore;
import io.quorate.codec.CodecException;
import io.quorate.codec.CommandCodec;
import io.quorate.codec.PeerFrame;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Proposal;
import io.quorate.command.Result;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.HardState;
import io.quorate.raft.LogPosition;
import io.quorate.raft.Message;
import io.quorate.raft.Raft;
import io.quorate.raft.RaftStatus;
import io.quorate.raft.Ready;
import io.quorate.raft.SnapshotMeta;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The heart of a member: feeds {@link Raft} with what clients, peers, disk and time bring, and
 * turns each {@link Ready} into port calls in the one right order (see {@link #carryOut}).
 *
 * <p>Everything runs on one serial executor, the loop, except what is said to run on any thread.
 * Many client calls that arrive between two turns become one entry of the log.
 */
public final class NodeDriver {
  private static final System.Logger LOG = System.getLogger(NodeDriver.class.getName());
  private static final int MAX_COMMANDS_AN_ENTRY = 8_192;
  private static final int MAX_EXPIRED_A_COMMAND = 1_000;

  /** Those who ask while so many rounds are under way share the next one. */
  private static final int MAX_READ_ROUNDS = 2;

  private static final String NOT_LEADER = "NOT_LEADER";

  private final NodeConfig config;
  private final long self;
  private final Raft raft;
  private final PeerLink link;
  private final LogQueue log;
  private final Executor loop;
  private final LongSupplier wallClockMillis;
  private final Runnable selfRemoved;

  private final ApplyLoop applyLoop;
  private final SnapshotTransfers transfers;

  private final ConcurrentHashMap<Long, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicInteger pendingCount = new AtomicInteger();
  private final AtomicLong pendingBytes = new AtomicLong();
  private final AtomicInteger waitingReads = new AtomicInteger();
  private final AtomicInteger waitingLeaseCalls = new AtomicInteger();
  private final AtomicLong requestIds;
  private final ConcurrentLinkedQueue<Pending> incoming = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<WaitingRead> incomingReads = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<LeaseCall> incomingLeaseCalls = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean turnScheduled = new AtomicBoolean();
  private volatile NodeStatus status = NodeStatus.STARTING;
  private volatile MemberTable members;
  private volatile boolean stopped;
  private volatile boolean caughtUp;
  private final long lastIndexAtStart;

  // ---- loop only
  private final ArrayDeque<Pending> held = new ArrayDeque<>();
  private final ArrayDeque<Proposal> foreign = new ArrayDeque<>();
  private final ArrayDeque<Pending> heldChanges = new ArrayDeque<>();
  private final ArrayDeque<Deadline> deadlines = new ArrayDeque<>();
  private final ArrayList<WaitingRead> unaskedReads = new ArrayList<>();
  private final LinkedHashMap<Long, ReadRound> readRounds = new LinkedHashMap<>();
  private final PriorityQueue<ConfirmedRead> confirmedReads =
      new PriorityQueue<>(Comparator.comparingLong(ConfirmedRead::index));
  private final LinkedHashMap<Long, LeaseCall> leaseCalls = new LinkedHashMap<>();
  private final ArrayDeque<LeaseCall> unaskedLeaseCalls = new ArrayDeque<>();
  private final ArrayList<LeaseCall> confirming = new ArrayList<>();
  private final ArrayList<LeaseCall> leaseCallsForLater = new ArrayList<>();
  private final LinkedHashMap<Long, List<LeaseCall>> renewalsAwaitingEnd = new LinkedHashMap<>();
  private final TreeMap<Long, List<PeerMessage>> outbox = new TreeMap<>();
  private final TreeMap<Long, Long> lastHeardTick = new TreeMap<>();
  private final ArrayDeque<EntrySize> retained = new ArrayDeque<>();
  private long retainedBytes;
  private final LeaseClock leases;
  private long nowTick;
  private long nextContext = 1;
  private long knownLeader;
  private boolean leading;
  private long leaderChangedTick;
  private long applied;
  private long lastCheckpointIndex;
  private boolean checkpointing;
  private boolean installing;
  private long restoredIndex;
  private boolean removed;
  private @Nullable Path receivedSnapshot;
  private @Nullable LogPosition receivedPosition;
  private @Nullable Transfer transfer;

  /** A request of this member that waits for its outcome. */
  private static final class Pending {
    final Proposal proposal;
    final boolean isChange;
    final Callback<Result> callback;
    long startTick;

    Pending(Proposal proposal, boolean isChange, Callback<Result> callback) {
      this.proposal = proposal;
      this.isChange = isChange;
      this.callback = callback;
    }
  }

  private record Deadline(long tick, long requestId) {}

  private static final class WaitingRead extends Waiting<Long> {
    WaitingRead(Callback<Long> callback, AtomicInteger counted) {
      super(callback, counted);
    }
  }

  private record ReadRound(List<WaitingRead> reads, long askedTick) {}

  private record ConfirmedRead(long index, WaitingRead read) {}

  /** Answer about a lease; as in {@link PeerMessage.LeaseAnswer}. */
  public record LeaseReply(long ttlSeconds, long grantedTtlSeconds) {}

  private static final class LeaseCall extends Waiting<LeaseReply> {
    final PeerMessage.LeaseQuestion question;
    final long leaseId;
    final boolean foreign;
    long askedTick;

    /**
     * @param foreign another member asks, which will ask elsewhere if this one does not lead
     */
    LeaseCall(
        PeerMessage.LeaseQuestion question,
        long leaseId,
        boolean foreign,
        Callback<LeaseReply> callback,
        AtomicInteger counted) {
      super(callback, counted);
      this.question = question;
      this.leaseId = leaseId;
      this.foreign = foreign;
    }
  }

  private record EntrySize(LogPosition position, long bytes) {}

  private record Transfer(long target, long deadlineTick, Callback<Long> callback) {}

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
      LongSupplier wallClockMillis,
      Runnable selfRemoved) {
    this.config = config;
    this.self = config.raft().id();
    this.raft = raft;
    this.applyLoop = applyLoop;
    this.link = link;
    this.log = log;
    this.loop = threads.loop();
    this.wallClockMillis = wallClockMillis;
    this.selfRemoved = selfRemoved;
    StateStore.Loaded state = restored.state();
    members = MemberTable.of(state.members(), state.removedMembers());
    requestIds = new AtomicLong(config.incarnation());
    leases = new LeaseClock(config);
    leases.replace(leasesOf(state), nowTick);
    applied = restored.raft().applied();
    lastCheckpointIndex = applied;
    List<Entry> known = restored.raft().entries();
    lastIndexAtStart = known.isEmpty() ? 0 : known.get(known.size() - 1).index();
    restored.raft().entries().stream().filter(e -> e.index() <= applied).forEach(this::retain);
    transfers = new SnapshotTransfers(config, applyLoop, threads, new TransferHost());
  }

  private final class TransferHost implements SnapshotTransfers.Host {
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
    membersAre(members);
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

  /**
   * True once this member has applied what its log held when it started, or as much of it as turned
   * out to be committed.
   */
  public boolean isCaughtUp() {
    return caughtUp;
  }

  /** Requests of this member that wait for an outcome. */
  public int pendingRequests() {
    return pendingCount.get();
  }

  /**
   * Puts a command into the log, here or by way of the leader. The callback hears the outcome as
   * applied on this member, or TIMEOUT: then it may or may not take effect.
   */
  public void propose(Command command, Callback<Result> callback) {
    byte[] bytes = CommandCodec.encode(command);
    if (bytes.length > config.maxRequestBytes()) {
      callback.fail(EtcdError.REQUEST_TOO_LARGE);
      return;
    }
    offer(new Proposal(self, requestIds.incrementAndGet(), bytes), false, callback);
  }

  private void offer(Proposal proposal, boolean isChange, Callback<Result> callback) {
    if (stopped) {
      callback.fail(EtcdError.STOPPED);
      return;
    }
    long bytes = proposal.sizeBytes();
    if (pendingCount.get() >= config.maxPendingRequests()
        || pendingBytes.get() + bytes > config.maxPendingBytes()
        || applyLoop.isBehind()) {
      callback.fail(EtcdError.TOO_MANY_REQUESTS);
      return;
    }
    pendingCount.incrementAndGet();
    pendingBytes.addAndGet(bytes);
    Pending p = new Pending(proposal, isChange, callback);
    pending.put(proposal.requestId(), p);
    incoming.add(p);
    if (stopped) {
      fail(proposal.requestId(), EtcdError.STOPPED); // stop() may have passed it by
    }
    wake();
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
    if (waitingReads.get() >= config.maxPendingRequests()) {
      callback.fail(EtcdError.TOO_MANY_REQUESTS);
      return;
    }
    waitingReads.incrementAndGet();
    incomingReads.add(new WaitingRead(callback, waitingReads));
    wake();
  }

  /** Asks the leader about a lease; TIMEOUT or NO_LEADER if it cannot be asked. As bounded. */
  public void askLease(
      PeerMessage.LeaseQuestion question, long leaseId, Callback<LeaseReply> callback) {
    if (stopped) {
      callback.fail(EtcdError.STOPPED);
      return;
    }
    if (waitingLeaseCalls.get() >= config.maxPendingRequests()) {
      callback.fail(EtcdError.TOO_MANY_REQUESTS);
      return;
    }
    waitingLeaseCalls.incrementAndGet();
    incomingLeaseCalls.add(new LeaseCall(question, leaseId, false, callback, waitingLeaseCalls));
    wake();
  }

  /** Proposes a change of the membership, after the checks that etcd makes on the member asked. */
  public void changeMembers(MemberChange change, Callback<Result> callback) {
    loop.execute(
        () -> {
          try {
            checkReconfiguration(change);
          } catch (EtcdException e) {
            callback.fail(e.error());
            return;
          }
          long id = requestIds.incrementAndGet();
          byte[] bytes =
              CommandCodec.encodeChange(new CommandCodec.ProposedChange(self, id, change));
          offer(new Proposal(self, id, bytes), true, callback);
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
          } else if (transfer != null) {
            callback.fail(EtcdError.TIMEOUT_LEADER_TRANSFER);
          } else {
            transfer = new Transfer(target, nowTick + config.requestTimeoutTicks(), callback);
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

  /** Time passes by one tick. */
  public void tick() {
    if (stopped) {
      return;
    }
    nowTick++;
    raft.tick();
    transfers.tick(nowTick);
    applyLoop.tick();
    expireWaiting();
    askAgain();
    if (!leading && raft.leader() != 0) {
      // finds out at once that the leader's process is gone, long before an election time-out
      link.send(raft.leader(), List.of());
    }
    if (nowTick % config.ticks(1_000) == 0) {
      greetAll();
    }
    if (leading) {
      List<Long> expired = leases.takeExpired(nowTick, MAX_EXPIRED_A_COMMAND);
      if (!expired.isEmpty()) {
        proposeExpiry(expired);
      }
    }
    turn();
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
    if (stopped || members.isRemoved(from)) {
      return;
    }
    lastHeardTick.put(from, nowTick);
    for (PeerMessage message : frame.messages()) {
      if (message instanceof PeerMessage.OfRaft m) {
        // a snapshot reaches Raft only once all of it is here, never by a bare message
        if (m.message().from() == from
            && m.message().to() == self
            && m.message().kind() != Message.Kind.INSTALL_SNAPSHOT) {
          raft.step(m.message());
        }
      } else if (message instanceof PeerMessage.Forward m) {
        foreign.addAll(m.proposals());
      } else if (message instanceof PeerMessage.ForwardChange m) {
        onForeignChange(from, m);
      } else if (message instanceof PeerMessage.ForwardRefused m) {
        onRefused(m);
      } else if (message instanceof PeerMessage.LeaseAsk m) {
        onLeaseAsk(from, m);
      } else if (message instanceof PeerMessage.LeaseAnswer m) {
        onLeaseAnswer(m);
      } else if (message instanceof PeerMessage.SnapshotChunk m) {
        if (m.term() >= raft.term()) {
          transfers.onChunk(from, m);
        }
      } else if (message instanceof PeerMessage.SnapshotAck m) {
        transfers.onAck(from, m);
      }
    }
    wake();
  }

  /** A connection to or from {@code peer} was lost, or a frame to it could not be sent. */
  public void peerLost(long peer) {
    raft.peerLost(peer);
    raft.unreachable(peer);
    wake();
  }

  /** Everything up to {@code index} is applied. Any thread, in order. */
  public void applied(long index, List<Applied.LeaseChange> changes) {
    loop.execute(() -> onApplied(index, changes));
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

  private void membersAre(MemberTable now) {
    members = now;
    link.membersChanged(now);
    if (!removed && now.isRemoved(self)) {
      removed = true;
      selfRemoved.run();
    }
  }

  /**
   * A configuration change takes effect now that the state machine has accepted it, or not at all
   * ({@code null}). As in etcd it does so when it is applied, not when it is committed: whether it
   * is accepted depends on everything before it in the log. Any thread, in order.
   */
  void confChanged(long index, @Nullable ConfChange change, ConfState expected) {
    loop.execute(
        () -> {
          if (stopped || index <= restoredIndex) {
            return; // Raft has it from a snapshot, together with what came after
          }
          ConfState conf = raft.applyConfChange(change);
          if (!conf.equals(expected)) {
            throw new IllegalStateException(
                "state machine and protocol differ on the configuration: "
                    + expected
                    + " and "
                    + conf);
          }
          LOG.log(System.Logger.Level.INFO, "configuration: {0}", describe(conf));
        });
  }

  /** On the apply executor: the waiting client is answered without a detour. */
  public void outcome(Outcome outcome) {
    if (outcome.origin() != self) {
      return;
    }
    Pending p = takePending(outcome.requestId());
    if (p == null) {
      return;
    }
    if (outcome.error() != null) {
      p.callback.fail(outcome.error());
    } else if (outcome.result() != null) {
      p.callback.complete(outcome.result());
    }
  }

  private void onApplied(long index, List<Applied.LeaseChange> changes) {
    if (stopped) {
      return;
    }
    for (Applied.LeaseChange change : changes) {
      leases.apply(change, nowTick);
      if (change.ttlSeconds() == 0) {
        List<LeaseCall> waiting = renewalsAwaitingEnd.remove(change.leaseId());
        if (waiting != null) {
          waiting.forEach(w -> w.complete(new LeaseReply(0, 0)));
        }
      }
    }
    if (index > applied) {
      applied = index;
      raft.applied(index);
    }
    releaseReads();
    maybeCheckpoint();
    turn();
  }

  // ---- loop: a turn

  private void turn() {
    turnScheduled.set(false);
    if (stopped) {
      refuseIncoming();
      return;
    }
    takeIncoming();
    noticeLeader();
    pushProposals();
    pushReads();
    pushLeaseCalls();
    while (!installing && raft.hasReady()) {
      carryOut(raft.ready());
      if (noticeLeader()) {
        pushProposals();
        pushLeaseCalls();
      }
      pushReads();
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
        transfers.start(install.to(), install.term());
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

  private void hand(Ready ready) {
    if (!ready.committed().isEmpty()) {
      for (Entry entry : ready.committed()) {
        retain(entry);
      }
      applyLoop.submit(ready.committed());
    }
    for (Ready.ReadState state : ready.reads()) {
      onReadState(state);
    }
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

  private static String describe(ConfState conf) {
    StringBuilder text = new StringBuilder("voters");
    conf.voters().forEach(v -> text.append(' ').append(Long.toHexString(v)));
    if (conf.isJoint()) {
      text.append(", leaving");
      conf.votersOutgoing().forEach(v -> text.append(' ').append(Long.toHexString(v)));
    }
    if (!conf.learners().isEmpty()) {
      text.append(", learners");
      conf.learners().forEach(v -> text.append(' ').append(Long.toHexString(v)));
    }
    return text.toString();
  }

  // ---- proposals

  private void takeIncoming() {
    Pending p;
    while ((p = incoming.poll()) != null) {
      p.startTick = nowTick;
      deadlines.add(new Deadline(nowTick + config.requestTimeoutTicks(), p.proposal.requestId()));
      (p.isChange ? heldChanges : held).add(p);
    }
    WaitingRead read;
    while ((read = incomingReads.poll()) != null) {
      read.deadlineTick = nowTick + config.requestTimeoutTicks();
      unaskedReads.add(read);
    }
    LeaseCall call;
    while ((call = incomingLeaseCalls.poll()) != null) {
      call.deadlineTick = nowTick + config.requestTimeoutTicks();
      unaskedLeaseCalls.add(call);
    }
  }

  private void pushProposals() {
    if (raft.isLeader()) {
      proposeAll();
      proposeHeldChanges();
      return;
    }
    refuse(foreign, NOT_LEADER);
    long leader = raft.leader();
    if (leader == 0) {
      return; // held until there is a leader, or until they time out
    }
    List<Proposal> batch = new ArrayList<>();
    long bytes = 0;
    Pending p;
    while ((p = held.poll()) != null) {
      if (!pending.containsKey(p.proposal.requestId())) {
        continue;
      }
      batch.add(p.proposal);
      bytes += p.proposal.sizeBytes();
      if (bytes > config.maxBatchBytes()) {
        toPeer(leader, new PeerMessage.Forward(batch));
        batch = new ArrayList<>();
        bytes = 0;
      }
    }
    if (!batch.isEmpty()) {
      toPeer(leader, new PeerMessage.Forward(batch));
    }
    while ((p = heldChanges.poll()) != null) {
      if (!pending.containsKey(p.proposal.requestId())) {
        continue;
      }
      toPeer(leader, new PeerMessage.ForwardChange(p.proposal.requestId(), p.proposal.command()));
    }
  }

  private void proposeAll() {
    List<Proposal> batch = new ArrayList<>();
    long bytes = 0;
    while (true) {
      Pending own = held.poll();
      Proposal next = own == null ? foreign.poll() : own.proposal;
      if (next == null) {
        break;
      }
      if (own != null && !pending.containsKey(next.requestId())) {
        continue; // timed out while it was held
      }
      if (!batch.isEmpty()
          && (bytes + next.sizeBytes() > config.maxBatchBytes()
              || batch.size() >= MAX_COMMANDS_AN_ENTRY)) {
        proposeBatch(batch);
        batch = new ArrayList<>();
        bytes = 0;
      }
      batch.add(next);
      bytes += next.sizeBytes();
    }
    if (!batch.isEmpty()) {
      proposeBatch(batch);
    }
  }

  private void proposeBatch(List<Proposal> batch) {
    Raft.Offer offer = raft.propose(CommandCodec.encodeBatch(wallClockMillis.getAsLong(), batch));
    if (offer.refusal() == null) {
      return;
    }
    switch (offer.refusal()) {
      case NOT_LEADER, TRANSFERRING, CONF_CHANGE_PENDING, CONF_CHANGE_INVALID -> {
        ArrayDeque<Proposal> others = new ArrayDeque<>();
        for (Proposal proposal : batch) {
          if (proposal.origin() == self) {
            Pending p = pending.get(proposal.requestId());
            if (p != null) {
              retryLater.add(p);
            }
          } else {
            others.add(proposal);
          }
        }
        refuse(others, NOT_LEADER);
      }
      case UNCOMMITTED_FULL -> {
        ArrayDeque<Proposal> others = new ArrayDeque<>();
        for (Proposal proposal : batch) {
          if (proposal.origin() == self) {
            fail(proposal.requestId(), EtcdError.TOO_MANY_REQUESTS);
          } else {
            others.add(proposal);
          }
        }
        refuse(others, EtcdError.TOO_MANY_REQUESTS.name());
      }
    }
  }

  /** Refused for now, to be held again at the next tick. */
  private final ArrayDeque<Pending> retryLater = new ArrayDeque<>();

  private void refuse(ArrayDeque<Proposal> proposals, String reason) {
    if (proposals.isEmpty()) {
      return;
    }
    TreeMap<Long, List<Long>> byOrigin = new TreeMap<>();
    Proposal p;
    while ((p = proposals.poll()) != null) {
      byOrigin.computeIfAbsent(p.origin(), o -> new ArrayList<>()).add(p.requestId());
    }
    for (Map.Entry<Long, List<Long>> e : byOrigin.entrySet()) {
      toPeer(e.getKey(), new PeerMessage.ForwardRefused(e.getValue(), reason));
    }
  }

  private void onRefused(PeerMessage.ForwardRefused refused) {
    EtcdError error = errorNamed(refused.reason());
    for (long id : refused.requestIds()) {
      if (!refused.reason().equals(NOT_LEADER)) {
        fail(id, error == null ? EtcdError.PROPOSAL_DROPPED : error);
        continue;
      }
      Pending p = pending.get(id);
      if (p != null) {
        retryLater.add(p);
      }
    }
  }

  private void proposeHeldChanges() {
    for (int n = heldChanges.size(); n > 0; n--) {
      Pending p = heldChanges.poll();
      if (p == null || !pending.containsKey(p.proposal.requestId())) {
        continue;
      }
      String refusal = proposeChange(p.proposal.command());
      if (refusal == null) {
        continue;
      }
      EtcdError error = errorNamed(refusal);
      if (error == null || refusal.equals(NOT_LEADER)) {
        heldChanges.add(p);
        return; // another change is under way; at the next turn again
      }
      fail(p.proposal.requestId(), error);
    }
  }

  /** Null if it is in the log now, else why not: an EtcdError's name, or something to wait for. */
  private @Nullable String proposeChange(byte[] encoded) {
    MemberChange change = CommandCodec.decodeChange(encoded).change();
    try {
      members.with(change);
      if (change instanceof MemberChange.Promote) {
        checkCaughtUp(change.memberId());
      }
    } catch (EtcdException e) {
      return e.error().name();
    }
    Raft.Offer offer =
        raft.proposeConfChange(
            new ConfChange(ConfChange.Transition.AUTO, List.of(MemberTable.step(change)), encoded));
    return offer.refusal() == null ? null : offer.refusal().name();
  }

  private void onForeignChange(long from, PeerMessage.ForwardChange forward) {
    String refusal;
    if (!raft.isLeader()) {
      refusal = NOT_LEADER;
    } else {
      try {
        refusal = proposeChange(forward.change());
      } catch (CodecException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "member {0} sent a change that cannot be read: {1}",
            Long.toHexString(from),
            e.getMessage());
        refusal = EtcdError.PROPOSAL_DROPPED.name();
      }
    }
    if (refusal != null) {
      String reason = errorNamed(refusal) == null ? NOT_LEADER : refusal;
      toPeer(from, new PeerMessage.ForwardRefused(List.of(forward.requestId()), reason));
    }
  }

  /** etcd's rule: a learner may vote once it has 90 % of what the leader has. */
  private void checkCaughtUp(long learner) {
    RaftStatus raftStatus = raft.status();
    for (RaftStatus.Follower f : raftStatus.followers()) {
      if (f.id() == learner && f.match() >= raftStatus.last().index() * 0.9) {
        return;
      }
    }
    throw EtcdError.LEARNER_NOT_READY.exception();
  }

  private void checkReconfiguration(MemberChange change) {
    MemberTable after = members.with(change); // refuses what makes no sense at all
    if (change instanceof MemberChange.Add add && add.isLearner()) {
      long learners = after.members().stream().filter(Member::isLearner).count();
      if (learners > config.maxLearners()) {
        throw EtcdError.TOO_MANY_LEARNERS.exception();
      }
      return;
    }
    Member target = members.member(change.memberId());
    if (change instanceof MemberChange.Promote && target != null && target.name().isEmpty()) {
      throw EtcdError.LEARNER_NOT_READY.exception(); // it has not even started
    }
    boolean learnerLeaves =
        change instanceof MemberChange.Remove && target != null && target.isLearner();
    if (!config.strictReconfigCheck() || learnerLeaves) {
      return;
    }
    List<Member> voters = after.members().stream().filter(m -> !m.isLearner()).toList();
    int quorum = voters.size() / 2 + 1;
    long started = voters.stream().filter(m -> !m.name().isEmpty()).count();
    boolean growsFromOne = change instanceof MemberChange.Add && voters.size() == 2 && started == 1;
    if (started < quorum && !growsFromOne) {
      throw EtcdError.MEMBER_NOT_ENOUGH_STARTED.exception();
    }
    boolean removesSilent =
        change instanceof MemberChange.Remove && !isConnected(change.memberId());
    long connected = voters.stream().filter(m -> isConnected(m.id())).count();
    if (connected < quorum && !growsFromOne && !removesSilent) {
      throw EtcdError.UNHEALTHY.exception();
    }
  }

  private boolean isConnected(long member) {
    Long heard = lastHeardTick.get(member);
    return member == self || (heard != null && nowTick - heard <= config.ticks(5_000));
  }

  // ---- reads

  private void pushReads() {
    if (unaskedReads.isEmpty() || raft.leader() == 0 || readRounds.size() >= MAX_READ_ROUNDS) {
      return;
    }
    long context = nextContext++;
    readRounds.put(context, new ReadRound(List.copyOf(unaskedReads), nowTick));
    unaskedReads.clear();
    raft.readIndex(context);
  }

  private void onReadState(Ready.ReadState state) {
    ReadRound round = readRounds.remove(state.context());
    if (round == null) {
      return;
    }
    if (state.index() < 0) {
      askLater(round);
      return;
    }
    for (WaitingRead read : round.reads) {
      if (!read.isDone()) {
        confirmedReads.add(new ConfirmedRead(state.index(), read));
      }
    }
    releaseReads();
  }

  private void askLater(ReadRound round) {
    for (WaitingRead read : round.reads) {
      if (!read.isDone()) {
        unaskedReads.add(read);
      }
    }
  }

  private void releaseReads() {
    ConfirmedRead head;
    while ((head = confirmedReads.peek()) != null && head.index <= applied) {
      confirmedReads.poll();
      head.read.complete(head.index);
    }
  }

  /**
   * What was asked of the leader may be lost on the way, or its answer: asked again after a while.
   */
  private void askAgain() {
    int patienceTicks = config.ticks(500);
    List<Long> overdue = new ArrayList<>();
    for (Map.Entry<Long, ReadRound> e : readRounds.entrySet()) {
      if (nowTick - e.getValue().askedTick < patienceTicks) {
        break;
      }
      overdue.add(e.getKey());
    }
    for (long context : overdue) {
      ReadRound round = readRounds.remove(context);
      if (round != null) {
        askLater(round);
      }
    }
    unaskedLeaseCalls.addAll(leaseCallsForLater);
    leaseCallsForLater.clear();
    int leasePatienceTicks = config.ticks(1_000);
    leaseCalls
        .values()
        .removeIf(
            call -> {
              boolean lost = nowTick - call.askedTick >= leasePatienceTicks;
              if (lost) {
                unaskedLeaseCalls.add(call); // either question may be asked twice without harm
              }
              return lost;
            });
  }

  // ---- leases

  private void pushLeaseCalls() {
    if (unaskedLeaseCalls.isEmpty()) {
      return;
    }
    if (raft.isLeader()) {
      List<LeaseCall> calls = new ArrayList<>(unaskedLeaseCalls);
      unaskedLeaseCalls.clear();
      answerWhenConfirmed(calls);
      return;
    }
    long leader = raft.leader();
    if (leader == 0) {
      return;
    }
    LeaseCall call;
    while ((call = unaskedLeaseCalls.poll()) != null) {
      long context = nextContext++;
      call.askedTick = nowTick;
      leaseCalls.put(context, call);
      toPeer(leader, new PeerMessage.LeaseAsk(context, call.question, call.leaseId));
    }
  }

  /**
   * A leader that was paused may have been replaced, and its countdown with it: so it vouches for a
   * lease only after a round of ReadIndex that began after the question arrived.
   */
  private void answerWhenConfirmed(List<LeaseCall> calls) {
    confirming.addAll(calls);
    waitingReads.incrementAndGet();
    WaitingRead read =
        new WaitingRead(
            new Callback<>() {
              @Override
              public void complete(Long index) {
                confirming.removeAll(Set.copyOf(calls));
                calls.stream().filter(c -> !c.isDone()).forEach(NodeDriver.this::answerLease);
              }

              @Override
              public void fail(EtcdError error) {
                // each of the calls has a deadline of its own, which is not later than the read's
              }
            },
            waitingReads);
    read.deadlineTick = nowTick + config.requestTimeoutTicks();
    unaskedReads.add(read);
    pushReads();
  }

  private void answerLease(LeaseCall call) {
    if (!leading) {
      askElsewhere(call);
      return;
    }
    if (call.question == PeerMessage.LeaseQuestion.TIME_TO_LIVE) {
      Long remaining = leases.remainingSeconds(call.leaseId, nowTick);
      call.complete(
          remaining == null
              ? new LeaseReply(-1, 0)
              : new LeaseReply(remaining, leases.grantedSeconds(call.leaseId)));
    } else if (leases.isExpiring(call.leaseId)) {
      renewalsAwaitingEnd.computeIfAbsent(call.leaseId, id -> new ArrayList<>()).add(call);
    } else {
      long ttlSeconds = leases.renew(call.leaseId, nowTick);
      call.complete(new LeaseReply(ttlSeconds, ttlSeconds));
    }
  }

  /** This member does not lead any more. */
  private void askElsewhere(LeaseCall call) {
    if (call.foreign) {
      call.fail(EtcdError.LEADER_CHANGED);
    } else {
      leaseCallsForLater.add(call);
    }
  }

  private void onLeaseAsk(long from, PeerMessage.LeaseAsk ask) {
    Callback<LeaseReply> reply =
        new Callback<>() {
          @Override
          public void complete(LeaseReply r) {
            toPeer(
                from,
                new PeerMessage.LeaseAnswer(
                    ask.context(), r.ttlSeconds(), r.grantedTtlSeconds(), null));
          }

          @Override
          public void fail(EtcdError error) {
            toPeer(from, new PeerMessage.LeaseAnswer(ask.context(), 0, 0, error.name()));
          }
        };
    if (!raft.isLeader()) {
      reply.fail(EtcdError.NOT_LEADER);
      return;
    }
    waitingLeaseCalls.incrementAndGet();
    LeaseCall call = new LeaseCall(ask.question(), ask.leaseId(), true, reply, waitingLeaseCalls);
    call.deadlineTick = nowTick + config.requestTimeoutTicks();
    unaskedLeaseCalls.add(call);
  }

  private void onLeaseAnswer(PeerMessage.LeaseAnswer answer) {
    LeaseCall call = leaseCalls.remove(answer.context());
    if (call == null) {
      return;
    }
    if (answer.error() == null) {
      call.complete(new LeaseReply(answer.ttlSeconds(), answer.grantedTtlSeconds()));
      return;
    }
    EtcdError error = errorNamed(answer.error());
    if (error == EtcdError.NOT_LEADER || error == EtcdError.LEADER_CHANGED) {
      leaseCallsForLater.add(call); // not at once: the two may disagree for a while on who leads
    } else {
      call.fail(error == null ? EtcdError.TIMEOUT : error);
    }
  }

  private void proposeExpiry(List<Long> expired) {
    byte[] bytes = CommandCodec.encode(new Command.LeaseExpire(expired));
    // nobody waits for the outcome: should it be lost, the clock tells again
    raft.propose(
        CommandCodec.encodeBatch(
            wallClockMillis.getAsLong(),
            List.of(new Proposal(self, requestIds.incrementAndGet(), bytes))));
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
    leases.replace(leasesOf(loaded), nowTick);
    retained.clear();
    retainedBytes = 0;
    lastCheckpointIndex = meta.position().index();
    applied = meta.position().index();
    raft.applied(applied);
    LOG.log(
        System.Logger.Level.INFO,
        "applied snapshot at index {0}",
        Long.toString(meta.position().index()));
    write(ready, meta.position());
    hand(ready);
    releaseReads();
    turn();
  }

  private void retain(Entry entry) {
    if (!retained.isEmpty() && entry.index() <= retained.getLast().position.index()) {
      return;
    }
    retained.add(new EntrySize(entry.position(), entry.sizeBytes()));
    retainedBytes += entry.sizeBytes();
  }

  private void maybeCheckpoint() {
    boolean due =
        applied - lastCheckpointIndex >= config.snapshotCount()
            || retainedBytes > config.maxLogBytes() / 2 && applied > lastCheckpointIndex;
    if (!due || checkpointing || installing) {
      return;
    }
    checkpointing = true;
    lastCheckpointIndex = applied;
    applyLoop.checkpoint(synced -> loop.execute(() -> checkpointed(synced)));
  }

  /** Cuts the log below what would survive a power cut, keeping some for slow followers. */
  private void checkpointed(LogPosition synced) {
    checkpointing = false;
    if (stopped) {
      return;
    }
    LogPosition upTo = null;
    while (!retained.isEmpty()
        && retained.getFirst().position.index() <= synced.index()
        && (retained.getFirst().position.index() <= synced.index() - config.catchupEntries()
            || retainedBytes > config.maxLogBytes() / 4)) {
      EntrySize first = retained.removeFirst();
      retainedBytes -= first.bytes;
      upTo = first.position;
    }
    if (upTo != null) {
      raft.compact(upTo.index());
      log.truncatePrefix(upTo);
      LOG.log(
          System.Logger.Level.INFO,
          "saved snapshot: state durable up to index {0}, log cut up to {1}",
          Long.toString(synced.index()),
          Long.toString(upTo.index()));
    }
  }

  // ---- leadership

  /** True if the leader is another one now. */
  private boolean noticeLeader() {
    boolean nowLeading = raft.isLeader();
    if (nowLeading != leading) {
      leading = nowLeading;
      if (leading) {
        leases.startCounting(nowTick);
      } else {
        leases.stopCounting();
        transfers.cancelOutgoing();
        renewalsAwaitingEnd.values().forEach(l -> l.forEach(this::askElsewhere));
        renewalsAwaitingEnd.clear();
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
    leaderChangedTick = nowTick;
    // what the former leader was asked about leases it will not answer
    unaskedLeaseCalls.addAll(leaseCalls.values());
    leaseCalls.clear();
    Transfer t = transfer;
    if (t != null && leader == t.target) {
      transfer = null;
      t.callback.complete(leader);
    }
    return true;
  }

  private void expireWaiting() {
    held.addAll(retryLater.stream().filter(p -> !p.isChange).toList());
    heldChanges.addAll(retryLater.stream().filter(p -> p.isChange).toList());
    retryLater.clear();
    boolean anyExpired = false;
    Deadline first;
    while ((first = deadlines.peekFirst()) != null) {
      Pending p = pending.get(first.requestId);
      if (p != null && first.tick > nowTick) {
        break;
      }
      deadlines.removeFirst();
      if (p != null) {
        anyExpired = true;
        fail(
            first.requestId,
            leaderChangedTick > p.startTick ? EtcdError.TIMEOUT_LEADER_FAIL : EtcdError.TIMEOUT);
      }
    }
    if (anyExpired) {
      held.removeIf(p -> !pending.containsKey(p.proposal.requestId()));
      heldChanges.removeIf(p -> !pending.containsKey(p.proposal.requestId()));
    }
    unaskedReads.removeIf(this::expired);
    readRounds.values().forEach(round -> round.reads.forEach(this::expired));
    confirmedReads.removeIf(r -> expired(r.read));
    unaskedLeaseCalls.removeIf(this::expired);
    leaseCallsForLater.removeIf(this::expired);
    confirming.removeIf(this::expired);
    leaseCalls.values().removeIf(this::expired);
    renewalsAwaitingEnd.values().forEach(l -> l.removeIf(this::expired));
    renewalsAwaitingEnd.values().removeIf(List::isEmpty);
    Transfer t = transfer;
    if (t != null && t.deadlineTick <= nowTick) {
      transfer = null;
      t.callback.fail(EtcdError.TIMEOUT_LEADER_TRANSFER);
    }
  }

  private boolean expired(WaitingRead read) {
    if (read.deadlineTick > nowTick) {
      return false;
    }
    read.fail(EtcdError.TIMEOUT);
    return true;
  }

  private boolean expired(LeaseCall call) {
    if (call.deadlineTick > nowTick) {
      return false;
    }
    call.fail(knownLeader == 0 ? EtcdError.NO_LEADER : EtcdError.TIMEOUT);
    return true;
  }

  // ---- the end

  /**
   * Hands leadership to the follower that has most, if this member leads and there is one.
   *
   * @param done heard when another member leads, or that could not be had
   */
  public void abdicate(Runnable done) {
    RaftStatus raftStatus = raft.status();
    long best = 0;
    long bestMatch = -1;
    for (RaftStatus.Follower f : raftStatus.followers()) {
      if (!f.learner() && f.recentlyActive() && f.match() > bestMatch) {
        best = f.id();
        bestMatch = f.match();
      }
    }
    if (stopped || best == 0 || transfer != null) {
      done.run();
      return;
    }
    transfer =
        new Transfer(
            best,
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
    raft.transferLeader(best);
    turn();
  }

  /** Ends everything that waits with STOPPED. On the loop. */
  public void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    for (Long id : List.copyOf(pending.keySet())) {
      fail(id, EtcdError.STOPPED);
    }
    refuseIncoming();
    unaskedReads.forEach(r -> r.fail(EtcdError.STOPPED));
    readRounds.values().forEach(r -> r.reads.forEach(w -> w.fail(EtcdError.STOPPED)));
    confirmedReads.forEach(r -> r.read.fail(EtcdError.STOPPED));
    unaskedLeaseCalls.forEach(c -> c.fail(EtcdError.STOPPED));
    leaseCallsForLater.forEach(c -> c.fail(EtcdError.STOPPED));
    confirming.forEach(c -> c.fail(EtcdError.STOPPED));
    leaseCalls.values().forEach(c -> c.fail(EtcdError.STOPPED));
    renewalsAwaitingEnd.values().forEach(l -> l.forEach(c -> c.fail(EtcdError.STOPPED)));
    Transfer t = transfer;
    transfer = null;
    if (t != null) {
      t.callback.fail(EtcdError.STOPPED);
    }
    transfers.close();
  }

  /** What was asked while, or since, this member stopped. */
  private void refuseIncoming() {
    WaitingRead read;
    while ((read = incomingReads.poll()) != null) {
      read.fail(EtcdError.STOPPED);
    }
    LeaseCall call;
    while ((call = incomingLeaseCalls.poll()) != null) {
      call.fail(EtcdError.STOPPED);
    }
  }

  // ---- helpers

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

  /** What a client waits for and certainly did not leave may be sent again without doubt. */
  private void notSent(long to, List<PeerMessage> messages) {
    raft.unreachable(to);
    for (PeerMessage message : messages) {
      if (message instanceof PeerMessage.Forward forward) {
        for (Proposal proposal : forward.proposals()) {
          Pending p = pending.get(proposal.requestId());
          if (p != null) {
            retryLater.add(p);
          }
        }
      } else if (message instanceof PeerMessage.ForwardChange change) {
        Pending p = pending.get(change.requestId());
        if (p != null) {
          retryLater.add(p);
        }
      } else if (message instanceof PeerMessage.SnapshotChunk chunk) {
        transfers.notSent(to, chunk);
      }
    }
  }

  private @Nullable Pending takePending(long requestId) {
    Pending p = pending.remove(requestId);
    if (p != null) {
      pendingCount.decrementAndGet();
      pendingBytes.addAndGet(-p.proposal.sizeBytes());
    }
    return p;
  }

  private void fail(long requestId, EtcdError error) {
    Pending p = takePending(requestId);
    if (p != null) {
      p.callback.fail(error);
    }
  }

  private static @Nullable EtcdError errorNamed(String name) {
    for (EtcdError error : EtcdError.values()) {
      if (error.name().equals(name)) {
        return error;
      }
    }
    return null;
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
}
