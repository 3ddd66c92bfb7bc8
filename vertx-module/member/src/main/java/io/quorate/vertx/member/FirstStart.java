package io.quorate.vertx.member;

import io.quorate.command.Member;
import io.quorate.node.Bootstrap;
import io.quorate.node.LogStore;
import io.quorate.store.sqlite.SqliteStateStore;
import io.quorate.store.sqlite.StoreException;
import io.quorate.vertx.member.embedded.MemberIds;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.peer.ClusterView;
import io.quorate.vertx.member.peer.PeerBus;
import io.vertx.core.Future;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Determines a member's identity: it founds a new cluster, joins a running one, or continues as the
 * member that its data directory belongs to. Runs on the lifecycle thread.
 */
final class FirstStart {
  private static final int JOIN_SECONDS = 10;
  private static final long JOIN_RETRY_MILLIS = 100;

  /** Waits for a future, for no longer than one step of the start may take. */
  interface BoundedWait {
    <T> T await(Future<T> future) throws Exception;
  }

  private final QuorateOptions options;
  private final PeerBus bus;
  private final Embedding.@Nullable Place place;
  private final BoundedWait boundedWait;

  /**
   * @param place the identity of a member that has already been added by this process; null to ask
   *     the cluster for it
   */
  FirstStart(
      QuorateOptions options,
      PeerBus bus,
      Embedding.@Nullable Place place,
      BoundedWait boundedWait) {
    this.options = options;
    this.bus = bus;
    this.place = place;
    this.boundedWait = boundedWait;
  }

  /** Determines the identity for an empty data directory and writes it there. */
  LogStore.Existing begin(LogStore log, SqliteStateStore state) throws Exception {
    if (state.load().applied().index() > Bootstrap.FIRST.index()) {
      throw new StoreException(
          options.getDataDir()
              + " holds the state of a member but not its log: it must not vote any more; remove"
              + " the member from the cluster, wipe the directory and add it again");
    }
    if (options.getInitialClusterState() == QuorateOptions.ClusterState.NEW) {
      return Bootstrap.newCluster(
          log,
          state,
          new LogStore.Identity(ClusterIds.cluster(options), ClusterIds.localMember(options)),
          firstMembers(options));
    }
    return Bootstrap.joining(
        log,
        place != null
            ? new LogStore.Identity(place.clusterId(), place.memberId())
            : askCluster(Joining::place));
  }

  /** The members that the options describe, as all of them compute them. */
  static List<Member> firstMembers(QuorateOptions options) {
    List<Member> members = new ArrayList<>();
    options
        .getInitialCluster()
        .forEach(
            (name, urls) ->
                members.add(
                    new Member(
                        MemberIds.bootstrapMember(urls, options.getInitialClusterToken()),
                        "",
                        urls.stream().map(URI::toString).toList(),
                        List.of(),
                        false)));
    return members;
  }

  /** The members to which this one sends until the leader's snapshot has arrived. */
  List<Member> knownMembers() throws Exception {
    return place != null ? place.members() : askCluster(Joining::members);
  }

  /**
   * Asks all other members that the flags name, and repeats this while they do not answer or do not
   * know this member: some of them may learn of a recent addition later than others.
   *
   * @param wanted computes the result from the answers; throws {@link ConfigurationException} if
   *     the answers do not allow one
   */
  private <T> T askCluster(BiFunction<Joining, List<ClusterView>, T> wanted) throws Exception {
    Joining joining = new Joining(options);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(JOIN_SECONDS);
    while (true) {
      Map<URI, Future<ClusterView>> asked = new LinkedHashMap<>();
      joining.others().forEach(peer -> asked.put(peer, bus.questions().askMembers(peer)));
      List<ClusterView> views = new ArrayList<>();
      List<String> silent = new ArrayList<>();
      for (var answer : asked.entrySet()) {
        try {
          views.add(boundedWait.await(answer.getValue()));
        } catch (ExecutionException e) {
          String why = String.valueOf((e.getCause() == null ? e : e.getCause()).getMessage());
          silent.add(answer.getKey() + " (" + why + ")");
        }
      }
      boolean isLast = silent.isEmpty() || System.nanoTime() > deadline;
      if (!views.isEmpty()) {
        try {
          return wanted.apply(joining, views);
        } catch (ConfigurationException e) {
          if (isLast) {
            throw e;
          }
        }
      } else if (isLast) {
        throw new ConfigurationException(
            "initial-cluster-state",
            "existing",
            "no member of the cluster answered; tried "
                + silent
                + ": start one of them, or correct --initial-cluster");
      }
      boundedWait.await(bus.vertx().timer(JOIN_RETRY_MILLIS, TimeUnit.MILLISECONDS));
    }
  }

  /**
   * Refuses a data directory of a member with another name, or of a cluster whose feature level is
   * too new.
   */
  void refuseForeignDirectory(Bootstrap.Recovered recovered) {
    int maxFeatureLevel = options.get(Options.MAX_FEATURE_LEVEL);
    if (recovered.state().featureLevel() > maxFeatureLevel) {
      throw new ConfigurationException(
          Options.MAX_FEATURE_LEVEL.name(),
          maxFeatureLevel,
          "the cluster that "
              + options.getDataDir()
              + " belongs to is at feature level "
              + recovered.state().featureLevel()
              + " already; leave it out");
    }
    for (Member m : recovered.state().members()) {
      if (m.id() == recovered.identity().memberId()
          && !m.name().isEmpty()
          && !m.name().equals(options.getName())) {
        throw new ConfigurationException(
            "data-dir",
            options.getDataDir(),
            "belongs to member '"
                + m.name()
                + "' ("
                + Long.toHexString(m.id())
                + "), not to '"
                + options.getName()
                + "'; correct --name or --data-dir");
      }
    }
    if (options.getInitialClusterState() == QuorateOptions.ClusterState.NEW
        && options.getInitialCluster().size() > 1
        && ClusterIds.cluster(options) != recovered.identity().clusterId()
        && ClusterIds.localMember(options) != recovered.identity().memberId()) {
      throw new ConfigurationException(
          "data-dir",
          options.getDataDir(),
          "belongs to cluster "
              + Long.toHexString(recovered.identity().clusterId())
              + ", but the flags describe cluster "
              + Long.toHexString(ClusterIds.cluster(options))
              + "; correct --initial-cluster and --initial-cluster-token, or --data-dir");
    }
  }
}
