package io.quorate.node;

import io.quorate.command.EtcdError;

/**
 * Gets the answer to a request. Exactly one of {@link #complete} and {@link #fail} is called,
 * exactly once, on any of the node's threads. They must return soon and never throw.
 */
public interface Callback<T> {
  void complete(T result);

  void fail(EtcdError error);

  /**
   * False once nobody waits for the answer any more: a request that has not been begun is then
   * dropped, and {@link #fail} is called with any error. Called on any thread, and often. Once
   * false, it stays false.
   */
  default boolean isWanted() {
    return true;
  }
}
