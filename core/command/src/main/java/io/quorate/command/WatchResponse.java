package io.quorate.command;

import java.util.List;

/**
 * What a watch stream says, in the order it must be sent. {@code revision} goes into the header.
 */
public sealed interface WatchResponse {
  long watchId();

  long revision();

  /** Answers a create request. */
  record Created(long watchId, long revision) implements WatchResponse {}

  /** Answers a create request that was refused; the id is -1. */
  record Refused(long watchId, long revision, String reason) implements WatchResponse {}

  /** Answers a cancel request, or tells that compaction passed the watcher (revision 0 then). */
  record Canceled(long watchId, long revision, long compactRevision) implements WatchResponse {}

  /**
   * Whole revisions only, in order.
   *
   * @param fragment the watcher takes fragments
   */
  record Events(long watchId, long revision, List<Event> events, boolean fragment)
      implements WatchResponse {}

  /** No event at or below {@code revision} will follow; id -1 speaks for the whole stream. */
  record Progress(long watchId, long revision) implements WatchResponse {}
}
