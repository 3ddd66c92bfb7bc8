package io.quorate.raft;

import java.util.List;

/**
 * What members say to each other. {@code term} is the sender's, except where told otherwise.
 * Foreign input: a receiver checks, and drops what makes no sense, it never asserts.
 */
public sealed interface Message {
  long from();

  long to();

  long term();

  Kind kind();

  /** For switches that the compiler checks for completeness. */
  enum Kind {
    VOTE_REQUEST,
    VOTE_RESPONSE,
    APPEND_REQUEST,
    APPEND_RESPONSE,
    HEARTBEAT,
    HEARTBEAT_RESPONSE,
    INSTALL_SNAPSHOT,
    TIMEOUT_NOW,
    READ_INDEX_REQUEST,
    READ_INDEX_RESPONSE
  }

  /**
   * Asks for a vote (paper 5.2), or whether one would be given (pre-vote, thesis 9.6; then {@code
   * term} is the one the sender would campaign in).
   *
   * @param transfer part of a leadership transfer: ignore that there is a leader (thesis 4.2.3)
   */
  record VoteRequest(
      long from, long to, long term, LogPosition last, boolean preVote, boolean transfer)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.VOTE_REQUEST;
    }
  }

  /**
   * @param committed the last position the sender knows to be committed. A voter that has not heard
   *     that a joint configuration was left would otherwise need votes that it may never get: of
   *     members that no longer count, with longer logs than its own
   */
  record VoteResponse(
      long from, long to, long term, boolean granted, boolean preVote, LogPosition committed)
      implements Message {

    /** Without a word on what is committed. */
    public VoteResponse(long from, long to, long term, boolean granted, boolean preVote) {
      this(from, to, term, granted, preVote, LogPosition.ZERO);
    }

    @Override
    public Kind kind() {
      return Kind.VOTE_RESPONSE;
    }
  }

  /**
   * @param prev position of the entry before the first one; the receiver must have it
   */
  record AppendRequest(
      long from, long to, long term, LogPosition prev, List<Entry> entries, long commit)
      implements Message {
    public AppendRequest {
      entries = List.copyOf(entries);
    }

    @Override
    public Kind kind() {
      return Kind.APPEND_REQUEST;
    }
  }

  /**
   * @param index accepted: the last index that is durable at the sender; rejected: the {@code prev}
   *     index refused
   * @param hint rejected: where the logs may still agree (fast back-tracking, paper 5.3)
   */
  record AppendResponse(
      long from, long to, long term, long index, boolean rejected, LogPosition hint)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.APPEND_RESPONSE;
    }
  }

  /**
   * @param commit never above what the receiver is known to have
   * @param readRound highest ReadIndex round to be confirmed (thesis 6.4), 0 for none
   */
  record Heartbeat(long from, long to, long term, long commit, long readRound) implements Message {
    @Override
    public Kind kind() {
      return Kind.HEARTBEAT;
    }
  }

  record HeartbeatResponse(long from, long to, long term, long readRound) implements Message {
    @Override
    public Kind kind() {
      return Kind.HEARTBEAT_RESPONSE;
    }
  }

  /**
   * The sender has no log left for the receiver. The host carries the snapshot itself, and hands
   * this to the receiving Raft once all of it is there.
   */
  record InstallSnapshot(long from, long to, long term, SnapshotMeta meta) implements Message {
    @Override
    public Kind kind() {
      return Kind.INSTALL_SNAPSHOT;
    }
  }

  /** Leadership transfer: campaign at once (thesis 3.10). */
  record TimeoutNow(long from, long to, long term) implements Message {
    @Override
    public Kind kind() {
      return Kind.TIMEOUT_NOW;
    }
  }

  /**
   * A follower asks the leader for a read index.
   *
   * @param context the asker's own number for it, unique within its process life
   */
  record ReadIndexRequest(long from, long to, long term, long context) implements Message {
    @Override
    public Kind kind() {
      return Kind.READ_INDEX_REQUEST;
    }
  }

  record ReadIndexResponse(long from, long to, long term, long context, long index)
      implements Message {
    @Override
    public Kind kind() {
      return Kind.READ_INDEX_RESPONSE;
    }
  }
}
