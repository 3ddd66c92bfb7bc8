package io.quorate.vertx.member.embedded;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collection;

/**
 * Computes the ids of members and clusters as etcd does: each member of a new cluster computes the
 * same ids from the same configuration, without communication.
 */
public final class MemberIds {
  private MemberIds() {}

  /**
   * The id of a member of the initial cluster: the first eight bytes of the SHA-1 of its sorted
   * peer URLs followed by the cluster token.
   */
  public static long bootstrapMember(Collection<URI> peerUrls, String clusterToken) {
    return hash(peerUrls.stream().map(URI::toString).toList(), clusterToken);
  }

  /**
   * The id of a member that is added to a running cluster. The time replaces the token, so that a
   * member that is removed and added again at the same URLs gets a new id.
   *
   * @param unixSeconds time of the request to add the member
   */
  public static long addedMember(Collection<String> peerUrls, long unixSeconds) {
    return hash(peerUrls, Long.toString(unixSeconds));
  }

  /** The id of a cluster with these initial members, in any order. */
  public static long cluster(Collection<Long> memberIds) {
    long[] sorted = memberIds.stream().mapToLong(Long::longValue).toArray();
    // Unsigned order: flipping the sign bit turns it into signed order.
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] ^= Long.MIN_VALUE;
    }
    Arrays.sort(sorted);
    ByteBuffer bytes = ByteBuffer.allocate(sorted.length * Long.BYTES);
    for (long id : sorted) {
      bytes.putLong(id ^ Long.MIN_VALUE);
    }
    return firstEightBytes(bytes.array());
  }

  private static long hash(Collection<String> urls, String suffix) {
    StringBuilder text = new StringBuilder();
    urls.stream().sorted().forEach(text::append);
    return firstEightBytes(text.append(suffix).toString().getBytes(StandardCharsets.UTF_8));
  }

  private static long firstEightBytes(byte[] input) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-1").digest(input)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
