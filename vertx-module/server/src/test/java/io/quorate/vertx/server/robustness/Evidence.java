package io.quorate.vertx.server.robustness;

import io.quorate.command.KeyValue;
import io.quorate.history.LeaseHistory.Renewed;
import io.quorate.history.Operation;
import io.quorate.history.WatchGuarantees.Watched;
import java.util.List;

/**
 * Everything that the clients of one run have sent and received. Steps order what happened at the
 * clients; no two are equal. Milliseconds are of one monotonic clock, for promises about time.
 *
 * @param observed the revisions received by the watchers of all keys, one watcher on each member;
 *     every watcher contributes every revision
 * @param lastRevision the newest revision at the end, which all these watchers have received
 */
record Evidence(
    List<TimedRequest> timedRequests,
    List<Renewed> renewed,
    List<Watched> watched,
    List<ObservedRevision> observed,
    long lastRevision) {

  Evidence {
    timedRequests = List.copyOf(timedRequests);
    renewed = List.copyOf(renewed);
    watched = List.copyOf(watched);
    observed = List.copyOf(observed);
  }

  /**
   * One request.
   *
   * @param session the member and its process, if the same process certainly ran during the whole
   *     request
   */
  record TimedRequest(Operation operation, String session, long sentMillis, long answeredMillis) {}

  /**
   * One revision, as a watcher of all keys received it.
   *
   * @param kvs the pairs written in the revision
   */
  record ObservedRevision(String by, long revision, List<KeyValue> kvs, long step, long millis) {
    ObservedRevision {
      kvs = List.copyOf(kvs);
    }
  }
}
