package io.quorate.node;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lets each frame of a peer through once: a proposal that came twice could be executed twice. Knows
 * the last {@value #WINDOW} sequence numbers of each peer's process life (as IPsec's anti-replay
 * window, RFC 4303 3.4.3); what is older counts as known, which is a loss and nothing worse. Node
 * loop only.
 */
final class ReceivedFrames {
  private static final int WINDOW = 64;
  private static final int MOST_PEERS = 64;
  private static final int MOST_PAST_LIVES = 8;

  private static final class Peer {
    private long incarnation;
    private long highest;

    /** Bit n: {@code highest - n} has been here. */
    private long seen;

    private final ArrayDeque<Long> pastLives = new ArrayDeque<>();

    Peer(long incarnation, long sequence) {
      begin(incarnation, sequence);
    }

    private void begin(long life, long sequence) {
      incarnation = life;
      highest = sequence;
      seen = 1;
    }

    private boolean admits(long life, long sequence) {
      if (life == incarnation) {
        return sequence > highest ? advance(sequence) : fill(highest - sequence);
      }
      if (pastLives.contains(life)) {
        return false;
      }
      if (pastLives.size() == MOST_PAST_LIVES) {
        pastLives.removeFirst();
      }
      pastLives.addLast(incarnation);
      begin(life, sequence);
      return true;
    }

    private boolean advance(long sequence) {
      long by = sequence - highest;
      seen = by >= WINDOW ? 1 : seen << by | 1;
      highest = sequence;
      return true;
    }

    private boolean fill(long back) {
      if (back >= WINDOW || (seen & 1L << back) != 0) {
        return false;
      }
      seen |= 1L << back;
      return true;
    }
  }

  private final LinkedHashMap<Long, Peer> peers =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Peer> eldest) {
          return size() > MOST_PEERS;
        }
      };

  /** False if this frame has been here, or may have been. */
  boolean isNew(long from, long incarnation, long sequence) {
    Peer peer = peers.get(from);
    if (peer == null) {
      peers.put(from, new Peer(incarnation, sequence));
      return true;
    }
    return peer.admits(incarnation, sequence);
  }
}
