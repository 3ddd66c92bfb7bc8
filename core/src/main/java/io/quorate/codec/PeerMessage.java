package io.quorate.codec;

import io.quorate.command.Caller;
import io.quorate.command.Proposal;
import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What travels between members; several in one {@link PeerFrame}. */
public sealed interface PeerMessage {

  /** A message of Raft's own. */
  record OfRaft(Message message) implements PeerMessage {}

  /** Proposals for the leader to put into the log. */
  record Forward(List<Proposal> proposals) implements PeerMessage {
    public Forward {
      proposals = List.copyOf(proposals);
    }
  }

  /**
   * A configuration change for the leader to propose; {@code change} as the codec encoded it, with
   * who asks for it.
   */
  record ForwardChange(long requestId, byte[] change) implements PeerMessage {}

  /**
   * Proposals that the receiver of a {@link Forward} certainly did not and will not put into the
   * log.
   *
   * @param reason ordinal-stable name: NOT_LEADER (may be sent elsewhere), or the name of an
   *     EtcdError to answer the client with
   */
  record ForwardRefused(List<Long> requestIds, String reason) implements PeerMessage {
    public ForwardRefused {
      requestIds = List.copyOf(requestIds);
    }
  }

  /** What only the leader can answer about leases. */
  enum LeaseQuestion {
    KEEP_ALIVE,
    TIME_TO_LIVE
  }

  /**
   * Asks the leader about a lease.
   *
   * @param context the asker's number for it
   */
  record LeaseAsk(long context, LeaseQuestion question, Caller caller, long leaseId)
      implements PeerMessage {}

  /**
   * @param ttlSeconds remaining (time to live) or granted (keep alive); 0 or -1 if there is no such
   *     lease, as etcd answers either question
   * @param error name of an EtcdError, null if answered
   */
  record LeaseAnswer(long context, long ttlSeconds, long grantedTtlSeconds, @Nullable String error)
      implements PeerMessage {}

  /**
   * A piece of a snapshot. The first one (offset 0) opens the transfer, the last one has {@code
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
   * Credit: everything below {@code offset} is written, send on.
   *
   * @param refused null, or why the receiver gives the transfer up
   */
  record SnapshotAck(long transfer, long offset, @Nullable String refused) implements PeerMessage {}
}
