package io.quorate.command;

import java.util.List;

/**
 * A response on a watch stream. {@code revision} goes into the header; the order of responses must
 * be kept.
 */
public sealed interface WatchResponse {
  long watchId();

  long revision();

  /** Answers a create request. */
  record Created(long watchId, long revision) implements WatchResponse {}

  /** Answers a create request that was refused; the id is -1. */
  record Refused(long watchId, long revision, String reason) implements WatchResponse {}

  /**
   * Answers a cancel request; or ends a watcher since the history that it still needs is compacted
   * ({@code revision} is 0 then), or since its caller may not see these keys any more.
   *
   * @param reason why the member has ended it by itself; empty if there is nothing to say
   */
  record Canceled(long watchId, long revision, long compactRevision, String reason)
      implements WatchResponse {
    public Canceled(long watchId, long revision, long compactRevision) {
      this(watchId, revision, compactRevision, "");
    }
  }

  /**
   * Events of whole revisions, in order.
   *
   * @param fragment the watcher accepts an answer in fragments
   */
  record Events(long watchId, long revision, List<Event> events, boolean fragment)
      implements WatchResponse {}

  /** No event at or below {@code revision} will follow; the id -1 stands for all watchers. */
  record Progress(long watchId, long revision) implements WatchResponse {}
}
