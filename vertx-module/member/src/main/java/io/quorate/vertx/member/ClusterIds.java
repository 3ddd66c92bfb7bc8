package io.quorate.vertx.member;

import io.quorate.vertx.member.embedded.MemberIds;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.QuorateOptions;
import java.net.URI;
import java.util.List;

/** The {@linkplain MemberIds ids} of the cluster and the member that a set of options describes. */
public final class ClusterIds {
  private ClusterIds() {}

  /** The id of the cluster that {@link QuorateOptions#getInitialCluster()} describes. */
  public static long cluster(QuorateOptions options) {
    List<Long> ids =
        options.getInitialCluster().values().stream()
            .map(urls -> MemberIds.bootstrapMember(urls, options.getInitialClusterToken()))
            .toList();
    return MemberIds.cluster(ids);
  }

  /**
   * The id this member has as part of the initial cluster.
   *
   * @throws ConfigurationException if the initial cluster does not contain the member's name
   */
  public static long localMember(QuorateOptions options) {
    // The URLs as the initial cluster lists them, since all members must compute the same hash:
    // "localhost" and "127.0.0.1" are one address, but hash differently.
    List<URI> urls = options.getInitialCluster().get(options.getName());
    if (urls == null) {
      throw new ConfigurationException(
          "name", options.getName(), "is not a name in --initial-cluster; add it there");
    }
    return MemberIds.bootstrapMember(urls, options.getInitialClusterToken());
  }
}
