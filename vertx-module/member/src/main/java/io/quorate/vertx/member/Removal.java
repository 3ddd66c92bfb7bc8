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
 * Watches the removal of a member become known to the others. Until a majority of those who still
 * vote have written it down, one of them may need the vote of the removed one to be elected, so
 * that one must not go before.
 */
final class Removal {
  private static final Logger LOG = Logger.getLogger(Removal.class);
  private static final long AGAIN_MILLIS = 25;
  private static final long ASK_MILLIS = 2_000;

  private final PeerBus bus;
  private final Vertx vertx;
  private final long clusterId;
  private final long self;
  private final Supplier<Collection<Member>> known;

  // ---- under the lock of this
  private final Map<String, ClusterView> writtenDown = new HashMap<>();
  private final Set<String> asked = new HashSet<>();
  private final Promise<Void> done = Promise.promise();
  private long deadlineNanos;
  private boolean begun;

  /**
   * @param self who is being removed
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
   * boundMillis} in any case: those who do not answer must not hold it for ever. The first call
   * decides the bound.
   */
  synchronized Future<Void> writtenDown(long boundMillis) {
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
   * A member that was removed while it was down hears nothing any more, not even that. So while it
   * knows of no leader it asks the others.
   */
  void lookOut(BooleanSupplier hasLeader, Runnable removed) {
    vertx.setPeriodic(
        ASK_MILLIS,
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
              vertx.setTimer(AGAIN_MILLIS, timer -> ask(peerUrl));
            });
  }

  private synchronized void answered(String peerUrl, ClusterView view) {
    if (view.clusterId() != clusterId) {
      return; // somebody else lives there now
    }
    askAll(view.members());
    if (!view.removed().contains(self)) {
      vertx.setTimer(AGAIN_MILLIS, timer -> ask(peerUrl));
      return;
    }
    writtenDown.put(peerUrl, view);
    if (writtenDown.values().stream().anyMatch(this::majorityOf)) {
      done.tryComplete();
    }
  }

  /**
   * By the members that any of those knows who have written it down: what they know is committed,
   * and later configurations come only through a majority of it.
   */
  private boolean majorityOf(ClusterView view) {
    long voters = view.members().stream().filter(m -> !m.isLearner()).count();
    long heard =
        view.members().stream()
            .filter(m -> !m.isLearner())
            .filter(m -> m.peerUrls().stream().anyMatch(writtenDown::containsKey))
            .count();
    return heard > voters / 2;
  }
}
