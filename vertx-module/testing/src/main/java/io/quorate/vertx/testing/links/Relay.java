package io.quorate.vertx.testing.links;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/** One direction of one connection. Used on the proxy's event loop. */
final class Relay {
  /** Above this, reading from the sender stops, as it would in a real network. */
  private static final int MOST_HELD_BYTES = 256 << 10;

  private record Held(Buffer bytes, long dueNanos) {}

  private final Vertx vertx;
  private final Link link;
  private final NetSocket from;
  private final NetSocket to;
  private final ArrayDeque<Held> held = new ArrayDeque<>();
  private Runnable onEnd = () -> {};
  private int heldBytes;
  private long lastDueNanos = System.nanoTime();
  private boolean fromEnded;
  private boolean ended;
  private boolean timed;

  Relay(Vertx vertx, Link link, NetSocket from, NetSocket to) {
    this.vertx = vertx;
    this.link = link;
    this.from = from;
    this.to = to;
  }

  void start(Buffer first, Runnable onEnd) {
    this.onEnd = onEnd;
    if (first.length() > 0) {
      take(first);
    }
    from.handler(this::take);
    to.drainHandler(v -> pump());
    from.exceptionHandler(reset -> fromEnded = true); // the end follows
    from.closeHandler(
        v -> {
          fromEnded = true;
          pump();
        });
    conditionChanged();
  }

  void conditionChanged() {
    if (link.condition().mode() == Link.Mode.CUT) {
      end();
    } else {
      pump();
    }
  }

  private void take(Buffer bytes) {
    Link.Condition now = link.condition();
    long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(now.delayMillis());
    due = Math.max(due, lastDueNanos);
    if (now.bytesPerSecond() > 0) {
      due += TimeUnit.SECONDS.toNanos(bytes.length()) / now.bytesPerSecond();
    }
    lastDueNanos = due;
    held.add(new Held(bytes, due));
    heldBytes += bytes.length();
    pump();
  }

  private void pump() {
    if (ended) {
      return;
    }
    boolean silent = link.condition().mode() == Link.Mode.SILENT;
    while (!silent && !held.isEmpty() && !to.writeQueueFull()) {
      long early = held.element().dueNanos - System.nanoTime();
      if (early > 0 && isSlowed()) {
        wakeIn(early);
        break;
      }
      Held next = held.remove();
      heldBytes -= next.bytes.length();
      to.write(next.bytes);
    }
    if (fromEnded) {
      if (!silent && held.isEmpty()) {
        end();
      }
    } else if (silent || heldBytes > MOST_HELD_BYTES || to.writeQueueFull()) {
      from.pause();
    } else {
      from.resume();
    }
  }

  /** Whether the present condition delays bytes; if not, delayed bytes pass at once. */
  private boolean isSlowed() {
    Link.Condition now = link.condition();
    return now.delayMillis() > 0 || now.bytesPerSecond() > 0;
  }

  private void wakeIn(long nanos) {
    if (!timed) {
      timed = true;
      vertx.setTimer(
          TimeUnit.NANOSECONDS.toMillis(nanos) + 1,
          id -> {
            timed = false;
            pump();
          });
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      onEnd.run();
      from.close();
      to.close();
    }
  }
}
