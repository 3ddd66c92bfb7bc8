package io.quorate.node;

import io.quorate.codec.PeerFrame;
import io.quorate.codec.PeerMessage;
import io.quorate.raft.Message;
import io.quorate.raft.Raft;

/**
 * Receives frames of other members, each only once and none of members that were removed, and
 * passes their messages on to the parts of the node that they are for. Node loop only.
 */
final class PeerInbox {
  private final long self;
  private final Raft raft;
  private final Membership cluster;
  private final Checkpoints checkpoints;
  private final Reconfiguration reconfiguration;
  private final Requests requests;
  private final LeaseCalls leaseCalls;
  private final SnapshotTransfers snapshots;
  private final CorruptionCheck corruptionCheck;
  private final ReceivedFrames received = new ReceivedFrames();

  PeerInbox(
      long self,
      Raft raft,
      Membership cluster,
      Checkpoints checkpoints,
      Reconfiguration reconfiguration,
      Requests requests,
      LeaseCalls leaseCalls,
      SnapshotTransfers snapshots,
      CorruptionCheck corruptionCheck) {
    this.self = self;
    this.raft = raft;
    this.cluster = cluster;
    this.checkpoints = checkpoints;
    this.reconfiguration = reconfiguration;
    this.requests = requests;
    this.leaseCalls = leaseCalls;
    this.snapshots = snapshots;
    this.corruptionCheck = corruptionCheck;
  }

  /**
   * @param frame of this cluster and for this member
   * @return false if it was dropped
   */
  boolean onFrame(PeerFrame frame) {
    long from = frame.from();
    if (cluster.members().isRemoved(from)
        || !received.isNew(from, frame.incarnation(), frame.sequence())) {
      return false;
    }
    if (cluster.members().member(from) != null) {
      reconfiguration.frameReceived(from);
    }
    for (PeerMessage message : frame.messages()) {
      onMessage(from, message);
    }
    return true;
  }

  private void onMessage(long from, PeerMessage message) {
    if (message instanceof PeerMessage.OfRaft m) {
      if (isForRaft(from, m.message())) {
        raft.step(m.message());
      }
    } else if (message instanceof PeerMessage.Forward m) {
      requests.onForward(from, m);
    } else if (message instanceof PeerMessage.ForwardChange m) {
      requests.onForwardedChange(from, m);
    } else if (message instanceof PeerMessage.ForwardRefused m) {
      requests.onRefused(m);
    } else if (message instanceof PeerMessage.LeaseAsk m) {
      leaseCalls.onAsk(from, m);
    } else if (message instanceof PeerMessage.LeaseAnswer m) {
      leaseCalls.onAnswer(m);
    } else if (message instanceof PeerMessage.SnapshotChunk m) {
      if (m.term() >= raft.term()) {
        snapshots.onChunk(from, m);
      }
    } else if (message instanceof PeerMessage.SnapshotAck m) {
      snapshots.onAck(from, m);
    } else if (message instanceof PeerMessage.HashAsk m) {
      corruptionCheck.onAsk(from, m);
    } else if (message instanceof PeerMessage.HashAnswer m) {
      corruptionCheck.onAnswer(from, m);
    }
  }

  /**
   * Raft is told of a snapshot only once all of it is here ({@link SnapshotInstaller}), never by a
   * message alone. And entries must not pile up in memory if the state's disk cannot keep up: a
   * follower that is behind drops messages with entries, and the leader sends one again after each
   * heartbeat, until it is taken.
   */
  private boolean isForRaft(long from, Message message) {
    return message.from() == from
        && message.to() == self
        && message.kind() != Message.Kind.INSTALL_SNAPSHOT
        && !(checkpoints.isBehind() && hasEntries(message));
  }

  private static boolean hasEntries(Message message) {
    return message instanceof Message.AppendRequest append && !append.entries().isEmpty();
  }
}
