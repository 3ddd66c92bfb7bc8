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
 * Questions about leases, from this member's clients and from other members, and the countdown from
 * which they are answered. Only the leader counts ({@link LeaseClock}), so a follower forwards
 * them. A leader that was paused may have been replaced without knowing it, and its countdown is
 * void then: so it answers only after a round of ReadIndex that began after the question had
 * arrived. Node loop only, except for {@link #ask}.
 */
final class LeaseCalls {
  private static final int MAX_EXPIRED_PER_COMMAND = 1_000;

  /** What this needs of the node. */
  interface Host {
    /** True while the log can take no more. */
    boolean isBehind();

    /** Completes {@code led} once it is certain that this member led when this was called. */
    void confirmLeadership(Callback<Long> led);

    /** Proposes a command whose outcome nobody waits for. */
    void proposeAsNode(Command command);

    /** Lets a turn run soon, since there is something to do. Any thread. */
    void wake();
  }

  private final NodeConfig config;
  private final Raft raft;
  private final Outbox outbox;
  private final Host host;
  private final LeaseClock clock;
  private final AtomicInteger waiting = new AtomicInteger();
  private final ConcurrentLinkedQueue<Call> incoming = new ConcurrentLinkedQueue<>();

  /** Neither sent to the leader nor answered here, since there is no leader or it was lost. */
  private final ArrayDeque<Call> unsent = new ArrayDeque<>();

  /** Sent to the leader, by the context of the message. */
  private final LinkedHashMap<Long, Call> sent = new LinkedHashMap<>();

  /** Waiting until it is certain that this member leads. */
  private final ArrayList<Call> confirming = new ArrayList<>();

  /** To be sent again at the next tick. */
  private final ArrayList<Call> retryLater = new ArrayList<>();

  /**
   * Renewals of a lease whose end has been proposed, by lease; they wait for what becomes of it.
   */
  private final LinkedHashMap<Long, List<Call>> awaitingExpiry = new LinkedHashMap<>();

  private volatile boolean stopped;
  private boolean leading;
  private boolean leaderKnown;

  /** Starts at a random number, so that answers to this member's former process do not match. */
  private long nextContext;

  private long nowTick;

  private static final class Call extends Waiting<LeaseReply> {
    final Caller caller;
    final PeerMessage.LeaseQuestion question;
    final long leaseId;
    final boolean fromPeer;
    long sentTick;

    /**
     * @param fromPeer true if it came from another member, which itself will look for the leader if
     *     this one does not lead
     */
    Call(
        Caller caller,
        PeerMessage.LeaseQuestion question,
        long leaseId,
        boolean fromPeer,
        Callback<LeaseReply> callback,
        AtomicInteger counted) {
      super(callback, counted);
      this.caller = caller;
      this.question = question;
      this.leaseId = leaseId;
      this.fromPeer = fromPeer;
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
    unsent.add(call);
  }

  /** Sends what is unsent to the leader, if there is one, or answers it if that is this member. */
  void push() {
    if (unsent.isEmpty()) {
      return;
    }
    if (raft.isLeader()) {
      List<Call> calls = new ArrayList<>(unsent);
      unsent.clear();
      answerWhenConfirmed(calls);
      return;
    }
    long leader = raft.leader();
    if (leader == 0) {
      return;
    }
    Call call;
    while ((call = unsent.poll()) != null) {
      long context = nextContext++;
      call.sentTick = nowTick;
      sent.put(context, call);
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
            // each of the calls has a deadline of its own, which comes no later than this one
          }
        });
  }

  private void answer(Call call) {
    if (!leading) {
      retryElsewhere(call);
      return;
    }
    if (call.question == PeerMessage.LeaseQuestion.TIME_TO_LIVE) {
      Long remaining = clock.remainingSeconds(call.leaseId, nowTick);
      call.complete(
          remaining == null
              ? new LeaseReply(-1, 0)
              : new LeaseReply(remaining, clock.grantedSeconds(call.leaseId)));
    } else if (clock.isExpiring(call.leaseId)) {
      awaitingExpiry.computeIfAbsent(call.leaseId, id -> new ArrayList<>()).add(call);
    } else {
      long ttlSeconds = clock.renew(call.leaseId, nowTick);
      call.complete(new LeaseReply(ttlSeconds, ttlSeconds));
    }
  }

  /** For a call that this member cannot answer, as it does not lead any more. */
  private void retryElsewhere(Call call) {
    if (call.fromPeer) {
      call.fail(EtcdError.LEADER_CHANGED);
    } else {
      retryLater.add(call);
    }
  }

  /** A question from another member. */
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

  /** An answer from another member. */
  void onAnswer(PeerMessage.LeaseAnswer answer) {
    Call call = sent.remove(answer.context());
    if (call == null) {
      return;
    }
    if (answer.error() == null) {
      call.complete(new LeaseReply(answer.ttlSeconds(), answer.grantedTtlSeconds()));
      return;
    }
    EtcdError error = Refusals.errorNamed(answer.error());
    if (error == EtcdError.NOT_LEADER || error == EtcdError.LEADER_CHANGED) {
      retryLater.add(call); // not at once, as the two members may disagree on who leads for a while
    } else {
      call.fail(error == null ? EtcdError.TIMEOUT : error);
    }
  }

  /** Leases were granted or have ended. */
  void applied(List<Applied.LeaseChange> changes) {
    for (Applied.LeaseChange change : changes) {
      clock.apply(change, nowTick);
      if (change.ttlMillis() == 0) {
        List<Call> renewals = awaitingExpiry.remove(change.leaseId());
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
    awaitingExpiry.values().forEach(l -> l.forEach(this::retryElsewhere));
    awaitingExpiry.clear();
  }

  /**
   * Questions that were sent to the former leader must be sent again.
   *
   * @param leader 0 for none
   */
  void leaderChanged(long leader) {
    leaderKnown = leader != 0;
    unsent.addAll(sent.values());
    sent.clear();
  }

  /** Fails what has timed out, and repeats questions if they or the answers may have been lost. */
  void tick(long tick) {
    nowTick = tick;
    unsent.removeIf(this::expired);
    retryLater.removeIf(this::expired);
    confirming.removeIf(this::expired);
    sent.values().removeIf(this::expired);
    awaitingExpiry.values().forEach(l -> l.removeIf(this::expired));
    awaitingExpiry.values().removeIf(List::isEmpty);
    unsent.addAll(retryLater);
    retryLater.clear();
    int timeoutTicks = config.ticks(1_000);
    sent.values()
        .removeIf(
            call -> {
              boolean lost = nowTick - call.sentTick >= timeoutTicks;
              if (lost) {
                unsent.add(call); // questions of both kinds may be repeated without harm
              }
              return lost;
            });
  }

  private boolean expired(Call call) {
    return call.expired(nowTick, leaderKnown ? EtcdError.TIMEOUT : EtcdError.NO_LEADER);
  }

  /** If this member leads and the log has room, proposes the end of leases that have run out. */
  void expireLeases() {
    if (!leading || host.isBehind()) {
      return;
    }
    List<Long> expired = clock.takeExpired(nowTick, MAX_EXPIRED_PER_COMMAND);
    if (!expired.isEmpty()) {
      // if the proposal gets lost, the clock returns them again
      host.proposeAsNode(new Command.LeaseExpire(expired));
    }
  }

  void stop() {
    stopped = true;
    refuseIncoming();
    unsent.forEach(c -> c.fail(EtcdError.STOPPED));
    retryLater.forEach(c -> c.fail(EtcdError.STOPPED));
    confirming.forEach(c -> c.fail(EtcdError.STOPPED));
    sent.values().forEach(c -> c.fail(EtcdError.STOPPED));
    awaitingExpiry.values().forEach(l -> l.forEach(c -> c.fail(EtcdError.STOPPED)));
  }

  /** Fails what arrived while this member was being stopped. */
  void refuseIncoming() {
    Call call;
    while ((call = incoming.poll()) != null) {
      call.fail(EtcdError.STOPPED);
    }
  }
}
