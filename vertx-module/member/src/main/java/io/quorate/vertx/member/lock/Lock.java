package io.quorate.vertx.member.lock;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;

/** Waits for a lock. A lease that has it already gets it at once. */
public final class Lock extends Contender {
  /** For the parameters see {@link Contender}. */
  public Lock(MemberStore store, MemberStore asking, Bytes name, long lease) {
    super(store, asking, name, lease, Bytes.EMPTY);
  }

  @Override
  Future<?> reentered(MemberStore store, KeyValue own) {
    return Future.succeededFuture();
  }

  @Override
  LockError keyLost() {
    return LockError.SESSION_EXPIRED;
  }
}
