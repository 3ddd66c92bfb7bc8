package io.quorate.vertx.member;

import io.quorate.command.Member;
import io.quorate.vertx.member.peer.PeerBus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member that lives inside an application has otherwise than one that is a process of its
 * own: it talks with its peers before it has a cluster, and it is small.
 *
 * @param peerBus listens already where the options say; the server takes it over and closes it,
 *     also when it cannot start
 * @param place who this member is to be in a running cluster that it was added to; null to begin a
 *     cluster, or to be again what the data directory says. Without a meaning once there is a
 *     member in the data directory
 * @param clientEventLoops loops that serve clients over the network, at least one
 * @param cacheBytes of values kept in memory
 * @param forOneLife this member does not come back once its process has ended: nothing in its data
 *     directory is synced, and closing writes nothing and hands nothing over. Whoever says so has
 *     it removed from the cluster, before it is closed if that can be
 */
public record Embedding(
    PeerBus peerBus,
    @Nullable Place place,
    int clientEventLoops,
    long cacheBytes,
    boolean forOneLife) {
  public Embedding {
    if (clientEventLoops < 1) {
      throw new IllegalArgumentException("clientEventLoops must be at least 1");
    }
  }

  /**
   * The place of a member that was added and has not started yet.
   *
   * @param members of the cluster: who will be answered before the first snapshot is here
   */
  public record Place(long clusterId, long memberId, List<Member> members) {
    public Place {
      members = List.copyOf(members);
    }
  }
}
