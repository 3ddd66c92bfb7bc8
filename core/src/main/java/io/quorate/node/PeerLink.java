package io.quorate.node;

import io.quorate.apply.MemberTable;
import io.quorate.codec.PeerMessage;
import io.quorate.command.FeatureLevel;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The way to the other members, called on the node's loop. At most once, in order while a
 * connection lasts; what cannot be sent is dropped, never queued for a peer that is down.
 */
public interface PeerLink {
  /**
   * Sends all of {@code messages} in one frame.
   *
   * @return false if they certainly do not leave: the peer is unknown, down, or has enough under
   *     way
   */
  boolean send(long to, List<PeerMessage> messages);

  /** The members, and so their addresses, are these from now on. */
  void membersChanged(MemberTable members);

  /** All members speak this {@link FeatureLevel}: frames are encoded for it from now on. */
  void featureLevelIs(int level);

  /**
   * Asks a member for the {@link FeatureLevel} that it speaks.
   *
   * @param heard told on the node's loop; never if the member does not answer
   */
  void askFeatureLevel(long member, IntConsumer heard);
}
