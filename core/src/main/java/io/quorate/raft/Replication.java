package io.quorate.raft;

import io.quorate.raft.Message.AppendRequest;
import io.quorate.raft.Message.AppendResponse;
import io.quorate.raft.Message.Heartbeat;
import io.quorate.raft.Message.HeartbeatResponse;
import io.quorate.raft.RaftStatus.Feeding;
import io.quorate.raft.progress.Progress;
import java.util.List;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The log from leader to followers (paper 5.3), pipelined (thesis 10.2.1). A leader sends at the
 * end of the turn, so that all that was proposed in it travels together.
 */
final class Replication {
  private final Raft raft;
  private final RaftState s;
  private final LongUnaryOperator durableAt;

  // Bounds our own tail (entries above countedFrom), not what was inherited.
  private long uncommittedBytes;
  private long countedFrom;

  // To be sent something at the end of the turn, were it empty.
  private final TreeSet<Long> woken = new TreeSet<>(Long::compareUnsigned);

  // Followers in step are sent the same entries: cut them out of the log once.
  private long sharedFrom;
  private List<Entry> shared = List.of();

  Replication(Raft raft) {
    this.raft = raft;
    this.s = raft.state;
    this.durableAt = this::durableAt;
  }

  // --- leader ---

  void beginTerm() {
    TreeSet<Long> voters = new TreeSet<>(Long::compareUnsigned);
    voters.addAll(s.conf().voters());
    voters.addAll(s.conf().votersOutgoing());
    voters.remove(s.id());
    voters.forEach(id -> feed(id, false));
    s.conf().learners().forEach(id -> feed(id, true));
    uncommittedBytes = 0;
    countedFrom = s.log.lastIndex();
    append(Entry.Kind.NORMAL, new byte[0]);
  }

  /**
   * A change has added member {@code id}, or made it a voter or a learner. A new member has had no
   * time to answer, so the next quorum check does not count it as missing.
   */
  void follow(long id, boolean learner) {
    Progress known = s.followers.get(id);
    if (known != null) {
      known.setLearner(learner);
    } else if (id != s.id()) {
      feed(id, learner).excuse();
    }
  }

  /** Begins to feed {@code id}, optimistic that it has what we have. */
  private Progress feed(long id, boolean learner) {
    int messages = s.config.maxInflightMessages();
    long bytes = s.config.maxInflightBytes();
    Progress follower = new Progress(id, learner, s.log.lastIndex() + 1, messages, bytes);
    s.followers.put(id, follower);
    wake(id);
    return follower;
  }

  LogPosition append(Entry.Kind kind, byte[] data) {
    Entry entry = new Entry(new LogPosition(s.term, s.log.lastIndex() + 1), kind, data);
    s.log.append(entry);
    uncommittedBytes += entry.sizeBytes();
    s.sendsDue = true;
    return entry.position();
  }

  /** One entry is always taken when nothing is under way, or a large one never could be. */
  boolean hasRoomFor(byte[] data) {
    return uncommittedBytes == 0
        || uncommittedBytes + data.length + Entry.OVERHEAD_BYTES <= s.config.maxUncommittedBytes();
  }

  private long durableAt(long id) {
    // Our own copy is like any other: it counts when the disk has it.
    if (id == s.id()) {
      return s.log.persisted();
    }
    Progress follower = s.followers.get(id);
    return follower == null ? 0 : follower.match();
  }

  /**
   * Paper 5.3, 5.4.2, fig. 8: what a majority holds durably is committed, but only an entry of our
   * own term is ever counted; those before it are committed with it.
   */
  void commitByCounting() {
    long index = s.quorum().committedIndex(durableAt);
    if (index > s.log.committed() && s.log.termAt(index) == s.term) {
      for (long i = Math.max(s.log.committed(), countedFrom) + 1; i <= index; i++) {
        uncommittedBytes -= s.log.get(i).sizeBytes();
      }
      s.log.commitTo(index);
      s.sendsDue = true;
    }
  }

  /** Lets {@code id} be sent an AppendRequest at the end of the turn, an empty one if need be. */
  private void wake(long id) {
    woken.add(id);
    s.sendsDue = true;
  }

  /** The turn ends: each follower is sent what is new, as far as its window has room. */
  void gather() {
    if (s.isLeader() && s.sendsDue) {
      for (Progress follower : s.followers.values()) {
        send(follower, woken.contains(follower.id()));
      }
    }
    woken.clear();
    shared = List.of();
    s.sendsDue = false;
  }

  private void send(Progress follower, boolean evenEmpty) {
    boolean must = evenEmpty;
    while (!follower.paused()) {
      long from = follower.next();
      long prevTerm = s.log.termAt(from - 1);
      if (prevTerm < 0) {
        raft.snapshots.send(follower);
        return;
      }
      List<Entry> entries = entriesFor(follower);
      if (entries.isEmpty() && !must && follower.sentCommit() >= s.log.effective()) {
        return;
      }
      long bytes = entries.stream().mapToLong(Entry::sizeBytes).sum();
      LogPosition prev = new LogPosition(prevTerm, from - 1);
      long commit = s.log.effective();
      s.now.add(new AppendRequest(s.id(), follower.id(), s.term, prev, entries, commit));
      follower.sent(entries.size(), bytes, commit);
      must = false;
      if (entries.isEmpty()) {
        return;
      }
    }
  }

  private List<Entry> entriesFor(Progress follower) {
    long room = Math.min(s.config.maxAppendBytes(), follower.roomBytes());
    if (room == 0) {
      return List.of();
    }
    long from = follower.next();
    // An entry above maxAppendBytes goes alone if the window can take it, and one above the window
    // when nothing else is in it.
    boolean alone =
        follower.takesOversized()
            || (from <= s.log.lastIndex() && s.log.get(from).sizeBytes() <= follower.roomBytes());
    long to = s.log.fitting(from, room, alone);
    if (from != sharedFrom || shared.size() != to - from + 1) {
      shared = s.log.slice(from, to);
      sharedFrom = from;
    }
    return shared;
  }

  /** Paper 5.2: heartbeats keep followers from campaigning. */
  void tickLeading() {
    s.heartbeatElapsed++;
    if (s.heartbeatElapsed >= s.config.heartbeatTicks()) {
      s.heartbeatElapsed = 0;
      long readRound = raft.reads.openRound();
      s.followers.values().forEach(follower -> heartbeat(follower, readRound));
    }
  }

  void heartbeat(Progress follower, long readRound) {
    // Never above what the follower is known to have: it would have to believe us blindly.
    long commit = Math.min(follower.match(), s.log.effective());
    s.now.add(new Heartbeat(s.id(), follower.id(), s.term, commit, readRound));
  }

  void onAppendResponse(AppendResponse m) {
    Progress follower = follower(m);
    if (follower == null) {
      return;
    }
    follower.heard();
    if (m.rejected()) {
      onRejected(follower, m);
    } else if (m.index() <= s.log.lastIndex()) {
      onAccepted(follower, m);
    }
  }

  /**
   * Paper 5.3, fast back-tracking: the follower tells the last of its entries that may agree; we
   * skip all of ours that are of a later term, instead of stepping back one by one.
   */
  private void onRejected(Progress follower, AppendResponse m) {
    LogPosition hint = m.hint();
    long agreeing = hint.index();
    if (hint.term() > 0) {
      agreeing = s.log.lastAgreeing(hint.index(), hint.term()).index();
    }
    if (follower.rejected(m.index(), Math.max(0, agreeing))) {
      wake(follower.id());
    }
  }

  /** Paper 5.3: the follower's log is as ours up to there, durably. */
  private void onAccepted(Progress follower, AppendResponse m) {
    boolean news = follower.acknowledged(m.index());
    switch (follower.feeding()) {
      case PROBE -> {
        if (news || follower.match() == m.index()) {
          follower.becomeReplicate();
        }
      }
      case SNAPSHOT -> {
        // It got there some other way, or the host's report is still to come.
        if (follower.match() >= s.log.start().index()) {
          follower.becomeReplicate();
        }
      }
      case REPLICATE -> {}
    }
    if (news) {
      commitByCounting();
      raft.elections.handOverIfCaughtUp(follower);
    }
    if (follower.next() <= s.log.lastIndex() || follower.sentCommit() < s.log.effective()) {
      s.sendsDue = true;
    }
  }

  void onHeartbeatResponse(HeartbeatResponse m) {
    Progress follower = follower(m);
    if (follower == null) {
      return;
    }
    follower.heard();
    follower.resumeProbe();
    // It lives, and yet lacks something: what was sent may be lost. An empty message behind it
    // will be refused if so.
    if (follower.match() < s.log.lastIndex() || follower.feeding() == Feeding.PROBE) {
      wake(follower.id());
    }
    raft.reads.onConfirmed(follower, m.readRound());
  }

  private @Nullable Progress follower(Message m) {
    return s.isLeader() ? s.followers.get(m.from()) : null;
  }

  void unreachable(long peer) {
    Progress follower = s.followers.get(peer);
    if (follower != null && follower.feeding() == Feeding.REPLICATE) {
      follower.becomeProbe();
    }
  }

  // --- follower ---

  /**
   * Paper 5.3, fig. 2: refuse unless our log has {@code prev}; drop what differs, append, commit
   * what the leader says, as far as this message vouches for it.
   */
  void onAppendRequest(AppendRequest m) {
    if (!isWellFormed(m)) {
      return;
    }
    LogPosition prev = m.prev();
    List<Entry> entries = m.entries();
    long committed = s.log.committed();
    if (prev.index() < committed) {
      // What is committed needs no comparing, and may be forgotten here already.
      int known = (int) Math.min(entries.size(), committed - prev.index());
      if (prev.index() + known < committed) {
        accept(m, committed);
        return;
      }
      prev = entries.get(known - 1).position();
      entries = entries.subList(known, entries.size());
    }
    if (!s.log.has(prev)) {
      LogPosition hint = s.log.lastAgreeing(prev.index(), prev.term());
      s.now.add(new AppendResponse(s.id(), m.from(), s.term, m.prev().index(), true, hint));
      return;
    }
    s.log.merge(entries);
    long last = prev.index() + entries.size();
    s.log.commitTo(Math.min(m.commit(), last));
    accept(m, last);
  }

  private static boolean isWellFormed(AppendRequest m) {
    LogPosition before = m.prev();
    if (before.index() < 0 || before.term() < 0) {
      return false;
    }
    for (Entry entry : m.entries()) {
      if (entry.index() != before.index() + 1 || entry.term() < before.term()) {
        return false;
      }
      before = entry.position();
    }
    return before.term() <= m.term();
  }

  /** Paper 5.1, fig. 2: an acknowledgement is a promise, so it waits for the disk. */
  void accept(Message request, long index) {
    AppendResponse answer =
        new AppendResponse(s.id(), request.from(), s.term, index, false, LogPosition.ZERO);
    // Of the acknowledgements of one turn the last says it all.
    List<Message> out = s.afterPersist;
    int last = out.size() - 1;
    if (last >= 0
        && out.get(last) instanceof AppendResponse before
        && before.to() == answer.to()
        && before.term() == answer.term()
        && before.index() <= index) {
      out.set(last, answer);
    } else {
      out.add(answer);
    }
  }

  /** Paper 5.1: a leader of an old term is told the new term, and steps down. */
  void refuseStale(Message m) {
    s.now.add(new AppendResponse(s.id(), m.from(), s.term, 0, true, LogPosition.ZERO));
  }

  /**
   * Another member knows this position to be committed; if our log has it, everything before it is
   * committed too.
   */
  void learnCommitted(LogPosition position) {
    if (!s.isLeader() && position.index() > s.log.committed() && s.log.has(position)) {
      s.log.commitTo(position.index());
    }
  }

  void onHeartbeat(Heartbeat m) {
    if (m.commit() <= s.log.lastIndex()) {
      s.log.commitTo(m.commit());
    }
    s.now.add(new HeartbeatResponse(s.id(), m.from(), s.term, m.readRound()));
  }

  void validate() {
    if (!s.isLeader() && !s.followers.isEmpty()) {
      throw new IllegalStateException(s.role + " tracks followers");
    }
    for (Progress follower : s.followers.values()) {
      follower.validate();
      if (follower.match() > s.log.lastIndex()) {
        throw new IllegalStateException(
            "follower " + follower.id() + " has " + follower.match() + " of " + s.log);
      }
    }
    if (s.isLeader()) {
      long bytes = 0;
      for (long i = Math.max(s.log.committed(), countedFrom) + 1; i <= s.log.lastIndex(); i++) {
        bytes += s.log.get(i).sizeBytes();
      }
      if (bytes != uncommittedBytes) {
        throw new IllegalStateException(
            "uncommitted are " + bytes + " bytes, counted " + uncommittedBytes);
      }
    }
  }
}
