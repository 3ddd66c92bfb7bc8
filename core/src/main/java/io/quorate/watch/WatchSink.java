package io.quorate.watch;

import io.quorate.command.WatchResponse;

/** Where a stream's responses go. Called on the apply thread; must not block. */
public interface WatchSink {
  /** Takes a response; never refuses. Control answers come even if {@link #isFull}. */
  void send(WatchResponse response);

  /**
   * True while no more events should come: its watchers are then parked and later caught up from
   * history. The owner calls {@link ServerWatchStream#resume} when there is room again.
   */
  boolean isFull();
}
