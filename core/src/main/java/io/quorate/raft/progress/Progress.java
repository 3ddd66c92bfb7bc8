package io.quorate.raft.progress;

import io.quorate.raft.RaftStatus.Feeding;

/**
 * How far one follower is, and how it is fed (thesis 10.2.1, pipelining):
 *
 * <pre>
 *            accepted                     needs what the log has forgotten
 *   PROBE ──────────────► REPLICATE          PROBE, REPLICATE ──► SNAPSHOT
 *     ▲ ◄──────────────────── │                                      │
 *     │  rejected, unreachable                                       │
 *     └──────────────────────────────────────────────────────────────┘ carried, or given up
 * </pre>
 *
 * PROBE sends one message and waits for its answer; REPLICATE sends ahead within a window; SNAPSHOT
 * sends nothing. Invariants: (1) {@code match < next}; (2) what is in the window lies in {@code
 * (match, next)}; (3) the window is empty unless in REPLICATE.
 */
public final class Progress {
  private final long id;
  private final Inflights inflights;
  private boolean learner;
  private Feeding feeding = Feeding.PROBE;
  private long match;
  private long next;
  private boolean probeSent;
  private long pendingSnapshot;
  private boolean recentlyActive;
  private boolean excused;
  private long sentCommit;
  private long readRound;

  /**
   * @param next the index a first message begins with; 1 or above
   */
  public Progress(long id, boolean learner, long next, int maxMessages, long maxBytes) {
    if (next < 1) {
      throw new IllegalArgumentException("next must be 1 or above, got " + next);
    }
    this.id = id;
    this.learner = learner;
    this.next = next;
    this.inflights = new Inflights(maxMessages, maxBytes);
  }

  /** Falls back to one message at a time, from behind what is known to match. */
  public void becomeProbe() {
    // A snapshot that was carried counts as there until the follower says otherwise.
    next = Math.max(match, feeding == Feeding.SNAPSHOT ? pendingSnapshot : 0) + 1;
    become(Feeding.PROBE);
  }

  public void becomeReplicate() {
    become(Feeding.REPLICATE);
    next = match + 1;
  }

  /** Nothing is sent until the snapshot at {@code index} was carried, or given up. */
  public void becomeSnapshot(long index) {
    become(Feeding.SNAPSHOT);
    pendingSnapshot = index;
  }

  private void become(Feeding to) {
    feeding = to;
    probeSent = false;
    pendingSnapshot = 0;
    inflights.clear();
  }

  /** The host is done with the snapshot; wait for the follower's own word before probing on. */
  public void snapshotEnded(boolean arrived) {
    if (feeding != Feeding.SNAPSHOT) {
      return;
    }
    if (!arrived) {
      pendingSnapshot = 0;
    }
    becomeProbe();
    probeSent = true;
  }

  /** True if not even an empty message may be sent now. */
  public boolean paused() {
    return switch (feeding) {
      case PROBE -> probeSent;
      case REPLICATE -> false;
      case SNAPSHOT -> true;
    };
  }

  /** Bytes of entries one more message may carry within the window, 0 for none. */
  public long roomBytes() {
    return feeding == Feeding.REPLICATE ? inflights.roomBytes() : paused() ? 0 : Long.MAX_VALUE;
  }

  /** True if an entry above {@link #roomBytes()} may be sent all the same, alone. */
  public boolean takesOversized() {
    return feeding == Feeding.REPLICATE ? inflights.isEmpty() : !paused();
  }

  /**
   * A message with {@code count} entries from {@code next} on is being sent.
   *
   * @param commit the commit index it tells
   */
  public void sent(int count, long bytes, long commit) {
    sentCommit = Math.max(sentCommit, commit);
    switch (feeding) {
      case PROBE -> probeSent = true;
      case REPLICATE -> {
        if (count > 0) {
          next += count;
          inflights.add(next - 1, bytes);
        }
      }
      case SNAPSHOT -> throw new IllegalStateException("entries sent to " + id + " in SNAPSHOT");
    }
  }

  /**
   * The follower has everything up to {@code index}.
   *
   * @return true if that is news
   */
  public boolean acknowledged(long index) {
    boolean news = index > match;
    if (news) {
      match = index;
      probeSent = false;
    }
    next = Math.max(next, index + 1);
    inflights.freeUpTo(index);
    return news;
  }

  /**
   * The follower refused a message behind {@code prev}; back off.
   *
   * @param hint where its log may agree with ours
   * @return false if this answers something long superseded
   */
  public boolean rejected(long prev, long hint) {
    switch (feeding) {
      case REPLICATE -> {
        if (prev <= match) {
          return false;
        }
        becomeProbe();
        return true;
      }
      case PROBE -> {
        // Only one probe is under way; anything else was sent before.
        if (next - 1 != prev) {
          return false;
        }
        next = Math.max(Math.min(prev, hint + 1), match + 1);
        probeSent = false;
        return true;
      }
      case SNAPSHOT -> {
        return false;
      }
    }
    throw new IllegalStateException("feeding " + feeding);
  }

  /** Any answer: the follower lives, and a probe that got lost may be repeated. */
  public void heard() {
    recentlyActive = true;
  }

  /** A probe may be repeated. */
  public void resumeProbe() {
    probeSent = false;
  }

  /** The quorum check begins anew. */
  public void forgetActivity() {
    recentlyActive = false;
    excused = false;
  }

  /** The quorum check that is next is not to miss this one. */
  public void excuse() {
    excused = true;
  }

  /** True if it was heard of since the last quorum check, or could not be expected to be. */
  public boolean isPresent() {
    return recentlyActive || excused;
  }

  /** Confirms that the leader led when it began read round {@code round} (thesis 6.4). */
  public void confirmedRead(long round) {
    readRound = Math.max(readRound, round);
  }

  public void setLearner(boolean learner) {
    this.learner = learner;
  }

  public long id() {
    return id;
  }

  public boolean isLearner() {
    return learner;
  }

  public Feeding feeding() {
    return feeding;
  }

  public long match() {
    return match;
  }

  public long next() {
    return next;
  }

  public boolean recentlyActive() {
    return recentlyActive;
  }

  public long sentCommit() {
    return sentCommit;
  }

  public long readRound() {
    return readRound;
  }

  public Inflights inflights() {
    return inflights;
  }

  /** Throws {@link IllegalStateException} naming the invariant that is broken. */
  public void validate() {
    if (match >= next) {
      throw new IllegalStateException("follower " + id + ": match " + match + " >= next " + next);
    }
    if (feeding != Feeding.REPLICATE && !inflights.isEmpty()) {
      throw new IllegalStateException("follower " + id + ": window in use in " + feeding);
    }
    if ((feeding == Feeding.SNAPSHOT) != (pendingSnapshot > 0)) {
      throw new IllegalStateException(
          "follower " + id + ": snapshot " + pendingSnapshot + " pending in " + feeding);
    }
  }
}
