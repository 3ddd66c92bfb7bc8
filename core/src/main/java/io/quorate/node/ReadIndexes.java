package io.quorate.node;

import io.quorate.command.EtcdError;
import io.quorate.raft.Raft;
import io.quorate.raft.Ready;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Linearizable reads (thesis 6.4): those who ask share a round of ReadIndex that begins after them,
 * and then wait until this member has applied as far as the round says. A read goes from incoming
 * to unasked, into a round, and from there to the confirmed ones. Node loop only, except for {@link
 * #ask}.
 */
final class ReadIndexes {
  /** Those who ask while so many rounds are under way share the next one. */
  private static final int MAX_ROUNDS = 2;

  /** What reads need of the node. */
  interface Host {
    /** There is something to take in at the next turn. Any thread. */
    void wake();
  }

  private final NodeConfig config;
  private final Raft raft;
  private final Host host;
  private final AtomicInteger waiting = new AtomicInteger();
  private final ConcurrentLinkedQueue<Read> incoming = new ConcurrentLinkedQueue<>();
  private final ArrayList<Read> unasked = new ArrayList<>();
  private final LinkedHashMap<Long, Round> rounds = new LinkedHashMap<>();
  private final PriorityQueue<Confirmed> confirmed =
      new PriorityQueue<>(Comparator.comparingLong(Confirmed::index));
  private volatile boolean stopped;
  private long nextContext = 1;
  private long nowTick;

  private static final class Read extends Waiting<Long> {
    Read(Callback<Long> callback, AtomicInteger counted) {
      super(callback, counted);
    }
  }

  private record Round(List<Read> reads, long askedTick) {}

  private record Confirmed(long index, Read read) {}

  ReadIndexes(NodeConfig config, Raft raft, Host host) {
    this.config = config;
    this.raft = raft;
    this.host = host;
  }

  /** See {@link NodeDriver#readIndex}. Any thread. */
  void ask(Callback<Long> callback) {
    if (stopped) {
      callback.fail(EtcdError.STOPPED);
      return;
    }
    if (waiting.get() >= config.maxPendingRequests()) {
      callback.fail(EtcdError.TOO_MANY_REQUESTS);
      return;
    }
    waiting.incrementAndGet();
    incoming.add(new Read(callback, waiting));
    host.wake();
  }

  /**
   * As {@link #ask}, at once and whatever the bound: for something else that is bounded itself.
   *
   * @param callback fails with TIMEOUT no earlier than what was asked in the same turn
   */
  void confirm(Callback<Long> callback) {
    waiting.incrementAndGet();
    takeIn(new Read(callback, waiting));
    push();
  }

  void takeIncoming() {
    Read read;
    while ((read = incoming.poll()) != null) {
      takeIn(read);
    }
  }

  private void takeIn(Read read) {
    if (!isAbandoned(read)) {
      read.deadlineTick = nowTick + config.requestTimeoutTicks();
      unasked.add(read);
    }
  }

  private static boolean isAbandoned(Read read) {
    return read.isAbandoned(EtcdError.TIMEOUT);
  }

  /** Begins a round for those who have not been part of one, if there may be one more. */
  void push() {
    if (unasked.isEmpty() || raft.leader() == 0 || rounds.size() >= MAX_ROUNDS) {
      return;
    }
    unasked.removeIf(ReadIndexes::isAbandoned);
    if (unasked.isEmpty()) {
      return;
    }
    long context = nextContext++;
    rounds.put(context, new Round(List.copyOf(unasked), nowTick));
    unasked.clear();
    raft.readIndex(context);
  }

  void onReadState(Ready.ReadState state, long applied) {
    Round round = rounds.remove(state.context());
    if (round == null) {
      return;
    }
    if (state.index() < 0) {
      askLater(round);
      return;
    }
    for (Read read : round.reads) {
      if (!read.isDone()) {
        confirmed.add(new Confirmed(state.index(), read));
      }
    }
    release(applied);
  }

  private void askLater(Round round) {
    for (Read read : round.reads) {
      if (!read.isDone()) {
        unasked.add(read);
      }
    }
  }

  /** This member has applied everything up to {@code applied}. */
  void release(long applied) {
    Confirmed head;
    while ((head = confirmed.peek()) != null && head.index <= applied) {
      confirmed.poll();
      head.read.complete(head.index);
    }
  }

  /** Gives up what is overdue, and asks again where question or answer may have been lost. */
  void tick(long tick) {
    nowTick = tick;
    unasked.removeIf(this::isOver);
    rounds.values().forEach(round -> round.reads.forEach(this::isOver));
    confirmed.removeIf(c -> isOver(c.read));
    int patienceTicks = config.ticks(500);
    List<Long> overdue = new ArrayList<>();
    for (Map.Entry<Long, Round> e : rounds.entrySet()) {
      if (nowTick - e.getValue().askedTick < patienceTicks) {
        break;
      }
      overdue.add(e.getKey());
    }
    for (long context : overdue) {
      Round round = rounds.remove(context);
      if (round != null) {
        askLater(round);
      }
    }
  }

  private boolean isOver(Read read) {
    return read.expired(nowTick, EtcdError.TIMEOUT) || isAbandoned(read);
  }

  void stop() {
    stopped = true;
    refuseIncoming();
    unasked.forEach(r -> r.fail(EtcdError.STOPPED));
    rounds.values().forEach(round -> round.reads.forEach(r -> r.fail(EtcdError.STOPPED)));
    confirmed.forEach(c -> c.read.fail(EtcdError.STOPPED));
  }

  /** What was asked while this member stopped. */
  void refuseIncoming() {
    Read read;
    while ((read = incoming.poll()) != null) {
      read.fail(EtcdError.STOPPED);
    }
  }
}
