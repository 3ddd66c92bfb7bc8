package io.quorate.cluster.connection;

import io.quorate.command.Member;
import io.quorate.command.Result;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the configured number of live voters. Each member runs one; it is active only while its
 * member leads. It makes one change at a time, as a request to the store, so that consensus decides
 * whether the change is made.
 */
final class VoterBalancer {
  private static final Logger LOG = Logger.getLogger(VoterBalancer.class);
  private static final long LOOK_MILLIS = 200;

  /** A change of the members. */
  sealed interface Change {
    /** The learner becomes a voter. */
    record Promote(Member member) implements Change {}

    /** The member was absent for longer than the hold-down. */
    record Remove(Member member) implements Change {}
  }

  private final Vertx vertx;
  private final MemberStore store;
  private final MemberLiveness.LiveMembers liveMembers;
  private final int voters;
  private final long holdDownNanos;

  /**
   * When this leader first saw each absent member absent, in nanoseconds; event loop of the timer
   * only.
   */
  private final Map<Long, Long> awaySince = new HashMap<>();

  private volatile boolean ended;

  VoterBalancer(
      Vertx vertx,
      MemberStore store,
      MemberLiveness.LiveMembers liveMembers,
      int voters,
      long holdDownMillis) {
    this.vertx = vertx;
    this.store = store;
    this.liveMembers = liveMembers;
    this.voters = voters;
    this.holdDownNanos = TimeUnit.MILLISECONDS.toNanos(holdDownMillis);
  }

  /** Starts the periodic check, on a new context. */
  void begin() {
    vertx.getOrCreateContext().runOnContext(v -> look());
  }

  void end() {
    ended = true;
  }

  private void look() {
    if (ended) {
      return;
    }
    Result.MemberStatus status = store.memberStatus();
    if (status.leader() != status.memberId()) {
      awaySince.clear();
      vertx.setTimer(LOOK_MILLIS, timer -> look());
      return;
    }
    store
        .memberList(false)
        .compose(
            list ->
                liveMembers
                    .present(store)
                    .compose(present -> act(list.members(), present, status.memberId())))
        .onComplete(
            (changed, e) -> {
              if (e != null) {
                LOG.debug("the members stay as they are: {}", e.toString());
              }
              boolean more = e == null && changed;
              vertx.setTimer(more ? 1 : LOOK_MILLIS, timer -> look());
            });
  }

  private Future<Boolean> act(List<Member> members, Set<Long> present, long self) {
    long now = System.nanoTime();
    awaySince.keySet().retainAll(members.stream().map(Member::id).toList());
    for (Member member : members) {
      if (present.contains(member.id()) || member.id() == self) {
        awaySince.remove(member.id());
      } else {
        awaySince.putIfAbsent(member.id(), now);
      }
    }
    Set<Long> gone =
        awaySince.entrySet().stream()
            .filter(e -> now - e.getValue() >= holdDownNanos)
            .map(Map.Entry::getKey)
            .collect(java.util.stream.Collectors.toUnmodifiableSet());
    Optional<Change> change = next(members, awaySince.keySet(), gone, voters);
    if (change.isEmpty()) {
      return Future.succeededFuture(false);
    }
    if (change.get() instanceof Change.Promote promote) {
      return store
          .memberPromote(promote.member().id())
          .onSuccess(done -> LOG.info("{} votes now", promote.member().name()))
          .map(true);
    } else if (change.get() instanceof Change.Remove remove) {
      return store
          .memberRemove(remove.member().id())
          .onSuccess(
              done ->
                  LOG.warn(
                      "member {} was away for {} ms and has been removed",
                      describe(remove.member()),
                      TimeUnit.NANOSECONDS.toMillis(holdDownNanos)))
          .map(true);
    }
    throw new IllegalStateException("unknown change " + change);
  }

  private static String describe(Member member) {
    return Long.toHexString(member.id()) + " (" + member.peerUrls() + ")";
  }

  /**
   * The next change to make, if any.
   *
   * <p>A lost voter is removed first and replaced afterwards: promoting a learner beside it would
   * make the majority larger, not easier to reach. It is not removed while the present voters are
   * no majority of all voters. The number of voters is kept odd where there are enough members:
   * with two voters both are needed, so the second member stays a learner until a third joins.
   *
   * @param away members whose liveness key is missing
   * @param gone members absent for longer than the hold-down
   */
  static Optional<Change> next(
      List<Member> members, Set<Long> away, Set<Long> gone, int targetVoters) {
    List<Member> voting = members.stream().filter(m -> !m.isLearner()).toList();
    long here = voting.stream().filter(m -> !away.contains(m.id())).count();
    if (here > voting.size() / 2) {
      Optional<Member> lost = voting.stream().filter(m -> gone.contains(m.id())).findFirst();
      if (lost.isPresent()) {
        return Optional.of(new Change.Remove(lost.get()));
      }
    }
    List<Member> ready =
        members.stream()
            .filter(m -> m.isLearner() && !away.contains(m.id()) && !m.name().isEmpty())
            .toList();
    int needed = voting.size() % 2 == 0 ? 1 : 2;
    if (voting.size() + needed <= targetVoters && ready.size() >= needed) {
      return Optional.of(new Change.Promote(ready.get(0)));
    }
    return members.stream()
        .filter(m -> m.isLearner() && gone.contains(m.id()))
        .findFirst()
        .map(Change.Remove::new);
  }
}
