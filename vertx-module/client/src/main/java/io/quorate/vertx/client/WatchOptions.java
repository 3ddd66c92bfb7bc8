package io.quorate.vertx.client;

import io.quorate.command.KeyRange;

/**
 * What to watch.
 *
 * @param startRevision first revision to deliver; 0 for "from now"
 * @param prevKv events contain the previous pair, unless it has been compacted
 * @param noPut no put events
 * @param noDelete no delete events
 */
public record WatchOptions(
    KeyRange range, long startRevision, boolean prevKv, boolean noPut, boolean noDelete) {

  /** All changes of {@code range} from now on. */
  public static WatchOptions of(KeyRange range) {
    return new WatchOptions(range, 0, false, false, false);
  }

  /** The same options, starting at {@code revision}. */
  public WatchOptions startingAt(long revision) {
    return new WatchOptions(range, revision, prevKv, noPut, noDelete);
  }
}
