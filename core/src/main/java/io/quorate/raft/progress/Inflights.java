package io.quorate.raft.progress;

import java.util.ArrayDeque;

/**
 * The messages with entries on their way to one follower, oldest first, bounded in number and in
 * bytes.
 */
public final class Inflights {
  private record Sent(long last, long bytes) {}

  private final int maxMessages;
  private final long maxBytes;
  private final ArrayDeque<Sent> sent = new ArrayDeque<>();
  private long bytes;

  public Inflights(int maxMessages, long maxBytes) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
  }

  /** Notes a message whose last entry is {@code last}. */
  public void add(long last, long messageBytes) {
    if (sent.size() >= maxMessages) {
      throw new IllegalStateException("window of " + maxMessages + " messages is full");
    }
    if (!sent.isEmpty() && sent.getLast().last() >= last) {
      throw new IllegalStateException("sent " + last + " after " + sent.getLast().last());
    }
    sent.addLast(new Sent(last, messageBytes));
    bytes += messageBytes;
  }

  /** Everything up to and with {@code index} has arrived. */
  public void freeUpTo(long index) {
    while (!sent.isEmpty() && sent.getFirst().last() <= index) {
      bytes -= sent.removeFirst().bytes();
    }
  }

  public void clear() {
    sent.clear();
    bytes = 0;
  }

  /**
   * Bytes that may still be sent; 0 if there is no room for another message. An empty window has
   * room for one entry of any size, or else such an entry could never be sent.
   */
  public long roomBytes() {
    return sent.size() >= maxMessages ? 0 : Math.max(0, maxBytes - bytes);
  }

  public boolean isEmpty() {
    return sent.isEmpty();
  }

  public int messages() {
    return sent.size();
  }

  public long bytes() {
    return bytes;
  }
}
