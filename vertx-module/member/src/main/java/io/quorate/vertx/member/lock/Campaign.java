package io.quorate.vertx.member.lock;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;

/** Waits to become leader. A lease that campaigns again keeps its place and gets the new value. */
public final class Campaign extends Contender {
  private final Bytes value;

  /** For the parameters see {@link Contender}. */
  public Campaign(MemberStore store, MemberStore asking, Bytes name, long lease, Bytes value) {
    super(store, asking, name, lease, value);
    this.value = value;
  }

  @Override
  Future<?> reentered(MemberStore store, KeyValue own) {
    return own.value().equals(value)
        ? Future.succeededFuture()
        : Elections.proclaim(store, own.key(), own.createRevision(), own.lease(), value);
  }

  @Override
  LockError keyLost() {
    return LockError.NOT_LEADER;
  }
}
