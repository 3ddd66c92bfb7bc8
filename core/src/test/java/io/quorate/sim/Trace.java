package io.quorate.sim;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;

/**
 * All that happened in a run as one number, the same for the same seed on every JVM; and as text,
 * if somebody wants to read it.
 */
public final class Trace {
  private long digest = 0x51_7c_c1b7_2722_0a95L;
  private int keptLines;
  private final ArrayDeque<String> lines = new ArrayDeque<>();

  /** From now on the last {@code lines} lines are kept. */
  public void keep(int lines) {
    keptLines = lines;
  }

  /** Something happened, as numbers. */
  void mix(long what) {
    digest = Long.rotateLeft(digest ^ what, 23) * 0x9e37_79b9_7f4a_7c15L;
  }

  /** Something happened, in words. */
  public void tell(Supplier<String> line) {
    if (keptLines > 0) {
      if (lines.size() == keptLines) {
        lines.removeFirst();
      }
      lines.add(line.get());
    }
  }

  public long digest() {
    return digest;
  }

  public List<String> lines() {
    return List.copyOf(lines);
  }
}
