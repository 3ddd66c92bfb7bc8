package io.quorate.node;

import io.quorate.apply.MemberTable;
import io.quorate.codec.PeerMessage;
import java.util.List;

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
}
