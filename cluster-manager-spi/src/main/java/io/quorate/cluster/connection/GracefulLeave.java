package io.quorate.cluster.connection;

import io.quorate.command.Caller;
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
 * Takes a member out of the cluster for good: transfers leadership, has a learner promoted in its
 * place, asks the new leader to remove it, and keeps running until the remaining members no longer
 * need it. Blocks.
 */
final class GracefulLeave {
  private static final Logger LOG = Logger.getLogger(GracefulLeave.class);
  private static final long AGAIN_MILLIS = 20;

  /** The member asked may be leaving too and never answer; asking again is harmless. */
  private static final long ASK_MILLIS = 500;

  private final QuorateServer server;
  private final MemberStore store;
  private final PeerBus bus;
  private final MemberLiveness.LiveMembers liveMembers;
  private final String clusterName;
  private final Deadline deadline;
  private final long self;
  private String trouble = "there is no leader";

  GracefulLeave(
      QuorateServer server,
      PeerBus bus,
      MemberLiveness.LiveMembers liveMembers,
      String clusterName,
      Deadline deadline) {
    this.server = server;
    this.store = server.client().as(Caller.NODE);
    this.bus = bus;
    this.liveMembers = liveMembers;
    this.clusterName = clusterName;
    this.deadline = deadline;
    this.self = store.memberStatus().memberId();
  }

  /**
   * Returns when this member was removed, is the last one, no quorum is left to remove it, or the
   * deadline has passed.
   */
  void leave() throws InterruptedException {
    server.expectRemoval();
    try {
      while (!deadline.isOver()) {
        if (succeeds(this::step)) {
          return;
        }
        if (succeeds(() -> !isQuorumPossible())) {
          LOG.info("left without being removed: too few members are left for a quorum");
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

  /**
   * Whether a majority of the voters may still run: false if too many of their ports refuse
   * connections.
   */
  private boolean isQuorumPossible()
      throws ExecutionException, InterruptedException, TimeoutException {
    deadline.pause(AGAIN_MILLIS);
    List<Member> voters =
        deadline.await(store.memberList(false)).members().stream()
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
        deadline
            .atLeast(1_000)
            .await(new PeerProbe(bus, clusterName).findAll(others))
            .values()
            .stream()
            .filter(f -> f.kind() == PeerProbe.Kind.REFUSED)
            .count();
    return voters.size() - gone > voters.size() / 2;
  }

  /** True when nothing is left to do. */
  private boolean step() throws ExecutionException, InterruptedException, TimeoutException {
    List<Member> members = deadline.await(store.memberList(false)).members();
    List<Member> others = members.stream().filter(m -> m.id() != self).toList();
    boolean member = others.size() < members.size();
    Set<Long> present = deadline.await(liveMembers.present(store));
    if (others.stream().noneMatch(m -> present.contains(m.id()))) {
      return true; // the last member, or all members are leaving
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
      deadline.await(
          bus.questions()
              .ask(
                  URI.create(url.toString()),
                  MembershipRequests.LEAVE,
                  new JsonObject()
                      .put("format", MembershipRequests.FORMAT)
                      .put("cluster", clusterName)
                      .put("id", Long.toHexString(self)),
                  Math.max(1, Math.min(ASK_MILLIS, deadline.leftMillis()))));
    }
    deadline.await(server.awaitRemoval(Math.max(1, deadline.leftMillis())));
    return true;
  }

  private void handOver(List<Member> others, Set<Long> present)
      throws ExecutionException, InterruptedException, TimeoutException {
    List<Member> voters = new ArrayList<>(others.stream().filter(m -> !m.isLearner()).toList());
    List<Member> learners =
        others.stream().filter(m -> m.isLearner() && present.contains(m.id())).toList();
    if (voters.stream().noneMatch(m -> present.contains(m.id())) && !learners.isEmpty()) {
      briefly(MembershipRequests.promoteOne(store, learners, 0));
      return;
    }
    voters.sort(java.util.Comparator.comparing(m -> !present.contains(m.id())));
    briefly(store.moveLeader(voters.get(0).id()));
  }

  /** Waits for a bounded part of the remaining time: the future may never complete. */
  private void briefly(Future<?> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    Object unused =
        new Deadline(Math.min(ASK_MILLIS, deadline.leftMillis()), new CompletableFuture<>())
            .await(future.map(done -> 0));
  }
}
