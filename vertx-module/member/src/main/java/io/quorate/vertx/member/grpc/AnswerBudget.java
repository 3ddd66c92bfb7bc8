package io.quorate.vertx.member.grpc;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the memory for answers on one event loop: those being made, and those that were written
 * and have not left yet. Calls that do not fit wait, in order within a connection, and connections
 * take turns; so a connection that asks for much or reads slowly delays mostly itself. Used on that
 * event loop only.
 */
final class AnswerBudget {
  /** Calls of one connection that run at once. */
  private static final int MAX_RUNNING = 2_048;

  /** Calls that wait; their requests are in memory. */
  private static final int MAX_WAITING = 10_000;

  /**
   * A connection that holds less waits for no other connection, unless the call itself needs much.
   */
  private static final long SMALL_SHARE_BYTES = 64 << 10;

  private final long totalBytes;
  private final long connectionBytes;

  /** Written on the event loop only. */
  private final AtomicLong heldBytes = new AtomicLong();

  private int waiting;
  private long waitingBytes;
  private boolean serving;

  /** Connections with waiting calls; the first has the next turn. */
  private final ArrayDeque<Account> waitingAccounts = new ArrayDeque<>();

  /** A call that may have to wait for its turn. */
  abstract static class Waiter {
    private long answerBytes;
    private long requestBytes;

    /** The call may begin: {@link Account#hold} has been called for the bytes it asked for. */
    abstract void admitted();
  }

  /** What one connection holds. */
  final class Account {
    private final Set<Waiter> queue = new LinkedHashSet<>();
    private final Set<Runnable> whenRoom = new LinkedHashSet<>();
    private long held;
    private int running;
    private boolean isQueued;
    private int dropped;

    /**
     * Counts an answer that was dropped because the client did not read it, and returns the count.
     */
    int dropped() {
      return ++dropped;
    }

    /** In bytes; for tests and metrics. */
    long heldBytes() {
      return held;
    }

    /** Whether it holds more than one connection may. */
    boolean isOver() {
      return held > connectionBytes;
    }

    /** Runs {@code task} once when {@link #isOver} has become false. */
    void whenRoom(Runnable task) {
      whenRoom.add(task);
    }

    void forget(Runnable task) {
      whenRoom.remove(task);
    }

    /**
     * Lets {@code waiter} begin, now or later.
     *
     * @param answerBytes what the answer needs at least; 0 if that is unknown or very little
     * @param requestBytes memory of the request while it waits
     * @return false if the call is refused because too many wait already
     */
    boolean admit(Waiter waiter, long answerBytes, long requestBytes) {
      // a call that needs more than a connection may hold begins when its connection holds nothing
      waiter.answerBytes = Math.min(answerBytes, connectionBytes);
      waiter.requestBytes = requestBytes;
      if (queue.isEmpty() && fits(waiter)) {
        begin(waiter);
        return true;
      }
      if (waiting >= MAX_WAITING || waitingBytes + requestBytes > totalBytes) {
        return false;
      }
      waiting++;
      waitingBytes += requestBytes;
      queue.add(waiter);
      if (!isQueued) {
        isQueued = true;
        waitingAccounts.add(this);
      }
      return true;
    }

    private boolean fits(Waiter waiter) {
      return running < MAX_RUNNING
          && isWithin(held, waiter.answerBytes, connectionBytes)
          && (hasRoomFor(waiter) || (waiter.answerBytes == 0 && held < SMALL_SHARE_BYTES));
    }

    private void begin(Waiter waiter) {
      running++;
      hold(waiter.answerBytes);
      waiter.admitted();
    }

    /** An admitted call has done its work; its answer may still have to leave. */
    void ended(Waiter waiter) {
      running--;
      release(waiter.answerBytes);
    }

    /** A waiting call has ended, for example because the client cancelled it. */
    void withdraw(Waiter waiter) {
      if (queue.remove(waiter)) {
        forget(waiter);
        serve();
      }
    }

    private void forget(Waiter waiter) {
      waiting--;
      waitingBytes -= waiter.requestBytes;
    }

    /** Adds memory in use, whether or not it was admitted before. */
    void hold(long bytes) {
      held += bytes;
      heldBytes.addAndGet(bytes);
    }

    /** Takes back what {@link #hold} has added. */
    void release(long bytes) {
      held -= bytes;
      heldBytes.addAndGet(-bytes);
      if (!whenRoom.isEmpty() && !isOver()) {
        List<Runnable> tasks = List.copyOf(whenRoom);
        whenRoom.clear();
        tasks.forEach(Runnable::run);
      }
      if (waiting > 0) {
        serve();
      }
    }
  }

  /**
   * @param totalBytes bound for this event loop
   * @param connectionBytes bound for one connection; a single answer may be larger if it is the
   *     only one
   */
  AnswerBudget(long totalBytes, long connectionBytes) {
    this.totalBytes = totalBytes;
    this.connectionBytes = connectionBytes;
  }

  Account open() {
    return new Account();
  }

  /** Whether calls wait for memory that other calls hold. */
  boolean isContended() {
    return waiting > 0;
  }

  /** In bytes; for tests and metrics, from any thread. */
  long heldBytes() {
    return heldBytes.get();
  }

  /** Calls that wait; for tests and metrics. */
  int waiting() {
    return waiting;
  }

  private static boolean isWithin(long held, long more, long most) {
    return held == 0 || held + more <= most;
  }

  private boolean hasRoomFor(Waiter waiter) {
    return isWithin(heldBytes.get(), waiter.answerBytes, totalBytes);
  }

  /**
   * Admits waiting calls in turn. A connection that is at its own bound is skipped. One for which
   * only the total has no room is not: otherwise small calls could keep a large one waiting for
   * ever.
   */
  private void serve() {
    if (serving) {
      return; // a call that is admitted below may end at once and call this again
    }
    serving = true;
    try {
      int passedOver = 0;
      while (passedOver < waitingAccounts.size()) {
        Account account = waitingAccounts.remove();
        if (account.queue.isEmpty()) {
          account.isQueued = false;
          continue;
        }
        Waiter first = account.queue.iterator().next();
        if (account.fits(first)) {
          account.queue.remove(first);
          account.forget(first);
          waitingAccounts.add(account);
          account.begin(first);
          passedOver = 0;
        } else if (!hasRoomFor(first)
            && isWithin(account.held, first.answerBytes, connectionBytes)) {
          waitingAccounts.addFirst(account);
          return;
        } else {
          waitingAccounts.add(account);
          passedOver++;
        }
      }
    } finally {
      serving = false;
    }
  }
}
