package io.quorate.vertx.client;

import io.quorate.command.KeyRange;

/**
 * What to watch.
 *
 * @param startRevision first revision to deliver; 0 for "from now"
 * @param prevKv events carry the pair before them, as far as it has not been compacted
 * @param noPut puts are left out
 * @param noDelete deletes are left out
 */
public record WatchOptions(
    KeyRange range, long startRevision, boolean prevKv, boolean noPut, boolean noDelete) {

  /** Everything that happens to {@code range} from now on. */
  public static WatchOptions of(KeyRange range) {
    return new WatchOptions(range, 0, false, false, false);
  }

  /** The same from {@code revision} on. */
  public WatchOptions startingAt(long revision) {
    return new WatchOptions(range, revision, prevKv, noPut, noDelete);
  }
}
