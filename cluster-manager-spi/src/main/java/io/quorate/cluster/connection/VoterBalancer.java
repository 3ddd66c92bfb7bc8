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
 * Keeps as many voters as there should be, of those that are alive. Each member has one; it acts
 * only while its member leads, one change at a time, and through the store alone, so consensus
 * itself decides what can be changed.
 */
final class Caretaker {
  private static final Logger LOG = Logger.getLogger(Caretaker.class);
  private static final long LOOK_MILLIS = 200;

  /** A change of the members. */
  sealed interface Change {
    /** It gets a vote. */
    record Promote(Member member) implements Change {}

    /** It has been away for too long. */
    record Remove(Member member) implements Change {}
  }

  private final Vertx vertx;
  private final MemberStore store;
  private final Presence.Roll roll;
  private final int voters;
  private final long holdDownNanos;

  /** Since when members are away, as this leader has seen; loop of {@link #vertx}'s timer only. */
  private final Map<Long, Long> awaySince = new HashMap<>();

  private volatile boolean ended;

  Caretaker(Vertx vertx, MemberStore store, Presence.Roll roll, int voters, long holdDownMillis) {
    this.vertx = vertx;
    this.store = store;
    this.roll = roll;
    this.voters = voters;
    this.holdDownNanos = TimeUnit.MILLISECONDS.toNanos(holdDownMillis);
  }

  /** Begins to look, on a context of its own. */
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
                roll.present(store)
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
   * The one change that is due.
   *
   * <p>A voter that is gone is removed first and replaced then: a learner promoted beside it would
   * make a majority larger, not easier to reach. It stays as long as those that are there are no
   * majority of the voters as they were. Odd numbers only, where there are enough: of two voters
   * each one is needed, so a second member learns until a third comes.
   *
   * @param away whose sign of life is missing
   * @param gone for whom that is so for longer than the hold-down
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
