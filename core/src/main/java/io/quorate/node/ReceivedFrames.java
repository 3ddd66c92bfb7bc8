package io.quorate.node;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lets each frame of a peer through once: a proposal that came twice could be executed twice. Knows
 * the last {@value #WINDOW} sequence numbers of each of a peer's process lives (as IPsec's
 * anti-replay window, RFC 4303 3.4.3); what is older counts as known, which is a loss and nothing
 * worse. Nobody can tell which of two lives is the later one, as frames of the first may arrive
 * when the second has been heard of: so the last {@value #MOST_LIVES} are all listened to. Node
 * loop only.
 */
final class ReceivedFrames {
  private static final int WINDOW = 64;
  private static final int MOST_LIVES = 256;

  private record Life(long peer, long incarnation) {}

  private static final class Window {
    private long highest;

    /** Bit n: {@code highest - n} has been here. */
    private long seen;

    Window(long sequence) {
      highest = sequence;
      seen = 1;
    }

    private boolean admits(long sequence) {
      return sequence > highest ? advance(sequence) : fill(highest - sequence);
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

  /** In the order in which they were last heard of, the latest at the end. */
  private final LinkedHashMap<Life, Window> windows =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Life, Window> eldest) {
          return size() > MOST_LIVES;
        }
      };

  /** False if this frame has been here, or may have been. */
  boolean isNew(long from, long incarnation, long sequence) {
    Life life = new Life(from, incarnation);
    Window window = windows.get(life);
    if (window == null) {
      windows.put(life, new Window(sequence));
      return true;
    }
    return window.admits(sequence);
  }
}
