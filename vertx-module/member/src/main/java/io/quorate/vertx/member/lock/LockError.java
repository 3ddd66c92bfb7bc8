package io.quorate.vertx.member.lock;

/** Errors of etcd's lock and election services that the store does not know. */
public enum LockError {
  SESSION_EXPIRED("mutex: session is expired"),
  NO_LEADER("election: no leader"),
  NOT_LEADER("election: not leader"),
  LEADER_MISSING("\"leader\" field must be provided");

  private final String message;

  LockError(String message) {
    this.message = message;
  }

  public LockException exception() {
    return new LockException(message);
  }
}
