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
 * Answers requests of processes that search for a cluster, want to join it or want to leave it.
 * Answers come on the loop of the peer bus; the setters may be called on any thread.
 */
final class MembershipRequests {
  private static final Logger LOG = Logger.getLogger(MembershipRequests.class);

  /** Asks for the cluster that this process is in. */
  static final String STATUS = "standing";

  /** Asks to add the sender, which listens at {@code url}, as a learner. */
  static final String JOIN = "join";

  /** Asks to remove member {@code id} after a learner was promoted in its place. */
  static final String LEAVE = "leave";

  static final int FORMAT = 1;

  private final String clusterName;
  private final int voters;
  private final MemberLiveness.LiveMembers liveMembers;
  private volatile @Nullable String clusterId;
  private volatile @Nullable QuorateStore store;

  /**
   * @param voters the target number of voters
   * @param liveMembers the liveness keys
   */
  MembershipRequests(String clusterName, int voters, MemberLiveness.LiveMembers liveMembers) {
    this.clusterName = clusterName;
    this.voters = voters;
    this.liveMembers = liveMembers;
  }

  /** From now on this process is in a cluster, even if it cannot serve join requests yet. */
  void belongsTo(long id) {
    clusterId = Long.toHexString(id);
  }

  /** From now on join and leave requests are served. */
  void open(QuorateStore through) {
    store = through;
  }

  Map<String, Function<JsonObject, Future<JsonObject>>> answers() {
    return Map.of(STATUS, this::status, JOIN, this::join, LEAVE, this::leave);
  }

  private Future<JsonObject> status(JsonObject question) {
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
   * The sender holds the port now, so a member known at that address belonged to a process that has
   * ended. It is removed, because its id must not be reused by a member without its data.
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

  /**
   * The member known at that address, also if its URL has another scheme (before TLS was turned on
   * or off).
   */
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
   * A learner is promoted before the voter is removed: so there are never fewer voters than before,
   * and all of them are alive.
   */
  private Future<?> substitute(QuorateStore s, long id, List<Member> members) {
    boolean votes = members.stream().anyMatch(m -> m.id() == id && !m.isLearner());
    long remaining = members.stream().filter(m -> m.id() != id && !m.isLearner()).count();
    return liveMembers
        .present(s)
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

  /**
   * If no learner can be promoted, the member leaves all the same: the {@link VoterBalancer}
   * promotes one later.
   */
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
