package io.quorate.node;

import io.quorate.command.EtcdError;

/**
 * Where an answer goes: exactly one of the two is called, exactly once, on whatever thread of the
 * node has the answer. Must return soon and never throw.
 */
public interface Callback<T> {
  void complete(T result);

  void fail(EtcdError error);

  /**
   * False once whoever asked has gone: what has not been begun is then left, and {@link #fail} is
   * called with whatever error. Any thread, and often; never true again after false.
   */
  default boolean isWanted() {
    return true;
  }
}
