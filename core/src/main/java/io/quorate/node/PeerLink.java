package io.quorate.node;

import io.quorate.apply.MemberTable;
import io.quorate.codec.PeerMessage;
import io.quorate.command.FeatureLevel;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The connections to the other members. Called on the node's loop. A message arrives at most once,
 * and in order as long as a connection lasts; nothing is queued for a peer that is down.
 */
public interface PeerLink {
  /**
   * Sends all of {@code messages} in one frame.
   *
   * @return false if they were certainly not sent: the peer is unknown or down, or too much is on
   *     its way to it
   */
  boolean send(long to, List<PeerMessage> messages);

  /** The members and their addresses are these from now on. */
  void membersChanged(MemberTable members);

  /** This {@link FeatureLevel} is in force: frames are encoded for it from now on. */
  void featureLevelIs(int level);

  /**
   * Asks a member for the highest {@link FeatureLevel} that it accepts.
   *
   * @param answer called on the node's loop; never if the member does not answer
   */
  void askFeatureLevel(long member, IntConsumer answer);
}
