package io.quorate.node;

import io.quorate.raft.LogPosition;

/** The way to the durable log, called on the node's loop; never blocks. */
public interface LogQueue {
  /**
   * Queues a write; writes become durable strictly in order.
   *
   * @param durable run on the node's loop once this and all earlier writes are durable
   */
  void append(LogStore.Write write, Runnable durable);

  /** Lets the log forget its entries up to and with {@code upTo}, some time later. */
  void truncatePrefix(LogPosition upTo);
}
