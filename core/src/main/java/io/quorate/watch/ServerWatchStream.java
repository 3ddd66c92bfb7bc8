package io.quorate.watch;

import io.quorate.command.Caller;
import io.quorate.command.WatchSpec;

/**
 * One client stream with any number of watchers (contract of etcd's Watch RPC). All calls on the
 * apply thread; answers through the stream's {@link WatchSink}, in request order.
 */
public interface ServerWatchStream {
  /** Refused if the caller may not read these keys, and ended later if they may not any more. */
  void create(Caller caller, WatchSpec spec);

  /** For somebody who has not said who they are. */
  default void create(WatchSpec spec) {
    create(Caller.NOBODY, spec);
  }

  /** Answers a create request whose caller is not known. */
  void refuse(String reason);

  void cancel(long watchId);

  /** A progress answer with id -1 iff all watchers have caught up and there is at least one. */
  void requestProgress();

  /**
   * The periodic tick for watchers with {@code progressNotify}: those that have caught up and got
   * no event since the last tick hear the current revision.
   */
  void progressTick();

  /** The sink has room again. */
  void resume();

  /** Ends all watchers, silently. */
  void close();
}
