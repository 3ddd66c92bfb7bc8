package io.quorate.cluster.connection;

import io.quorate.command.Member;
import io.quorate.command.PeerUrl;
import io.quorate.command.Result;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.member.peer.PeerBus;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * How a member leaves for good: it hands leadership over, has a learner take its vote and itself
 * removed by whoever leads then, and stays until those who remain can do without it. Blocks.
 */
final class Departure {
  private static final Logger LOG = Logger.getLogger(Departure.class);
  private static final long AGAIN_MILLIS = 20;

  /** The one who is asked may leave as well, without a word; asking again does no harm. */
  private static final long ASK_MILLIS = 500;

  private final QuorateServer server;
  private final MemberStore store;
  private final PeerBus bus;
  private final Presence.Roll roll;
  private final String clusterName;
  private final Patience patience;
  private final long self;
  private String trouble = "there is no leader";

  Departure(
      QuorateServer server,
      PeerBus bus,
      Presence.Roll roll,
      String clusterName,
      Patience patience) {
    this.server = server;
    this.store = server.client();
    this.bus = bus;
    this.roll = roll;
    this.clusterName = clusterName;
    this.patience = patience;
    this.self = store.memberStatus().memberId();
  }

  /** Returns when this member has left, is the last one, nobody can let it go, or time is over. */
  void leave() throws InterruptedException {
    server.expectRemoval();
    try {
      while (!patience.isOver()) {
        if (succeeds(this::step)) {
          return;
        }
        if (succeeds(() -> !isQuorumPossible())) {
          LOG.info("left without being removed: so many have gone that nobody can decide it");
          return;
        }
      }
    } catch (RejectedExecutionException e) {
      LOG.debug("it has stopped by itself meanwhile, as it does when it is removed", e);
      return;
    }
    LOG.warn("left without being removed from the cluster: {}", trouble);
  }

  private interface Step {
    boolean run() throws ExecutionException, InterruptedException, TimeoutException;
  }

  private boolean succeeds(Step step) throws InterruptedException {
    try {
      return step.run();
    } catch (TimeoutException e) {
      trouble = "no answer";
    } catch (ExecutionException e) {
      trouble = String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
    }
    return false;
  }

  /** Whether a majority of the voters may still be there, as far as their ports tell. */
  private boolean isQuorumPossible()
      throws ExecutionException, InterruptedException, TimeoutException {
    patience.pause(AGAIN_MILLIS);
    List<Member> voters =
        patience.await(store.memberList(false)).members().stream()
            .filter(m -> !m.isLearner())
            .toList();
    List<Address> others =
        voters.stream()
            .filter(m -> m.id() != self)
            .map(m -> PeerUrl.firstOf(m.peerUrls()))
            .filter(Objects::nonNull)
            .map(Address::of)
            .toList();
    long gone =
        patience.atLeast(1_000).await(new Probe(bus, clusterName).findAll(others)).values().stream()
            .filter(f -> f.kind() == Probe.Kind.NOBODY)
            .count();
    return voters.size() - gone > voters.size() / 2;
  }

  /** True once there is nothing more to do. */
  private boolean step() throws ExecutionException, InterruptedException, TimeoutException {
    List<Member> members = patience.await(store.memberList(false)).members();
    List<Member> others = members.stream().filter(m -> m.id() != self).toList();
    boolean member = others.size() < members.size();
    Set<Long> present = patience.await(roll.present(store));
    if (others.stream().noneMatch(m -> present.contains(m.id()))) {
      return true; // the last one, or all leave
    }
    Result.MemberStatus status = store.memberStatus();
    if (member && status.leader() == self) {
      handOver(others, present);
      return false;
    }
    Member leader = others.stream().filter(m -> m.id() == status.leader()).findFirst().orElse(null);
    if (member && leader == null) {
      return false;
    }
    if (member && leader != null) {
      PeerUrl url = PeerUrl.firstOf(leader.peerUrls());
      if (url == null) {
        throw new ExecutionException(
            new IllegalStateException("the leader has no peer URL: " + leader.peerUrls()));
      }
      patience.await(
          bus.ask(
              URI.create(url.toString()),
              Reception.LEAVE,
              new JsonObject()
                  .put("format", Reception.FORMAT)
                  .put("cluster", clusterName)
                  .put("id", Long.toHexString(self)),
              Math.max(1, Math.min(ASK_MILLIS, patience.leftMillis()))));
    }
    patience.await(server.awaitRemoval(Math.max(1, patience.leftMillis())));
    return true;
  }

  private void handOver(List<Member> others, Set<Long> present)
      throws ExecutionException, InterruptedException, TimeoutException {
    List<Member> voters = new ArrayList<>(others.stream().filter(m -> !m.isLearner()).toList());
    List<Member> learners =
        others.stream().filter(m -> m.isLearner() && present.contains(m.id())).toList();
    if (voters.stream().noneMatch(m -> present.contains(m.id())) && !learners.isEmpty()) {
      briefly(Reception.promoteOne(store, learners, 0));
      return;
    }
    voters.sort(java.util.Comparator.comparing(m -> !present.contains(m.id())));
    briefly(store.moveLeader(voters.get(0).id()));
  }

  /** Does not give up all the time that is left for one that may never come. */
  private void briefly(Future<?> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    Object unused =
        new Patience(Math.min(ASK_MILLIS, patience.leftMillis()), new CompletableFuture<>())
            .await(future.map(done -> 0));
  }
}
