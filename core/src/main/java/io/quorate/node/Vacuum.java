package io.quorate.node;

import io.quorate.command.EtcdError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Gives free space of the state's file back to the disk, in slices between other writes: by itself
 * while there is much of it, one slice a tick, and all of it without a pause while somebody waits
 * for that. Apply executor only.
 */
final class Vacuum {
  private static final long SLICE_BYTES = 1L << 20;

  /** Less is kept, as what is written next would only make the file longer again. */
  private static final long WORTH_BYTES = 4L << 20;

  /** What this needs of the apply loop. */
  interface Host {
    /** As last measured. */
    long sizeBytes();

    /** As last measured. */
    long freeBytes();

    /**
     * As {@link io.quorate.apply.StateStore#vacuum}, on the writer's executor.
     *
     * @param given run on the apply executor, once the sizes are measured anew
     */
    void vacuum(long maxBytes, long keepBytes, LongConsumer given);
  }

  private static final class Asked {
    final Callback<Boolean> callback;

    /** What was free when it came: what becomes free later could keep it waiting for ever. */
    long leftBytes;

    Asked(Callback<Boolean> callback, long leftBytes) {
      this.callback = callback;
      this.leftBytes = leftBytes;
    }
  }

  private final Host host;
  private final List<Asked> waiting = new ArrayList<>();
  private boolean sliceUnderWay;
  private boolean givesBack;
  private boolean stopped;

  Vacuum(Host host) {
    this.host = host;
  }

  /**
   * Gives back what is free now, as fast as the disk lets.
   *
   * @param callback completed once that is done; if it is wanted no more, nobody hastens
   */
  void hasten(Callback<Boolean> callback) {
    if (stopped) {
      callback.fail(EtcdError.STOPPED);
      return;
    }
    waiting.add(new Asked(callback, host.freeBytes()));
    next();
  }

  /** Begins the next slice, if there is one to do and none is under way. */
  void next() {
    if (stopped || sliceUnderWay) {
      return;
    }
    long freeBytes = host.freeBytes();
    answer(freeBytes);
    long keepBytes = 0;
    if (waiting.isEmpty()) {
      keepBytes = host.sizeBytes() / 8;
      givesBack = freeBytes > (givesBack ? keepBytes : Math.max(WORTH_BYTES, host.sizeBytes() / 4));
      if (!givesBack) {
        return;
      }
    }
    sliceUnderWay = true;
    host.vacuum(SLICE_BYTES, keepBytes, this::given);
  }

  private void given(long bytes) {
    sliceUnderWay = false;
    waiting.forEach(asked -> asked.leftBytes -= bytes);
    if (bytes > 0 && !waiting.isEmpty()) {
      next();
    } else if (host.freeBytes() == 0) {
      answer(0);
    } // else the next tick tries again, as a reader prevents it now, or nobody is in a hurry
  }

  private void answer(long freeBytes) {
    for (Asked asked : List.copyOf(waiting)) {
      if (!asked.callback.isWanted()) {
        waiting.remove(asked);
        asked.callback.fail(EtcdError.TIMEOUT);
      } else if (freeBytes == 0 || asked.leftBytes <= 0) {
        waiting.remove(asked);
        asked.callback.complete(true);
      }
    }
  }

  /** Whoever waits gets STOPPED, as do all who come later. */
  void stop() {
    stopped = true;
    waiting.forEach(asked -> asked.callback.fail(EtcdError.STOPPED));
    waiting.clear();
  }
}
