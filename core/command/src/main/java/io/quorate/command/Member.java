package io.quorate.command;

import java.util.List;

/**
 * A member of the cluster, as etcd's {@code etcdserverpb.Member}.
 *
 * @param name empty until the member has started and published itself
 */
public record Member(
    long id, String name, List<String> peerUrls, List<String> clientUrls, boolean isLearner) {
  public Member {
    peerUrls = List.copyOf(peerUrls);
    clientUrls = List.copyOf(clientUrls);
  }
}
