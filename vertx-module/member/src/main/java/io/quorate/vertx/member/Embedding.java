package io.quorate.vertx.member;

import io.quorate.command.Member;
import io.quorate.vertx.member.peer.PeerBus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a member inside an application differs from one that is a process of its own: its peer bus is
 * open before the member has a cluster, and it uses little memory and few threads.
 *
 * @param peerBus a bus that already listens where the options say; the server takes it over and
 *     closes it, also when the server fails to start
 * @param place the member's identity in a running cluster to which it has been added; null to found
 *     a cluster, or to continue as the member in the data directory. Ignored if the data directory
 *     already holds a member
 * @param clientEventLoops event loops that serve clients over the network, at least one
 * @param cacheBytes size of the cache of values, in bytes
 * @param ephemeral the member never restarts after its process has ended: nothing in its data
 *     directory is synced to disk, and closing neither writes anything nor transfers leadership.
 *     Whoever sets this must have the member removed from the cluster, before it is closed if
 *     possible
 */
public record Embedding(
    PeerBus peerBus,
    @Nullable Place place,
    int clientEventLoops,
    long cacheBytes,
    boolean ephemeral) {
  public Embedding {
    if (clientEventLoops < 1) {
      throw new IllegalArgumentException("clientEventLoops must be at least 1");
    }
  }

  /**
   * The identity of a member that was added to a cluster and has not started yet.
   *
   * @param members the cluster's members; the new member sends to these until the first snapshot
   *     has arrived
   */
  public record Place(long clusterId, long memberId, List<Member> members) {
    public Place {
      members = List.copyOf(members);
    }
  }
}
