package io.quorate.codec;

import io.quorate.command.Caller;
import io.quorate.command.Proposal;
import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message between members; a {@link PeerFrame} holds several. */
public sealed interface PeerMessage {

  /** A message of Raft. */
  record OfRaft(Message message) implements PeerMessage {}

  /** Proposals for the leader to put into the log. */
  record Forward(List<Proposal> proposals) implements PeerMessage {
    public Forward {
      proposals = List.copyOf(proposals);
    }
  }

  /**
   * A configuration change for the leader to propose.
   *
   * @param change as {@link CommandCodec#encodeChange} encodes it, with its caller
   */
  record ForwardChange(long requestId, byte[] change) implements PeerMessage {}

  /**
   * Proposals that the receiver of a {@link Forward} certainly did not and will not put into the
   * log.
   *
   * @param reason name of an EtcdError: NOT_LEADER (they may be sent elsewhere), or the one to
   *     answer the clients with
   */
  record ForwardRefused(List<Long> requestIds, String reason) implements PeerMessage {
    public ForwardRefused {
      requestIds = List.copyOf(requestIds);
    }
  }

  /** Questions about leases that only the leader can answer. */
  enum LeaseQuestion {
    KEEP_ALIVE,
    TIME_TO_LIVE
  }

  /**
   * Asks the leader about a lease.
   *
   * @param context number that the sender gives it; repeated in the answer
   */
  record LeaseAsk(long context, LeaseQuestion question, Caller caller, long leaseId)
      implements PeerMessage {}

  /**
   * @param ttlSeconds remaining (TIME_TO_LIVE) or granted (KEEP_ALIVE); -1 or 0, respectively, if
   *     there is no such lease, as in etcd
   * @param error name of an EtcdError, null if answered
   */
  record LeaseAnswer(long context, long ttlSeconds, long grantedTtlSeconds, @Nullable String error)
      implements PeerMessage {}

  /**
   * Asks a member for a hash of its store. Only sent from the feature level AUTH on.
   *
   * @param context number that the sender gives it; repeated in the answer
   * @param revision 0 for the newest
   */
  record HashAsk(long context, long revision) implements PeerMessage {}

  /**
   * @param compactRevision -1 if nothing below {@code hashRevision} had been compacted
   * @param error name of an EtcdError, null if answered
   */
  record HashAnswer(
      long context, int hash, long compactRevision, long hashRevision, @Nullable String error)
      implements PeerMessage {}

  /**
   * A piece of a snapshot. The first one (offset 0) begins the transfer, the last one has {@code
   * offset + data.length == totalBytes}.
   *
   * @param transfer the sender's number for the transfer
   * @param term of the sending leader
   * @param crc32c of {@code data}
   */
  record SnapshotChunk(
      long transfer,
      long term,
      SnapshotMeta meta,
      long totalBytes,
      long offset,
      int crc32c,
      byte[] data)
      implements PeerMessage {}

  /**
   * Everything below {@code offset} is written, and more may be sent.
   *
   * @param refused null, or why the receiver ends the transfer
   */
  record SnapshotAck(long transfer, long offset, @Nullable String refused) implements PeerMessage {}
}
