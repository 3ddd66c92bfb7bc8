package io.quorate.vertx.member.lock;

import io.quorate.command.Result.LeaseGranted;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;

/** The lease of a caller. */
final class SessionLease {
  private static final long GRANTED_TTL_SECONDS = 60;

  private SessionLease() {}

  /** The lease itself; for 0 a new one, which nobody renews, as in etcd. */
  static Future<Long> of(MemberStore store, long lease) {
    return lease != 0
        ? Future.succeededFuture(lease)
        : store.leaseGrant(0, GRANTED_TTL_SECONDS).map(LeaseGranted::id);
  }
}
