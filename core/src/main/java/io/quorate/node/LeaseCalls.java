package io.quorate.node;

import io.quorate.apply.Applied;
import io.quorate.codec.PeerMessage;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.raft.Raft;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Questions about leases, of this member's clients and of other members, and the countdown that
 * answers them. Only the leader counts ({@link LeaseClock}), so a follower passes on what it is
 * asked. A leader that was paused may have been replaced, and its countdown with it: so it vouches
 * for a lease only after a round of ReadIndex that began after the question arrived. Node loop
 * only, except for {@link #ask}.
 */
final class LeaseCalls {
  private static final int MAX_EXPIRED_A_COMMAND = 1_000;

  /** What questions about leases need of the node. */
  interface Host {
    /** True while the log can take no more. */
    boolean isBehind();

    /** Tells {@code led} once it is certain that this member led when this was called. */
    void confirmLeadership(Callback<Long> led);

    /** Proposes a command whose outcome nobody waits for. */
    void proposeUnasked(Command command);

    /** There is something to take in at the next turn. Any thread. */
    void wake();
  }

  private final NodeConfig config;
  private final Raft raft;
  private final Outbox outbox;
  private final Host host;
  private final LeaseClock clock;
  private final AtomicInteger waiting = new AtomicInteger();
  private final ConcurrentLinkedQueue<Call> incoming = new ConcurrentLinkedQueue<>();
  private final ArrayDeque<Call> unasked = new ArrayDeque<>();
  private final LinkedHashMap<Long, Call> asked = new LinkedHashMap<>();
  private final ArrayList<Call> confirming = new ArrayList<>();
  private final ArrayList<Call> forLater = new ArrayList<>();

  /** Renewals of a lease whose end is proposed: the end, or its failure, is their answer. */
  private final LinkedHashMap<Long, List<Call>> awaitingEnd = new LinkedHashMap<>();

  private volatile boolean stopped;
  private boolean leading;
  private boolean leaderKnown;

  /** Not from 1 on: an answer to an earlier life of this member must not pass for one to this. */
  private long nextContext;

  private long nowTick;

  private static final class Call extends Waiting<LeaseReply> {
    final Caller caller;
    final PeerMessage.LeaseQuestion question;
    final long leaseId;
    final boolean foreign;
    long askedTick;

    /**
     * @param foreign another member asks, which will ask elsewhere if this one does not lead
     */
    Call(
        Caller caller,
        PeerMessage.LeaseQuestion question,
        long leaseId,
        boolean foreign,
        Callback<LeaseReply> callback,
        AtomicInteger counted) {
      super(callback, counted);
      this.caller = caller;
      this.question = question;
      this.leaseId = leaseId;
      this.foreign = foreign;
    }
  }

  /**
   * @param ttlMillisById of the leases that exist when the node starts
   */
  LeaseCalls(
      NodeConfig config, Map<Long, Long> ttlMillisById, Raft raft, Outbox outbox, Host host) {
    this.config = config;
    this.raft = raft;
    this.outbox = outbox;
    this.host = host;
    nextContext = config.incarnation();
    clock = new LeaseClock(config);
    clock.replace(ttlMillisById, nowTick);
  }

  /** See {@link NodeDriver#askLease}. Any thread. */
  void ask(
      Caller caller,
      PeerMessage.LeaseQuestion question,
      long leaseId,
      Callback<LeaseReply> callback) {
    if (stopped) {
      callback.fail(EtcdError.STOPPED);
      return;
    }
    if (waiting.get() >= config.maxPendingRequests()) {
      callback.fail(EtcdError.TOO_MANY_REQUESTS);
      return;
    }
    waiting.incrementAndGet();
    incoming.add(new Call(caller, question, leaseId, false, callback, waiting));
    host.wake();
  }

  void takeIncoming() {
    Call call;
    while ((call = incoming.poll()) != null) {
      takeIn(call);
    }
  }

  private void takeIn(Call call) {
    call.deadlineTick = nowTick + config.requestTimeoutTicks();
    unasked.add(call);
  }

  /** Asks the leader, if there is one, or answers if that is this member. */
  void push() {
    if (unasked.isEmpty()) {
      return;
    }
    if (raft.isLeader()) {
      List<Call> calls = new ArrayList<>(unasked);
      unasked.clear();
      answerWhenConfirmed(calls);
      return;
    }
    long leader = raft.leader();
    if (leader == 0) {
      return;
    }
    Call call;
    while ((call = unasked.poll()) != null) {
      long context = nextContext++;
      call.askedTick = nowTick;
      asked.put(context, call);
      outbox.add(
          leader, new PeerMessage.LeaseAsk(context, call.question, call.caller, call.leaseId));
    }
  }

  private void answerWhenConfirmed(List<Call> calls) {
    confirming.addAll(calls);
    host.confirmLeadership(
        new Callback<>() {
          @Override
          public void complete(Long index) {
            confirming.removeAll(Set.copyOf(calls));
            calls.stream().filter(c -> !c.isDone()).forEach(LeaseCalls.this::answer);
          }

          @Override
          public void fail(EtcdError error) {
            // each of the calls has a deadline of its own, which is not later than this one's
          }
        });
  }

  private void answer(Call call) {
    if (!leading) {
      askElsewhere(call);
      return;
    }
    if (call.question == PeerMessage.LeaseQuestion.TIME_TO_LIVE) {
      Long remaining = clock.remainingSeconds(call.leaseId, nowTick);
      call.complete(
          remaining == null
              ? new LeaseReply(-1, 0)
              : new LeaseReply(remaining, clock.grantedSeconds(call.leaseId)));
    } else if (clock.isExpiring(call.leaseId)) {
      awaitingEnd.computeIfAbsent(call.leaseId, id -> new ArrayList<>()).add(call);
    } else {
      long ttlSeconds = clock.renew(call.leaseId, nowTick);
      call.complete(new LeaseReply(ttlSeconds, ttlSeconds));
    }
  }

  /** This member does not lead any more. */
  private void askElsewhere(Call call) {
    if (call.foreign) {
      call.fail(EtcdError.LEADER_CHANGED);
    } else {
      forLater.add(call);
    }
  }

  /** Another member asks. */
  void onAsk(long from, PeerMessage.LeaseAsk ask) {
    Callback<LeaseReply> reply =
        new Callback<>() {
          @Override
          public void complete(LeaseReply r) {
            outbox.add(
                from,
                new PeerMessage.LeaseAnswer(
                    ask.context(), r.ttlSeconds(), r.grantedTtlSeconds(), null));
          }

          @Override
          public void fail(EtcdError error) {
            outbox.add(from, new PeerMessage.LeaseAnswer(ask.context(), 0, 0, error.name()));
          }
        };
    if (!raft.isLeader()) {
      reply.fail(EtcdError.NOT_LEADER);
      return;
    }
    waiting.incrementAndGet();
    takeIn(new Call(ask.caller(), ask.question(), ask.leaseId(), true, reply, waiting));
  }

  /** Another member has answered. */
  void onAnswer(PeerMessage.LeaseAnswer answer) {
    Call call = asked.remove(answer.context());
    if (call == null) {
      return;
    }
    if (answer.error() == null) {
      call.complete(new LeaseReply(answer.ttlSeconds(), answer.grantedTtlSeconds()));
      return;
    }
    EtcdError error = Refusals.errorNamed(answer.error());
    if (error == EtcdError.NOT_LEADER || error == EtcdError.LEADER_CHANGED) {
      forLater.add(call); // not at once: the two may disagree for a while on who leads
    } else {
      call.fail(error == null ? EtcdError.TIMEOUT : error);
    }
  }

  /** Leases that were granted or have ended. */
  void applied(List<Applied.LeaseChange> changes) {
    for (Applied.LeaseChange change : changes) {
      clock.apply(change, nowTick);
      if (change.ttlMillis() == 0) {
        List<Call> renewals = awaitingEnd.remove(change.leaseId());
        if (renewals != null) {
          renewals.forEach(r -> r.complete(new LeaseReply(0, 0)));
        }
      }
    }
  }

  /** The state was replaced by a snapshot with these leases. */
  void replace(Map<Long, Long> ttlMillisById) {
    clock.replace(ttlMillisById, nowTick);
  }

  /** This member leads from now on. */
  void startLeading() {
    leading = true;
    clock.startCounting(nowTick);
  }

  /** This member does not lead any more. */
  void stopLeading() {
    leading = false;
    clock.stopCounting();
    awaitingEnd.values().forEach(l -> l.forEach(this::askElsewhere));
    awaitingEnd.clear();
  }

  /**
   * What the former leader was asked it will not answer.
   *
   * @param leader 0 for none
   */
  void leaderChanged(long leader) {
    leaderKnown = leader != 0;
    unasked.addAll(asked.values());
    asked.clear();
  }

  /** Gives up what is overdue, and asks again where question or answer may have been lost. */
  void tick(long tick) {
    nowTick = tick;
    unasked.removeIf(this::expired);
    forLater.removeIf(this::expired);
    confirming.removeIf(this::expired);
    asked.values().removeIf(this::expired);
    awaitingEnd.values().forEach(l -> l.removeIf(this::expired));
    awaitingEnd.values().removeIf(List::isEmpty);
    unasked.addAll(forLater);
    forLater.clear();
    int patienceTicks = config.ticks(1_000);
    asked
        .values()
        .removeIf(
            call -> {
              boolean lost = nowTick - call.askedTick >= patienceTicks;
              if (lost) {
                unasked.add(call); // either question may be asked twice without harm
              }
              return lost;
            });
  }

  private boolean expired(Call call) {
    return call.expired(nowTick, leaderKnown ? EtcdError.TIMEOUT : EtcdError.NO_LEADER);
  }

  /** If this member leads: what has run out becomes a command, as soon as there is room for it. */
  void expireLeases() {
    if (!leading || host.isBehind()) {
      return;
    }
    List<Long> expired = clock.takeExpired(nowTick, MAX_EXPIRED_A_COMMAND);
    if (!expired.isEmpty()) {
      host.proposeUnasked(
          new Command.LeaseExpire(expired)); // should it be lost, the clock tells again
    }
  }

  void stop() {
    stopped = true;
    refuseIncoming();
    unasked.forEach(c -> c.fail(EtcdError.STOPPED));
    forLater.forEach(c -> c.fail(EtcdError.STOPPED));
    confirming.forEach(c -> c.fail(EtcdError.STOPPED));
    asked.values().forEach(c -> c.fail(EtcdError.STOPPED));
    awaitingEnd.values().forEach(l -> l.forEach(c -> c.fail(EtcdError.STOPPED)));
  }

  /** What was asked while this member stopped. */
  void refuseIncoming() {
    Call call;
    while ((call = incoming.poll()) != null) {
      call.fail(EtcdError.STOPPED);
    }
  }
}
