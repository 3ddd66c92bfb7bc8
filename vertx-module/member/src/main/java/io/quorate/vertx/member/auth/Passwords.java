package io.quorate.vertx.member.auth;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import io.quorate.command.EtcdError;
import io.quorate.node.Callback;
import io.quorate.node.Turns;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hashes passwords and compares them with hashes, by bcrypt, which takes tens of milliseconds each
 * time on purpose. One thread does it, so it never takes more than one processor. Users take turns,
 * and each may have only a few attempts waiting: whoever floods one user with wrong passwords holds
 * up only this user's logins. Any thread.
 */
public final class Passwords {
  /** bcrypt ignores what is beyond. */
  private static final int MAX_BYTES = 72;

  private static final int MOST_WAITING_PER_USER = 16;
  private static final int MOST_WAITING = 1_000;

  private final Turns turns;
  private final int cost;
  private final ConcurrentHashMap<String, Integer> waitingByUser = new ConcurrentHashMap<>();
  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * @param thread of one thread
   * @param cost binary logarithm of the number of rounds, 4 to 31
   */
  public Passwords(Executor thread, int cost) {
    this.turns = new Turns(thread, 1);
    this.cost = cost;
  }

  /**
   * @param user whose password it is going to be
   * @param hashed fails with PASSWORD_TOO_LONG, TOO_MANY_REQUESTS
   */
  public void hash(String user, String password, Callback<String> hashed) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_BYTES) {
      hashed.fail(EtcdError.PASSWORD_TOO_LONG);
      return;
    }
    inTurn(
        user,
        hashed,
        () ->
            new String(
                BCrypt.with(BCrypt.Version.VERSION_2A).hash(cost, bytes),
                StandardCharsets.US_ASCII));
  }

  /**
   * @param hash bcrypt's text; nothing fits if it is none
   * @param fits fails with TOO_MANY_REQUESTS
   */
  public void check(String user, String password, String hash, Callback<Boolean> fits) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    inTurn(user, fits, () -> fits(bytes, hash.getBytes(StandardCharsets.US_ASCII)));
  }

  private static boolean fits(byte[] password, byte[] hash) {
    BCrypt.Version version = BCrypt.Version.VERSION_2A;
    return BCrypt.verifyer(version, LongPasswordStrategies.truncate(version))
        .verify(password, hash)
        .verified;
  }

  private interface Work<T> {
    T run();
  }

  private <T> void inTurn(String user, Callback<T> callback, Work<T> work) {
    boolean full = waiting.get() >= MOST_WAITING;
    if (full || waitingByUser.merge(user, 1, Integer::sum) > MOST_WAITING_PER_USER) {
      if (!full) {
        leave(user);
      }
      callback.fail(EtcdError.TOO_MANY_REQUESTS);
      return;
    }
    waiting.incrementAndGet();
    turns.run(
        user,
        () -> {
          T result;
          try {
            if (!callback.isWanted()) {
              callback.fail(EtcdError.TIMEOUT);
              return;
            }
            result = work.run();
          } catch (RuntimeException | Error e) {
            callback.fail(EtcdError.STOPPED);
            throw e;
          } finally {
            waiting.decrementAndGet();
            leave(user);
          }
          callback.complete(result);
        },
        () -> {
          waiting.decrementAndGet();
          leave(user);
          callback.fail(EtcdError.STOPPED);
        });
  }

  private void leave(String user) {
    waitingByUser.computeIfPresent(user, (u, count) -> count == 1 ? null : count - 1);
  }
}
