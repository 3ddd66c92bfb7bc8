package io.quorate.node;

import io.quorate.codec.PeerFrame;
import io.quorate.codec.PeerMessage;
import io.quorate.raft.Message;
import io.quorate.raft.Raft;

/**
 * Frames of other members: each is taken once, and none of a member that was removed. A message
 * that must not reach the part of the node that it is for is dropped here. Node loop only.
 */
final class PeerInbox {
  private final long self;
  private final Raft raft;
  private final ClusterView cluster;
  private final Checkpoints checkpoints;
  private final Reconfiguration reconfiguration;
  private final Requests requests;
  private final LeaseCalls leaseCalls;
  private final SnapshotTransfers snapshots;
  private final ReceivedFrames received = new ReceivedFrames();

  PeerInbox(
      long self,
      Raft raft,
      ClusterView cluster,
      Checkpoints checkpoints,
      Reconfiguration reconfiguration,
      Requests requests,
      LeaseCalls leaseCalls,
      SnapshotTransfers snapshots) {
    this.self = self;
    this.raft = raft;
    this.cluster = cluster;
    this.checkpoints = checkpoints;
    this.reconfiguration = reconfiguration;
    this.requests = requests;
    this.leaseCalls = leaseCalls;
    this.snapshots = snapshots;
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
    }
  }

  /**
   * Raft hears of a snapshot only once all of it is here ({@link SnapshotInstaller}), never by a
   * message alone. And what the state's disk cannot keep up with must not pile up in memory: a
   * follower that is behind drops entries, and the leader sends some again after each heartbeat,
   * until they are taken.
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
