package io.quorate.vertx.server.robustness;

import io.quorate.command.KeyValue;
import io.quorate.history.LeaseHistory.Renewed;
import io.quorate.history.Operation;
import io.quorate.history.WatchGuarantees.Watched;
import java.util.List;

/**
 * All that clients of one run asked and heard. Steps order what happened at the clients; no two
 * have the same. Milliseconds are of the same monotonic clock, for what is promised in time.
 *
 * @param told what watchers of everything, one on each member, were told, each revision by each of
 *     them
 * @param lastRevision the newest there is at the end, of which all of them were told
 */
record Evidence(
    List<Asked> asked,
    List<Renewed> renewed,
    List<Watched> watched,
    List<Told> told,
    long lastRevision) {

  Evidence {
    asked = List.copyOf(asked);
    renewed = List.copyOf(renewed);
    watched = List.copyOf(watched);
    told = List.copyOf(told);
  }

  /**
   * One request.
   *
   * @param session the member and its life, if it is sure that one life of it was there throughout
   */
  record Asked(Operation operation, String session, long askedMillis, long answeredMillis) {}

  /**
   * One revision, as a watcher of everything heard it.
   *
   * @param kvs what it wrote
   */
  record Told(String by, long revision, List<KeyValue> kvs, long step, long millis) {
    Told {
      kvs = List.copyOf(kvs);
    }
  }
}
