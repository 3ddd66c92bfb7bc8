package io.quorate.node;

import io.quorate.apply.Outcome;
import io.quorate.codec.CodecException;
import io.quorate.codec.CommandCodec;
import io.quorate.codec.FormatVersion;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.MemberChange;
import io.quorate.command.Proposal;
import io.quorate.command.Result;
import io.quorate.command.Validation;
import io.quorate.log.LoggerSource;
import io.quorate.raft.Raft;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Proposals: those of this member until their outcome is known, and those of other members until
 * they are in the log or refused. One of this member's own goes from {@code incoming} to {@code
 * queued}, and from there into the log if this member leads, else to the leader; it is in {@code
 * pending} until its caller has an answer. Node loop only, except where it says otherwise.
 */
final class Requests {
  private static final System.Logger LOG = LoggerSource.loggerOf(Requests.class);
  private static final int MAX_COMMANDS_PER_ENTRY = 8_192;

  /** How much a turn puts into the log or sends to the leader; the rest waits for the next turn. */
  private static final long MAX_BYTES_PER_TURN = 4L << 20;

  /** What proposals need of the node. */
  interface Host {
    /** True while the log can take no more. Any thread. */
    boolean isBehind();

    /** As {@link Reconfiguration#propose}. */
    @Nullable String proposeChange(byte[] encoded);

    /** Lets a turn run soon, since there is something to do. Any thread. */
    void wake();
  }

  private final NodeConfig config;
  private final long self;
  private final LongSupplier wallClockMillis;
  private final Raft raft;
  private final Membership cluster;
  private final Outbox outbox;
  private final Host host;

  private final ConcurrentHashMap<Long, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicInteger pendingCount = new AtomicInteger();
  private final AtomicLong pendingBytes = new AtomicLong();
  private final AtomicLong requestIds;
  private final ConcurrentLinkedQueue<Pending> incoming = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  // ---- loop only
  private final ArrayDeque<Pending> queued = new ArrayDeque<>();
  private final ArrayDeque<Pending> queuedChanges = new ArrayDeque<>();

  /** Refused for now, to be queued again at the next tick; a set, so that each is queued once. */
  private final LinkedHashSet<Pending> retryLater = new LinkedHashSet<>();

  private final ArrayDeque<Proposal> forwarded = new ArrayDeque<>();
  private final ArrayDeque<Deadline> deadlines = new ArrayDeque<>();
  private long leaderChangedTick;
  private long nowTick;

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

  /**
   * @param wallClockMillis written into the log for people to read; decides nothing
   */
  Requests(
      NodeConfig config,
      LongSupplier wallClockMillis,
      Raft raft,
      Membership cluster,
      Outbox outbox,
      Host host) {
    this.config = config;
    this.self = config.raft().id();
    this.wallClockMillis = wallClockMillis;
    this.raft = raft;
    this.cluster = cluster;
    this.outbox = outbox;
    this.host = host;
    requestIds = new AtomicLong(config.incarnation());
  }

  // ---- any thread

  /** See {@link NodeDriver#propose}. */
  void propose(Caller caller, Command command, Callback<Result> callback) {
    byte[] bytes = CommandCodec.encode(command);
    if (bytes.length > config.maxRequestBytes()) {
      callback.fail(EtcdError.REQUEST_TOO_LARGE);
      return;
    }
    offer(new Proposal(self, requestIds.incrementAndGet(), caller, bytes), false, callback);
  }

  /** As {@link #propose}, for a change that has been checked. */
  void propose(Caller caller, MemberChange change, Callback<Result> callback) {
    long id = requestIds.incrementAndGet();
    byte[] bytes =
        CommandCodec.encodeChange(
            new CommandCodec.ProposedChange(
                FormatVersion.at(cluster.featureLevel()), self, id, caller, change));
    offer(new Proposal(self, id, caller, bytes), true, callback);
  }

  private void offer(Proposal proposal, boolean isChange, Callback<Result> callback) {
    if (stopped) {
      callback.fail(EtcdError.STOPPED);
      return;
    }
    long bytes = proposal.sizeBytes();
    if (pendingCount.get() >= config.maxPendingRequests()
        || pendingBytes.get() + bytes > config.maxPendingBytes()) {
      callback.fail(EtcdError.TOO_MANY_REQUESTS);
      return;
    }
    pendingCount.incrementAndGet();
    pendingBytes.addAndGet(bytes);
    Pending p = new Pending(proposal, isChange, callback);
    pending.put(proposal.requestId(), p);
    incoming.add(p);
    if (stopped) {
      fail(proposal.requestId(), EtcdError.STOPPED); // stop() may not have seen it
    }
    host.wake();
  }

  /** A proposal has been applied; if it is one of this member, its caller is answered. */
  void outcome(Outcome outcome) {
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

  /** False once a request has its answer; one whose caller has gone is failed here. */
  private boolean isPending(Pending p) {
    if (!p.callback.isWanted()) {
      fail(p.proposal.requestId(), EtcdError.PROPOSAL_DROPPED);
    }
    return pending.containsKey(p.proposal.requestId());
  }

  // ---- loop

  void takeIncoming() {
    Pending p;
    while ((p = incoming.poll()) != null) {
      p.startTick = nowTick;
      deadlines.add(new Deadline(nowTick + config.requestTimeoutTicks(), p.proposal.requestId()));
      (p.isChange ? queuedChanges : queued).add(p);
    }
  }

  /** Puts what is queued into the log, or sends it to the leader if there is one. */
  void push() {
    if (raft.isLeader()) {
      if (host.isBehind()) {
        refuse(forwarded, EtcdError.TOO_MANY_REQUESTS.name());
      } else {
        proposeAll();
      }
      proposeQueuedChanges();
      return;
    }
    refuse(forwarded, Refusals.NOT_LEADER);
    long leader = raft.leader();
    if (leader != 0 && !host.isBehind()) {
      forwardAll(leader);
    }
  }

  private void forwardAll(long leader) {
    List<Proposal> batch = new ArrayList<>();
    long bytes = 0;
    Pending p;
    long total = 0;
    while (total < MAX_BYTES_PER_TURN && (p = queued.poll()) != null) {
      if (!isPending(p)) {
        continue;
      }
      batch.add(p.proposal);
      bytes += p.proposal.sizeBytes();
      total += p.proposal.sizeBytes();
      if (bytes > config.maxBatchBytes()) {
        outbox.add(leader, new PeerMessage.Forward(batch));
        batch = new ArrayList<>();
        bytes = 0;
      }
    }
    if (!batch.isEmpty()) {
      outbox.add(leader, new PeerMessage.Forward(batch));
    }
    if (!queued.isEmpty()) {
      host.wake();
    }
    while ((p = queuedChanges.poll()) != null) {
      if (isPending(p)) {
        outbox.add(
            leader, new PeerMessage.ForwardChange(p.proposal.requestId(), p.proposal.command()));
      }
    }
  }

  private void proposeAll() {
    List<Proposal> batch = new ArrayList<>();
    long bytes = 0;
    long total = 0;
    while (total < MAX_BYTES_PER_TURN) {
      Pending own = queued.poll();
      Proposal next = own == null ? forwarded.poll() : own.proposal;
      if (next == null) {
        break;
      }
      if (own != null && !isPending(own)) {
        continue; // it has timed out meanwhile
      }
      if (!batch.isEmpty()
          && (bytes + next.sizeBytes() > config.maxBatchBytes()
              || batch.size() >= MAX_COMMANDS_PER_ENTRY)) {
        proposeBatch(batch);
        batch = new ArrayList<>();
        bytes = 0;
      }
      batch.add(next);
      bytes += next.sizeBytes();
      total += next.sizeBytes();
    }
    if (!batch.isEmpty()) {
      proposeBatch(batch);
    }
    if (!queued.isEmpty() || !forwarded.isEmpty()) {
      host.wake();
    }
  }

  private void proposeBatch(List<Proposal> batch) {
    Raft.Offer offer = raft.propose(encode(batch));
    if (offer.refusal() == null) {
      return;
    }
    String reason =
        offer.refusal() == Raft.Refusal.UNCOMMITTED_FULL
            ? EtcdError.TOO_MANY_REQUESTS.name()
            : Refusals.NOT_LEADER;
    ArrayDeque<Proposal> others = new ArrayDeque<>();
    for (Proposal proposal : batch) {
      if (proposal.origin() == self) {
        retry(proposal.requestId());
      } else {
        others.add(proposal);
      }
    }
    refuse(others, reason);
  }

  private byte[] encode(List<Proposal> batch) {
    return CommandCodec.encodeBatch(
        new CommandCodec.Batch(
            FormatVersion.at(cluster.featureLevel()), wallClockMillis.getAsLong(), batch));
  }

  /** Proposes a command at once, if this member leads; nobody waits for its outcome. */
  void proposeAsNode(Command command) {
    byte[] bytes = CommandCodec.encode(command);
    raft.propose(
        encode(List.of(new Proposal(self, requestIds.incrementAndGet(), Caller.NODE, bytes))));
  }

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
      outbox.add(e.getKey(), new PeerMessage.ForwardRefused(e.getValue(), reason));
    }
  }

  private void proposeQueuedChanges() {
    for (int n = queuedChanges.size(); n > 0; n--) {
      Pending p = queuedChanges.poll();
      if (p == null || !isPending(p)) {
        continue;
      }
      String refusal = host.proposeChange(p.proposal.command());
      if (refusal == null) {
        continue;
      }
      EtcdError error = Refusals.errorNamed(refusal);
      if (error == null || refusal.equals(Refusals.NOT_LEADER)) {
        queuedChanges.add(p);
        return; // another change is under way; this one is tried again at the next turn
      }
      fail(p.proposal.requestId(), error);
    }
  }

  // ---- loop: messages of other members

  /** Commands are validated once more here, since every member will have to apply them. */
  void onForward(long from, PeerMessage.Forward forward) {
    for (Proposal proposal : forward.proposals()) {
      EtcdError error =
          proposal.origin() == from ? defect(from, proposal) : EtcdError.PROPOSAL_DROPPED;
      if (error == null) {
        forwarded.add(proposal);
      } else {
        outbox.add(
            from, new PeerMessage.ForwardRefused(List.of(proposal.requestId()), error.name()));
      }
    }
  }

  /**
   * @return what is wrong with a command, null for nothing; the number of operations is not
   *     checked, since that bound is a setting of the member that the client has asked
   */
  private @Nullable EtcdError defect(long from, Proposal proposal) {
    try {
      Validation.check(
          CommandCodec.decode(proposal.command()), Integer.MAX_VALUE, cluster.featureLevel());
      return null;
    } catch (EtcdException e) {
      return e.error();
    } catch (CodecException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "member {0} sent a command that cannot be read: {1}",
          Long.toHexString(from),
          e.getMessage());
      return EtcdError.PROPOSAL_DROPPED;
    }
  }

  void onForwardedChange(long from, PeerMessage.ForwardChange forward) {
    String refusal;
    if (!raft.isLeader()) {
      refusal = Refusals.NOT_LEADER;
    } else if (host.isBehind()) {
      refusal = EtcdError.TOO_MANY_REQUESTS.name();
    } else {
      try {
        refusal = host.proposeChange(forward.change());
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
      String reason = Refusals.errorNamed(refusal) == null ? Refusals.NOT_LEADER : refusal;
      outbox.add(from, new PeerMessage.ForwardRefused(List.of(forward.requestId()), reason));
    }
  }

  void onRefused(PeerMessage.ForwardRefused refused) {
    EtcdError error = Refusals.errorNamed(refused.reason());
    for (long id : refused.requestIds()) {
      if (refused.reason().equals(Refusals.NOT_LEADER) || error == EtcdError.TOO_MANY_REQUESTS) {
        retry(id); // until it times out: a caller of this member may wait for room in the log
      } else {
        fail(id, error == null ? EtcdError.PROPOSAL_DROPPED : error);
      }
    }
  }

  /** This message was certainly not sent, so its proposals may safely be sent again. */
  void notSent(PeerMessage message) {
    if (message instanceof PeerMessage.Forward forward) {
      forward.proposals().forEach(p -> retry(p.requestId()));
    } else if (message instanceof PeerMessage.ForwardChange change) {
      retry(change.requestId());
    }
  }

  private void retry(long requestId) {
    Pending p = pending.get(requestId);
    if (p != null) {
      retryLater.add(p);
    }
  }

  // ---- loop: time, leadership, the end

  void leaderChanged() {
    leaderChangedTick = nowTick;
  }

  void tick(long tick) {
    nowTick = tick;
    queued.addAll(retryLater.stream().filter(p -> !p.isChange).toList());
    queuedChanges.addAll(retryLater.stream().filter(p -> p.isChange).toList());
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
      queued.removeIf(p -> !isPending(p));
      queuedChanges.removeIf(p -> !isPending(p));
    }
  }

  /** Everybody who waits gets STOPPED, as do all who come later. */
  void stop() {
    stopped = true;
    for (Long id : List.copyOf(pending.keySet())) {
      fail(id, EtcdError.STOPPED);
    }
  }
}
