package io.quorate.vertx.member.lock;

/** A request refused by the lock or election service. Carries no stack trace: it is an answer. */
public final class LockException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LockException(String message) {
    super(message, null, false, false);
  }
}
