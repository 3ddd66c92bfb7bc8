package io.quorate.vertx.member.grpc;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory answers may take on one event loop: those being made, and those that were made
 * and are not taken. What does not fit waits, in the order of each connection, and connections take
 * turns; so one that asks for much or takes nothing is felt by itself first. That loop only.
 */
final class AnswerBudget {
  /** Calls of one connection that are being worked on. */
  private static final int MOST_RUNNING = 2_048;

  /** Calls that wait: their requests are in memory. */
  private static final int MOST_WAITING = 10_000;

  /** Who holds less is never kept back by what others hold, unless it needs much itself. */
  private static final long SMALL_SHARE_BYTES = 64 << 10;

  private final long totalBytes;
  private final long connectionBytes;

  /** Written on the loop alone. */
  private final AtomicLong heldBytes = new AtomicLong();

  private int waiting;
  private long waitingBytes;
  private boolean serving;

  /** Connections whose calls wait, the next one to have its turn first. */
  private final ArrayDeque<Account> line = new ArrayDeque<>();

  /** A call, as far as it waits for its turn. */
  abstract static class Waiter {
    private long answerBytes;
    private long requestBytes;

    /** It is its turn: {@link Account#hold} has been done for what it asked for. */
    abstract void admitted();
  }

  /** What one connection holds. */
  final class Account {
    private final Set<Waiter> queue = new LinkedHashSet<>();
    private final Set<Runnable> whenRoom = new LinkedHashSet<>();
    private long held;
    private int running;
    private boolean inLine;
    private int dropped;

    /** Counts an answer that was dropped because it was not taken. */
    int dropped() {
      return ++dropped;
    }

    /** In bytes; for tests and figures. */
    long heldBytes() {
      return held;
    }

    /** True while it holds more than a connection may. */
    boolean isOver() {
      return held > connectionBytes;
    }

    /** Runs {@code task}, once, when {@link #isOver} has become false. */
    void whenRoom(Runnable task) {
      whenRoom.add(task);
    }

    void forget(Runnable task) {
      whenRoom.remove(task);
    }

    /**
     * Lets {@code waiter} begin, now or later.
     *
     * @param answerBytes what it is sure to need; 0 if it has no idea, or nearly nothing
     * @param requestBytes what it takes while it waits
     * @return false if so much waits already that it is refused
     */
    boolean admit(Waiter waiter, long answerBytes, long requestBytes) {
      // who needs more than it can ever have gets it when it is alone
      waiter.answerBytes = Math.min(answerBytes, connectionBytes);
      waiter.requestBytes = requestBytes;
      if (queue.isEmpty() && fits(waiter)) {
        begin(waiter);
        return true;
      }
      if (waiting >= MOST_WAITING || waitingBytes + requestBytes > totalBytes) {
        return false;
      }
      waiting++;
      waitingBytes += requestBytes;
      queue.add(waiter);
      if (!inLine) {
        inLine = true;
        line.add(this);
      }
      return true;
    }

    private boolean fits(Waiter waiter) {
      return running < MOST_RUNNING
          && isWithin(held, waiter.answerBytes, connectionBytes)
          && (hasRoomFor(waiter) || (waiter.answerBytes == 0 && held < SMALL_SHARE_BYTES));
    }

    private void begin(Waiter waiter) {
      running++;
      hold(waiter.answerBytes);
      waiter.admitted();
    }

    /** A call that was admitted has done what it does beside being taken. */
    void ended(Waiter waiter) {
      running--;
      release(waiter.answerBytes);
    }

    /** A call that waits has gone. */
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

    /** Memory is in use, whether it was admitted or not. */
    void hold(long bytes) {
      held += bytes;
      heldBytes.addAndGet(bytes);
    }

    /** It is not any more. */
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
   * @param totalBytes on this loop
   * @param connectionBytes of one connection; a single answer may be larger if it is alone
   */
  AnswerBudget(long totalBytes, long connectionBytes) {
    this.totalBytes = totalBytes;
    this.connectionBytes = connectionBytes;
  }

  Account open() {
    return new Account();
  }

  /** True while somebody waits for what others hold. */
  boolean isContended() {
    return waiting > 0;
  }

  /** In bytes; for tests and figures, from any thread. */
  long heldBytes() {
    return heldBytes.get();
  }

  /** Calls that wait; for tests and figures. */
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
   * Who is kept back by its own connection is passed over; who is kept back by all of them is not,
   * or those that need little would keep out for ever who needs much.
   */
  private void serve() {
    if (serving) {
      return; // of what is admitted below, some end at once
    }
    serving = true;
    try {
      int passedOver = 0;
      while (passedOver < line.size()) {
        Account account = line.remove();
        if (account.queue.isEmpty()) {
          account.inLine = false;
          continue;
        }
        Waiter first = account.queue.iterator().next();
        if (account.fits(first)) {
          account.queue.remove(first);
          account.forget(first);
          line.add(account);
          account.begin(first);
          passedOver = 0;
        } else if (!hasRoomFor(first)
            && isWithin(account.held, first.answerBytes, connectionBytes)) {
          line.addFirst(account);
          return;
        } else {
          line.add(account);
          passedOver++;
        }
      }
    } finally {
      serving = false;
    }
  }
}
