package io.quorate.vertx.member;

import io.quorate.command.Member;
import io.quorate.command.PeerUrl;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.peer.ClusterView;
import io.quorate.vertx.member.peer.PeerBus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Finds out when the other members know that this one was removed. Until a majority of the
 * remaining voters have stored the removal, one of them may need this member's vote to win an
 * election; so this member must not close earlier.
 */
final class Removal {
  private static final Logger LOG = Logger.getLogger(Removal.class);
  private static final long RETRY_MILLIS = 25;
  private static final long ASK_INTERVAL_MILLIS = 2_000;

  private final PeerBus bus;
  private final Vertx vertx;
  private final long clusterId;
  private final long self;
  private final Supplier<Collection<Member>> known;

  // ---- guarded by this
  private final Map<String, ClusterView> viewsWithRemoval = new HashMap<>();
  private final Set<String> asked = new HashSet<>();
  private final Promise<Void> done = Promise.promise();
  private long deadlineNanos;
  private boolean begun;

  /**
   * @param self the id of the member that is being removed
   * @param known the members as this one knows them
   */
  Removal(PeerBus bus, Vertx vertx, long clusterId, long self, Supplier<Collection<Member>> known) {
    this.bus = bus;
    this.vertx = vertx;
    this.clusterId = clusterId;
    this.self = self;
    this.known = known;
  }

  /**
   * Completes when a majority of the remaining voters list this member as removed, and after {@code
   * boundMillis} at the latest, since some members may never answer. The bound of the first call
   * applies.
   */
  synchronized Future<Void> awaitMajority(long boundMillis) {
    if (!begun) {
      begun = true;
      deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(boundMillis);
      vertx.setTimer(
          boundMillis,
          timer -> {
            if (done.tryComplete()) {
              LOG.info("not all members have confirmed the removal within {} ms", boundMillis);
            }
          });
      askAll(known.get());
    }
    return done.future();
  }

  /**
   * Asks the other members periodically, while this one knows no leader, whether it was removed:
   * the others send nothing to a member that was removed while it was down.
   */
  void watchForOwnRemoval(BooleanSupplier hasLeader, Runnable removed) {
    vertx.setPeriodic(
        ASK_INTERVAL_MILLIS,
        timer -> {
          if (hasLeader.getAsBoolean()) {
            return;
          }
          for (Member other : known.get()) {
            PeerUrl url = PeerUrl.firstOf(other.peerUrls());
            if (other.id() == self || url == null) {
              continue;
            }
            bus.questions()
                .askMembers(URI.create(url.toString()))
                .onSuccess(
                    view -> {
                      if (view.clusterId() == clusterId && view.removed().contains(self)) {
                        removed.run();
                      }
                    })
                .onFailure(e -> LOG.debug("member {} does not answer: {}", other, e.toString()));
          }
        });
  }

  private void askAll(Collection<Member> members) {
    for (Member member : members) {
      PeerUrl url = PeerUrl.firstOf(member.peerUrls());
      if (member.id() != self && url != null && asked.add(url.toString())) {
        ask(url.toString());
      }
    }
  }

  private void ask(String peerUrl) {
    if (done.future().isComplete() || System.nanoTime() - deadlineNanos > 0) {
      return;
    }
    bus.questions()
        .askMembers(URI.create(peerUrl))
        .onSuccess(view -> answered(peerUrl, view))
        .onFailure(
            e -> {
              LOG.debug("{} does not answer: {}", peerUrl, e.toString());
              vertx.setTimer(RETRY_MILLIS, timer -> ask(peerUrl));
            });
  }

  private synchronized void answered(String peerUrl, ClusterView view) {
    if (view.clusterId() != clusterId) {
      return; // another cluster uses this address now
    }
    askAll(view.members());
    if (!view.removed().contains(self)) {
      vertx.setTimer(RETRY_MILLIS, timer -> ask(peerUrl));
      return;
    }
    viewsWithRemoval.put(peerUrl, view);
    if (viewsWithRemoval.values().stream().anyMatch(this::isConfirmedByMajority)) {
      done.tryComplete();
    }
  }

  /**
   * Whether a majority of the voters in {@code view} have stored the removal. One view suffices: it
   * is committed, and a later configuration needs a majority of these voters.
   */
  private boolean isConfirmedByMajority(ClusterView view) {
    long voters = view.members().stream().filter(m -> !m.isLearner()).count();
    long confirmed =
        view.members().stream()
            .filter(m -> !m.isLearner())
            .filter(m -> m.peerUrls().stream().anyMatch(viewsWithRemoval::containsKey))
            .count();
    return confirmed > voters / 2;
  }
}
