package io.quorate.raft;

import io.quorate.raft.Message.ReadIndexRequest;
import io.quorate.raft.Message.ReadIndexResponse;
import io.quorate.raft.progress.Progress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Reads without a log entry (ReadIndex, thesis 6.4). The leader notes its commit index, and has a
 * majority confirm that it leads still; all reads that wait at the end of a turn share one such
 * round. Followers collect theirs likewise and have the leader do it.
 *
 * <p>A round counts only for reads asked before it began: a confirmation that is on its way already
 * says nothing of the time after.
 */
final class Reads {
  /** Rounds, or requests to the leader, that may be under way at once; later reads wait. */
  static final int MAX_UNDER_WAY = 4;

  /** Reads of this member that may wait; above it they are given up at once. */
  static final int MAX_WAITING = 1 << 16;

  private static final long GIVEN_UP = -1;

  private record Round(long number, long index, List<Long> contexts, TreeMap<Long, Long> asked) {}

  private record Forwarded(long number, List<Long> contexts) {}

  private final Raft raft;
  private final RaftState s;
  private List<Long> waiting = new ArrayList<>();

  // Leader: each other member's newest request. A later one covers those before it.
  private TreeMap<Long, Long> asked = new TreeMap<>(Long::compareUnsigned);
  private final ArrayDeque<Round> rounds = new ArrayDeque<>();
  private long roundNumber;

  // Follower.
  private final ArrayDeque<Forwarded> forwarded = new ArrayDeque<>();
  private long forwardNumber;

  Reads(Raft raft) {
    this.raft = raft;
    this.s = raft.state;
    // An answer to what this member asked before a restart must not fit anything it asks now.
    this.forwardNumber = (s.jitter.next() >>> 33) << 32;
  }

  void ask(long context) {
    if (context == 0) {
      throw new IllegalArgumentException("context must not be 0");
    }
    if (waiting.size() >= MAX_WAITING) {
      answer(context, GIVEN_UP);
    } else {
      waiting.add(context);
    }
  }

  private void answer(long context, long index) {
    s.reads.add(new Ready.ReadState(context, index));
  }

  /** True if {@link #begin} has something to do. */
  boolean due() {
    if (s.isLeader()) {
      return (!waiting.isEmpty() || !asked.isEmpty())
          && rounds.size() < MAX_UNDER_WAY
          && s.committedInTerm();
    }
    return s.leader != 0 && !waiting.isEmpty() && forwarded.size() < MAX_UNDER_WAY;
  }

  /** The turn ends: what waits begins its way together. */
  void begin() {
    if (!due()) {
      return;
    }
    List<Long> contexts = waiting;
    waiting = new ArrayList<>();
    if (s.isLeader()) {
      beginRound(contexts);
    } else {
      forwarded.addLast(new Forwarded(++forwardNumber, contexts));
      forward();
    }
  }

  // --- leader ---

  /** Thesis 6.4, step 1 to 3: the commit index, then a round of heartbeats. */
  private void beginRound(List<Long> contexts) {
    Round round = new Round(++roundNumber, s.log.committed(), contexts, asked);
    asked = new TreeMap<>(Long::compareUnsigned);
    if (s.quorum().isJust(s.id())) {
      confirm(round);
      return;
    }
    rounds.addLast(round);
    for (Progress follower : s.followers.values()) {
      if (!follower.isLearner()) {
        raft.replication.heartbeat(follower, roundNumber);
      }
    }
  }

  /** The round a heartbeat should ask to be confirmed, 0 for none. */
  long openRound() {
    return rounds.isEmpty() ? 0 : rounds.getLast().number();
  }

  void onConfirmed(Progress follower, long round) {
    if (round > 0 && round <= roundNumber) {
      follower.confirmedRead(round);
      confirmByCounting();
    }
  }

  void quorumChanged() {
    asked.keySet().removeIf(id -> !s.followers.containsKey(id));
    confirmByCounting();
  }

  /**
   * A majority answered a heartbeat of that round or a later one: no other member led when it
   * began.
   */
  private void confirmByCounting() {
    if (rounds.isEmpty()) {
      return;
    }
    long confirmed = s.quorum().committedIndex(this::confirmedBy);
    while (!rounds.isEmpty() && rounds.getFirst().number() <= confirmed) {
      confirm(rounds.removeFirst());
    }
  }

  private long confirmedBy(long id) {
    Progress follower = s.followers.get(id);
    return id == s.id() ? roundNumber : follower == null ? 0 : follower.readRound();
  }

  private void confirm(Round round) {
    round.contexts().forEach(context -> answer(context, round.index()));
    round
        .asked()
        .forEach(
            (from, number) ->
                s.now.add(new ReadIndexResponse(s.id(), from, s.term, number, round.index())));
  }

  /** A follower's reads join the next round. */
  void onRequest(ReadIndexRequest m) {
    if (s.isLeader() && s.followers.containsKey(m.from())) {
      asked.put(m.from(), m.context());
    }
  }

  // --- follower ---

  private void forward() {
    s.now.add(new ReadIndexRequest(s.id(), s.leader, s.term, forwarded.getLast().number()));
  }

  /** Requests and answers get lost; the newest request speaks for all before it. */
  void tickFollowing() {
    s.heartbeatElapsed++;
    if (s.heartbeatElapsed >= s.config.heartbeatTicks()) {
      s.heartbeatElapsed = 0;
      if (s.leader != 0 && !forwarded.isEmpty()) {
        forward();
      }
    }
  }

  void onResponse(ReadIndexResponse m) {
    boolean ours = forwarded.stream().anyMatch(f -> f.number() == m.context());
    if (m.from() != s.leader || !ours || m.index() < 0) {
      return;
    }
    while (!forwarded.isEmpty() && forwarded.getFirst().number() <= m.context()) {
      forwarded.removeFirst().contexts().forEach(context -> answer(context, m.index()));
    }
  }

  /**
   * The former leader may never answer, so reads sent to it are given up. Reads that only wait for
   * a leader keep waiting.
   *
   * @param led we were the leader ourselves
   */
  void leadershipMoved(boolean led) {
    rounds.forEach(round -> round.contexts().forEach(context -> answer(context, GIVEN_UP)));
    rounds.clear();
    asked.clear();
    forwarded.forEach(f -> f.contexts().forEach(context -> answer(context, GIVEN_UP)));
    forwarded.clear();
    if (led) {
      waiting.forEach(context -> answer(context, GIVEN_UP));
      waiting.clear();
    }
  }

  void validate() {
    if (!s.isLeader() && (!rounds.isEmpty() || !asked.isEmpty())) {
      throw new IllegalStateException(s.role + " holds read rounds");
    }
    if (s.leader == 0 && !forwarded.isEmpty()) {
      throw new IllegalStateException("reads are forwarded to nobody");
    }
  }
}
