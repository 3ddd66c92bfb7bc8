package io.quorate.vertx;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * The ids of members and clusters, computed as etcd does, so that each member of a new cluster
 * finds the same ones from the same configuration without asking anybody.
 */
public final class ClusterIds {
  private ClusterIds() {}

  /**
   * The id of a member that is part of the initial cluster: the first eight bytes of the SHA-1 of
   * its sorted peer URLs followed by the cluster token.
   */
  public static long bootstrapMember(Collection<URI> peerUrls, String clusterToken) {
    return hash(peerUrls.stream().map(URI::toString).toList(), clusterToken);
  }

  /**
   * The id of a member that is added to a running cluster; the time takes the token's place, so
   * that a member removed and added again at the same URLs is a new one.
   *
   * @param unixSeconds when the addition was asked for
   */
  public static long addedMember(Collection<String> peerUrls, long unixSeconds) {
    return hash(peerUrls, Long.toString(unixSeconds));
  }

  /** The id of a cluster with these initial members, in whatever order they come. */
  public static long cluster(Collection<Long> memberIds) {
    long[] sorted = memberIds.stream().mapToLong(Long::longValue).toArray();
    // Unsigned order: flipping the sign bit maps it to the signed one.
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] ^= Long.MIN_VALUE;
    }
    Arrays.sort(sorted);
    ByteBuffer bytes = ByteBuffer.allocate(sorted.length * Long.BYTES);
    for (long id : sorted) {
      bytes.putLong(id ^ Long.MIN_VALUE);
    }
    return firstEight(bytes.array());
  }

  /** The id of the cluster that {@link QuorateOptions#initialCluster()} describes. */
  public static long cluster(QuorateOptions options) {
    List<Long> ids =
        options.initialCluster().values().stream()
            .map(urls -> bootstrapMember(urls, options.initialClusterToken()))
            .toList();
    return cluster(ids);
  }

  /**
   * The id this member has as part of the initial cluster.
   *
   * @throws ConfigurationException if its name is not in there
   */
  public static long localMember(QuorateOptions options) {
    // The URLs as the others have them: "localhost" and "127.0.0.1" are one address but two hashes.
    List<URI> urls = options.initialCluster().get(options.name());
    if (urls == null) {
      throw new ConfigurationException(
          "name", options.name(), "is not a name in --initial-cluster; add it there");
    }
    return bootstrapMember(urls, options.initialClusterToken());
  }

  private static long hash(Collection<String> urls, String suffix) {
    StringBuilder text = new StringBuilder();
    urls.stream().sorted().forEach(text::append);
    return firstEight(text.append(suffix).toString().getBytes(StandardCharsets.UTF_8));
  }

  private static long firstEight(byte[] input) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-1").digest(input)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
