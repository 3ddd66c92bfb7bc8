package io.quorate.vertx.member;

import io.quorate.command.Member;
import io.quorate.node.LogStore;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.Options;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.peer.ClusterView;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the identity of a member with an empty data directory in a running cluster (etcd's {@code
 * --initial-cluster-state=existing}). Some members may not have applied the latest membership
 * change, so the answers of all of them are combined.
 */
final class Joining {
  private final QuorateOptions options;
  private final TreeSet<String> own = new TreeSet<>();
  private final TreeSet<String> configured = new TreeSet<>();
  private final List<URI> others = new ArrayList<>();

  Joining(QuorateOptions options) {
    this.options = options;
    options
        .getInitialCluster()
        .forEach(
            (name, urls) -> {
              urls.forEach(url -> configured.add(url.toString()));
              if (name.equals(options.getName())) {
                urls.forEach(url -> own.add(url.toString()));
              } else {
                others.addAll(urls);
              }
            });
  }

  /** The peer URLs of the other members, which are to be asked. */
  List<URI> others() {
    return others;
  }

  /**
   * The identity that at least one of the members knows for this one.
   *
   * @param views not empty
   * @throws ConfigurationException if no member knows this one, or one reports that it has been
   *     started before
   */
  LogStore.Identity place(Collection<ClusterView> views) {
    Set<Long> removed = removed(views);
    LogStore.Identity place = null;
    ConfigurationException refusal = null;
    for (ClusterView view : views) {
      if (view.featureLevel() > options.get(Options.MAX_FEATURE_LEVEL)) {
        throw new ConfigurationException(
            Options.MAX_FEATURE_LEVEL.name(),
            options.get(Options.MAX_FEATURE_LEVEL),
            "the cluster to be joined is at feature level " + view.featureLevel());
      }
      List<Member> members =
          view.members().stream().filter(member -> !removed.contains(member.id())).toList();
      Member self = self(members);
      if (self != null && !self.name().isEmpty()) {
        throw startedBefore(self);
      }
      ConfigurationException mismatch = mismatch(self, members);
      if (mismatch != null) {
        refusal = mismatch;
      } else if (self != null) {
        place = new LogStore.Identity(view.clusterId(), self.id());
      }
    }
    if (place != null) {
      return place;
    }
    throw refusal != null ? refusal : new IllegalArgumentException("nobody has answered");
  }

  /** All members that appear in some view and are removed in none. */
  List<Member> members(Collection<ClusterView> views) {
    TreeMap<Long, Member> members = new TreeMap<>(Long::compareUnsigned);
    views.forEach(view -> view.members().forEach(member -> members.put(member.id(), member)));
    members.keySet().removeAll(removed(views));
    return List.copyOf(members.values());
  }

  private static Set<Long> removed(Collection<ClusterView> views) {
    Set<Long> removed = new HashSet<>();
    views.forEach(view -> removed.addAll(view.removed()));
    return removed;
  }

  private @Nullable Member self(List<Member> members) {
    return members.stream()
        .filter(member -> new TreeSet<>(member.peerUrls()).equals(own))
        .findFirst()
        .orElse(null);
  }

  private @Nullable ConfigurationException mismatch(@Nullable Member self, List<Member> members) {
    if (self == null) {
      return new ConfigurationException(
          "initial-advertise-peer-urls",
          own,
          "the cluster has no member there; add it first (etcdctl member add)");
    }
    TreeSet<String> actual = new TreeSet<>();
    members.forEach(member -> actual.addAll(member.peerUrls()));
    return configured.equals(actual)
        ? null
        : new ConfigurationException(
            "initial-cluster",
            configured,
            "does not match the members of the running cluster, " + actual + "; make them equal");
  }

  private ConfigurationException startedBefore(Member self) {
    return new ConfigurationException(
        "data-dir",
        options.getDataDir(),
        "is empty, but the cluster knows this member, "
            + self.name()
            + ", as started: a member that lost its disk must not vote again under its old"
            + " identity; remove it (etcdctl member remove "
            + Long.toHexString(self.id())
            + ") and add it again");
  }
}
