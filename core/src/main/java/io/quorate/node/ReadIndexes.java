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
 * Linearizable reads (thesis 6.4). Reads share a round of ReadIndex that begins after they have
 * arrived, and then wait until this member has applied the log up to the index that the round has
 * found. A read goes from {@code incoming} to {@code unstarted}, into a round, and from there to
 * {@code confirmed}. Node loop only, except for {@link #ask}.
 */
final class ReadIndexes {
  /** Reads that arrive while so many rounds are under way share the next one. */
  private static final int MAX_ROUNDS = 2;

  private final NodeConfig config;
  private final Raft raft;
  private final Runnable wake;
  private final AtomicInteger waiting = new AtomicInteger();
  private final ConcurrentLinkedQueue<Read> incoming = new ConcurrentLinkedQueue<>();
  private final ArrayList<Read> unstarted = new ArrayList<>();
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

  private record Round(List<Read> reads, long startTick) {}

  private record Confirmed(long index, Read read) {}

  /**
   * @param wake lets a turn run soon; called on any thread
   */
  ReadIndexes(NodeConfig config, Raft raft, Runnable wake) {
    this.config = config;
    this.raft = raft;
    this.wake = wake;
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
    wake.run();
  }

  /**
   * As {@link #ask}, but without waiting for the next turn, and without a bound: for callers that
   * are bounded themselves.
   *
   * @param callback does not time out earlier than requests that arrived in the same turn
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
      unstarted.add(read);
    }
  }

  private static boolean isAbandoned(Read read) {
    return read.isAbandoned(EtcdError.TIMEOUT);
  }

  /** Begins a round for the reads that are in none yet, if there may be one more. */
  void push() {
    if (unstarted.isEmpty() || raft.leader() == 0 || rounds.size() >= MAX_ROUNDS) {
      return;
    }
    unstarted.removeIf(ReadIndexes::isAbandoned);
    if (unstarted.isEmpty()) {
      return;
    }
    long context = nextContext++;
    rounds.put(context, new Round(List.copyOf(unstarted), nowTick));
    unstarted.clear();
    raft.readIndex(context);
  }

  void onReadState(Ready.ReadState state, long applied) {
    Round round = rounds.remove(state.context());
    if (round == null) {
      return;
    }
    if (state.index() < 0) {
      putBack(round);
      return;
    }
    for (Read read : round.reads) {
      if (!read.isDone()) {
        confirmed.add(new Confirmed(state.index(), read));
      }
    }
    release(applied);
  }

  private void putBack(Round round) {
    for (Read read : round.reads) {
      if (!read.isDone()) {
        unstarted.add(read);
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

  /** Fails what has timed out, and repeats rounds whose messages may have been lost. */
  void tick(long tick) {
    nowTick = tick;
    unstarted.removeIf(this::isOver);
    rounds.values().forEach(round -> round.reads.forEach(this::isOver));
    confirmed.removeIf(c -> isOver(c.read));
    int timeoutTicks = config.ticks(500);
    List<Long> overdue = new ArrayList<>();
    for (Map.Entry<Long, Round> e : rounds.entrySet()) {
      if (nowTick - e.getValue().startTick < timeoutTicks) {
        break;
      }
      overdue.add(e.getKey());
    }
    for (long context : overdue) {
      Round round = rounds.remove(context);
      if (round != null) {
        putBack(round);
      }
    }
  }

  private boolean isOver(Read read) {
    return read.expired(nowTick, EtcdError.TIMEOUT) || isAbandoned(read);
  }

  void stop() {
    stopped = true;
    refuseIncoming();
    unstarted.forEach(r -> r.fail(EtcdError.STOPPED));
    rounds.values().forEach(round -> round.reads.forEach(r -> r.fail(EtcdError.STOPPED)));
    confirmed.forEach(c -> c.read.fail(EtcdError.STOPPED));
  }

  /** Fails what arrived while this member was being stopped. */
  void refuseIncoming() {
    Read read;
    while ((read = incoming.poll()) != null) {
      read.fail(EtcdError.STOPPED);
    }
  }
}
