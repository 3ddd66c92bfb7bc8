package io.quorate.vertx.server.bench;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Repeats an operation with a fixed number of clients.
 *
 * <p>Without a rate the loop is closed: each client sends its next request when it has its answer.
 * With a rate the loop is open: requests are due at fixed times, regardless of the answers, and
 * latencies count from the due time, so that a stall is seen by all requests that were due during
 * it.
 *
 * <p>A run always ends: an answer that does not come in time is a failure, a client waits a little
 * after a failure, and the run is given up when nothing has succeeded for some time.
 */
final class Load {
  private static final long RETRY_MILLIS = 100;
  private static final long SWEEP_MILLIS = 100;
  private static final int GIVE_UP_TIMEOUTS = 3;
  private static final int MAX_OVERDUE = 1_000_000;

  private final Vertx vertx;
  private final RequestSender sender;
  private final double rate;
  private final long timeoutNanos;
  private final long warmUpNanos;
  private final long secondsNanos;
  private final long total;
  private final List<Lane> lanes = new ArrayList<>();
  private final AtomicLong tickets = new AtomicLong();
  private final AtomicLong warmUpTickets = new AtomicLong();
  private final AtomicInteger lanesOpen;
  private final Promise<Void> done = Promise.promise();
  private final Tally warmUp = new Tally();
  private final Tally tally = new Tally();

  private volatile boolean measuring;
  private volatile boolean stopped;
  private volatile long measureStartNanos;
  private volatile long lastSuccessNanos;
  private volatile long lastEndNanos;

  /**
   * @param contexts contexts of the clients: the n-th client uses the n-th one, modulo their number
   */
  Load(Vertx vertx, BenchOptions options, List<Context> contexts, RequestSender sender) {
    this.vertx = vertx;
    this.sender = sender;
    this.rate = options.rate;
    this.timeoutNanos = options.timeoutNanos();
    this.warmUpNanos = (long) (options.warmUpSeconds * 1e9);
    this.secondsNanos = (long) (options.seconds * 1e9);
    this.total = options.totalOrUnbounded();
    List<Context> distinct = contexts.stream().distinct().toList();
    for (Context context : distinct) {
      lanes.add(new Lane(context));
    }
    for (int client = 0; client < options.clients; client++) {
      Context context = contexts.get(client % contexts.size());
      lanes.get(distinct.indexOf(context)).clients.add(new Client(client));
    }
    lanes.removeIf(lane -> lane.clients.isEmpty());
    this.lanesOpen = new AtomicInteger(lanes.size());
  }

  /** Starts the run; completes when every request is answered or given up. Never fails. */
  Future<Void> run() {
    long now = System.nanoTime();
    lastSuccessNanos = now;
    lastEndNanos = now;
    measureStartNanos = now;
    if (warmUpNanos > 0) {
      vertx.setTimer(Math.max(1, warmUpNanos / 1_000_000), timer -> measure());
    } else {
      measure();
    }
    lanes.forEach(lane -> lane.context.runOnContext(v -> lane.open()));
    if (rate > 0) {
      Thread pacer = new Thread(this::pace, "bench-pacer");
      pacer.setDaemon(true);
      pacer.start();
    }
    return done.future();
  }

  Tally tally() {
    return tally;
  }

  /** The tally of the current phase: warm-up or measurement. */
  Tally current() {
    return measuring ? tally : warmUp;
  }

  boolean isMeasuring() {
    return measuring;
  }

  /** From the start of the measurement to the last answer. */
  double measuredSeconds() {
    return Math.max(1, lastEndNanos - measureStartNanos) / 1e9;
  }

  private void measure() {
    measureStartNanos = System.nanoTime();
    measuring = true;
  }

  /**
   * The number of the next request, or -1 if there is none left; the warm-up has its own numbers.
   *
   * @param atNanos when the request starts or is due: one that was due in time is sent, however
   *     late
   */
  private long ticket(boolean measured, long atNanos) {
    if (stopped) {
      return -1;
    }
    if (!measured) {
      return warmUpTickets.getAndIncrement();
    }
    if (secondsNanos > 0 && atNanos - measureStartNanos >= secondsNanos) {
      return -1;
    }
    long ticket = tickets.getAndIncrement();
    return ticket < total ? ticket : -1;
  }

  /** The clock of the open loop: passes each lane the requests that are due. */
  private void pace() {
    long origin = System.nanoTime();
    long sent = 0;
    boolean wasMeasuring = measuring;
    double nanosEach = 1e9 / rate;
    while (true) {
      if (measuring != wasMeasuring) {
        wasMeasuring = true;
        origin = System.nanoTime();
        sent = 0;
      }
      long due = origin + (long) (sent * nanosEach);
      long wait = due - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(Math.min(wait, 10_000_000));
        continue;
      }
      long ticket = ticket(wasMeasuring, due);
      if (ticket < 0) {
        break;
      }
      Lane lane = lanes.get((int) (sent % lanes.size()));
      boolean measured = wasMeasuring;
      lane.context.runOnContext(v -> lane.becameDue(new Due(ticket, due, measured)));
      sent++;
    }
    lanes.forEach(lane -> lane.context.runOnContext(v -> lane.endOfDue()));
  }

  /** A request of the open loop. */
  private record Due(long ticket, long dueNanos, boolean measured) {}

  private static final class Client {
    final int number;
    boolean busy;
    long sentNanos;
    long countedFromNanos;
    boolean measured;

    /**
     * Counts requests, to distinguish a late answer after a time-out from that of the next request.
     */
    long generation;

    Client(int number) {
      this.number = number;
    }
  }

  /** The clients of one event loop; used only there. */
  private final class Lane {
    final Context context;
    final List<Client> clients = new ArrayList<>();
    final ArrayDeque<Client> idle = new ArrayDeque<>();
    final ArrayDeque<Due> overdue = new ArrayDeque<>();
    private int active;
    private boolean allDue;
    private boolean closed;
    private long sweepTimer;

    Lane(Context context) {
      this.context = context;
    }

    void open() {
      sweepTimer = vertx.setPeriodic(SWEEP_MILLIS, timer -> sweep());
      active = clients.size();
      for (Client client : clients) {
        next(client);
      }
    }

    void becameDue(Due due) {
      Client client = idle.poll();
      if (client != null) {
        active++;
        send(client, due.ticket, due.dueNanos, due.measured);
      } else if (overdue.size() < MAX_OVERDUE) {
        overdue.add(due);
      } else {
        tallyOf(due.measured).failed("not sent: too many requests overdue");
      }
    }

    void endOfDue() {
      allDue = true;
      closeIfDone();
    }

    private void next(Client client) {
      if (rate > 0) {
        sendNextDue(client);
        return;
      }
      boolean measured = measuring;
      long ticket = ticket(measured, System.nanoTime());
      if (ticket < 0) {
        finish(client);
      } else {
        send(client, ticket, System.nanoTime(), measured);
      }
    }

    private void sendNextDue(Client client) {
      Due due;
      while ((due = overdue.poll()) != null) {
        if (!stopped && System.nanoTime() - due.dueNanos <= timeoutNanos) {
          send(client, due.ticket, due.dueNanos, due.measured);
          return;
        }
        tallyOf(due.measured).failed("not sent within the time-out");
      }
      idle.add(client);
      finish(client);
    }

    private void finish(Client client) {
      client.busy = false;
      active--;
      closeIfDone();
    }

    private void send(Client client, long ticket, long countedFromNanos, boolean measured) {
      long generation = ++client.generation;
      client.busy = true;
      client.sentNanos = System.nanoTime();
      client.countedFromNanos = rate > 0 ? countedFromNanos : client.sentNanos;
      client.measured = measured;
      Future<?> answer;
      try {
        answer = sender.send(client.number, ticket);
      } catch (RuntimeException e) {
        answer = Future.failedFuture(e);
      }
      answer.onComplete(
          result -> {
            if (client.generation == generation) {
              ended(client, result.cause());
            }
          });
    }

    private void ended(Client client, @Nullable Throwable failure) {
      long now = System.nanoTime();
      client.generation++;
      client.busy = false;
      if (client.measured) {
        lastEndNanos = now;
      }
      if (failure == null) {
        lastSuccessNanos = now;
        tallyOf(client.measured).succeeded(now - client.countedFromNanos);
        next(client);
      } else {
        tallyOf(client.measured).failed(String.valueOf(Connection.failed(failure).getMessage()));
        vertx.setTimer(RETRY_MILLIS, timer -> next(client));
      }
    }

    private void sweep() {
      long now = System.nanoTime();
      if (now - lastSuccessNanos > GIVE_UP_TIMEOUTS * timeoutNanos) {
        stopped = true;
      }
      for (Client client : clients) {
        if (client.busy && now - client.sentNanos > timeoutNanos) {
          ended(client, new RpcFailure("no answer within the time-out"));
        }
      }
    }

    private void closeIfDone() {
      if (closed || active > 0 || (rate > 0 && !(allDue && overdue.isEmpty()))) {
        return;
      }
      closed = true;
      vertx.cancelTimer(sweepTimer);
      if (lanesOpen.decrementAndGet() == 0) {
        done.complete();
      }
    }
  }

  private Tally tallyOf(boolean measured) {
    return measured ? tally : warmUp;
  }
}
