package io.quorate.node;

import io.quorate.command.EtcdError;

/**
 * Where an answer goes: exactly one of the two is called, exactly once, on whatever thread of the
 * node has the answer. Must return soon and never throw.
 */
public interface Callback<T> {
  void complete(T result);

  void fail(EtcdError error);
}
