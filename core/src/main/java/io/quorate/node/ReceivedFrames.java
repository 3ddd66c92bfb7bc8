package io.quorate.node;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Finds frames that arrive a second time, since a proposal that arrives twice could be executed
 * twice. For each process that a peer has run as, it remembers the last {@value #WINDOW} sequence
 * numbers (like IPsec's anti-replay window, RFC 4303 3.4.3); an older frame is treated as known,
 * which is as if it had been lost. When a peer has been restarted, frames of its former process may
 * still arrive after those of the new one, and the two cannot be told apart by age: so frames of
 * the last {@value #MAX_PROCESSES} processes are accepted. Node loop only.
 */
final class ReceivedFrames {
  private static final int WINDOW = 64;
  private static final int MAX_PROCESSES = 256;

  private record PeerProcess(long peer, long incarnation) {}

  private static final class Window {
    private long highest;

    /** Bit n is set if {@code highest - n} has arrived. */
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

  /** In the order of their latest frames, the newest at the end. */
  private final LinkedHashMap<PeerProcess, Window> windows =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<PeerProcess, Window> eldest) {
          return size() > MAX_PROCESSES;
        }
      };

  /** False if this frame has arrived before, or may have. */
  boolean isNew(long from, long incarnation, long sequence) {
    PeerProcess process = new PeerProcess(from, incarnation);
    Window window = windows.get(process);
    if (window == null) {
      windows.put(process, new Window(sequence));
      return true;
    }
    return window.admits(sequence);
  }
}
