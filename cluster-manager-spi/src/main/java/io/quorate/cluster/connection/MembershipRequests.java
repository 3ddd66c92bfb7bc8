package io.quorate.cluster.connection;

import io.quorate.command.Member;
import io.quorate.command.PeerUrl;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a process answers to those that look for a cluster, want to be taken in or want to leave.
 * Answers come on the loop of the peer bus; the setters may be called on any thread.
 */
final class Reception {
  private static final Logger LOG = Logger.getLogger(Reception.class);

  /** Which cluster are you in? */
  static final String STANDING = "standing";

  /** Add me, who listens at {@code url}, as a learner. */
  static final String JOIN = "join";

  /** Remove member {@code id}, and let a learner have its place. */
  static final String LEAVE = "leave";

  static final int FORMAT = 1;

  private final String clusterName;
  private final int voters;
  private final Presence.Roll roll;
  private volatile @Nullable String clusterId;
  private volatile @Nullable QuorateStore store;

  /**
   * @param voters how many are to vote
   * @param roll who is there
   */
  Reception(String clusterName, int voters, Presence.Roll roll) {
    this.clusterName = clusterName;
    this.voters = voters;
    this.roll = roll;
  }

  /** From now on this process belongs to a cluster, even if it cannot do anything for it yet. */
  void belongsTo(long id) {
    clusterId = Long.toHexString(id);
  }

  /** From now on others can be taken in here. */
  void open(QuorateStore through) {
    store = through;
  }

  Map<String, Function<JsonObject, Future<JsonObject>>> answers() {
    return Map.of(STANDING, this::standing, JOIN, this::join, LEAVE, this::leave);
  }

  private Future<JsonObject> standing(JsonObject question) {
    return Future.succeededFuture(
        new JsonObject()
            .put("format", FORMAT)
            .put("cluster", clusterName)
            .put("clusterId", clusterId));
  }

  private Future<QuorateStore> storeFor(JsonObject question) {
    if (!clusterName.equals(question.getString("cluster"))) {
      return Future.failedFuture("this is a member of cluster '" + clusterName + "'");
    }
    QuorateStore through = store;
    return through == null
        ? Future.failedFuture("this member is about to start")
        : Future.succeededFuture(through);
  }

  /**
   * Whoever asks holds the port now: a member that is known there belongs to a process that is
   * gone, and its id must not be taken again by a disk that has forgotten everything.
   */
  private Future<JsonObject> join(JsonObject question) {
    String url = question.getString("url");
    return storeFor(question)
        .compose(
            s ->
                s.memberList(true)
                    .compose(
                        list -> {
                          Member former = at(url, list.members());
                          return former == null
                              ? Future.succeededFuture(list)
                              : s.memberRemove(former.id());
                        })
                    .compose(freed -> s.memberAdd(List.of(url), true)))
        .map(
            added -> {
              Member member = added.member() != null ? added.member() : at(url, added.members());
              if (member == null) {
                throw new IllegalStateException("a member was added that is not there: " + url);
              }
              LOG.info("member {} at {} was added", Long.toHexString(member.id()), url);
              return new JsonObject()
                  .put("format", FORMAT)
                  .put("memberId", Long.toHexString(member.id()));
            });
  }

  /** Who is known there, also from a time when the cluster talked otherwise. */
  private static @Nullable Member at(String url, List<Member> members) {
    Address address = Address.of(URI.create(url));
    return members.stream()
        .filter(
            m ->
                m.peerUrls().stream()
                    .map(PeerUrl::parse)
                    .anyMatch(u -> u != null && Address.of(u).equals(address)))
        .findFirst()
        .orElse(null);
  }

  private Future<JsonObject> leave(JsonObject question) {
    long id = Long.parseUnsignedLong(question.getString("id"), 16);
    return storeFor(question)
        .compose(
            s ->
                s.memberList(true)
                    .compose(list -> substitute(s, id, list.members()))
                    .compose(done -> remove(s, id)))
        .map(removed -> new JsonObject().put("format", FORMAT));
  }

  private static Future<?> remove(QuorateStore s, long id) {
    return s.memberList(true)
        .compose(
            list ->
                list.members().stream().anyMatch(m -> m.id() == id)
                    ? s.memberRemove(id).<Result>map(r -> r)
                    : Future.succeededFuture());
  }

  /**
   * First somebody else gets a vote, then this one loses its: so there are never fewer voters than
   * there were, and all that count are alive.
   */
  private Future<?> substitute(QuorateStore s, long id, List<Member> members) {
    boolean votes = members.stream().anyMatch(m -> m.id() == id && !m.isLearner());
    long remaining = members.stream().filter(m -> m.id() != id && !m.isLearner()).count();
    return roll.present(s)
        .compose(
            present -> {
              List<Member> learners =
                  members.stream()
                      .filter(m -> m.isLearner() && m.id() != id && present.contains(m.id()))
                      .toList();
              return votes && remaining < voters
                  ? promoteOne(s, learners, 0)
                  : Future.succeededFuture();
            });
  }

  /** Nobody taking the place is no reason to stay: the caretaker fills it when there is one. */
  static Future<?> promoteOne(QuorateStore s, List<Member> learners, int from) {
    if (from >= learners.size()) {
      return Future.succeededFuture();
    }
    Member learner = learners.get(from);
    return s.memberPromote(learner.id())
        .<@Nullable Object>map(done -> done)
        .recover(
            e -> {
              LOG.info("{} cannot vote yet: {}", learner.name(), e.getMessage());
              return promoteOne(s, learners, from + 1).map(r -> r);
            });
  }
}
