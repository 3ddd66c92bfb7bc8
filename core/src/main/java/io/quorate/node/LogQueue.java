package io.quorate.node;

import io.quorate.raft.LogPosition;

/** Queues writes for the durable log. Called on the node's loop; never blocks. */
public interface LogQueue {
  /**
   * Queues a write; writes become durable strictly in order.
   *
   * @param durable run on the node's loop once this and all earlier writes are durable
   */
  void append(LogStore.Write write, Runnable durable);

  /** Queues the removal of all entries up to and including {@code upTo}. */
  void truncatePrefix(LogPosition upTo);
}
