package io.quorate.vertx.member.peer;

import io.quorate.command.FeatureLevel;
import io.quorate.command.Member;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A member's view of its cluster, sent to a member that is about to join, or that has had no leader
 * for a while.
 *
 * @param removed ids of former members; they are never members again
 * @param speaks the newest {@link FeatureLevel} that the sender supports
 * @param featureLevel the feature level of the cluster
 */
public record ClusterView(
    long clusterId, List<Member> members, Set<Long> removed, int speaks, int featureLevel) {

  /** The format that releases with only the first {@link FeatureLevel} can read. */
  private static final int FIRST_FORMAT = 1;

  /** A format that such releases refuse, which keeps them from joining. */
  private static final int LATER_FORMAT = 2;

  /** The request for a view; its content has no influence on the answer. */
  static JsonObject question() {
    return new JsonObject().put("format", FIRST_FORMAT);
  }

  JsonObject toJson() {
    JsonArray array = new JsonArray();
    for (Member m : members) {
      array.add(
          new JsonObject()
              .put("id", Long.toHexString(m.id()))
              .put("name", m.name())
              .put("peerURLs", new JsonArray(m.peerUrls()))
              .put("clientURLs", new JsonArray(m.clientUrls()))
              .put("isLearner", m.isLearner()));
    }
    return new JsonObject()
        .put("format", featureLevel > FeatureLevel.FIRST ? LATER_FORMAT : FIRST_FORMAT)
        .put("clusterId", Long.toHexString(clusterId))
        .put("members", array)
        .put("removed", new JsonArray(removed.stream().sorted().map(Long::toHexString).toList()))
        .put("speaks", speaks)
        .put("featureLevel", featureLevel);
  }

  /**
   * @throws ConfigurationException if the sender's release is incompatible with this one
   */
  static ClusterView of(JsonObject json) {
    int format = json.getInteger("format", 0);
    if (format != FIRST_FORMAT && format != LATER_FORMAT) {
      throw new ConfigurationException(
          "the cluster to be joined speaks another version of Quorate's peer protocol: its member"
              + " list has format "
              + format
              + ", known are "
              + FIRST_FORMAT
              + " and "
              + LATER_FORMAT);
    }
    return new ClusterView(
        Long.parseUnsignedLong(json.getString("clusterId"), 16),
        json.getJsonArray("members").stream()
            .map(JsonObject.class::cast)
            .map(
                m ->
                    new Member(
                        Long.parseUnsignedLong(m.getString("id"), 16),
                        m.getString("name"),
                        strings(m.getJsonArray("peerURLs")),
                        strings(m.getJsonArray("clientURLs")),
                        m.getBoolean("isLearner")))
            .toList(),
        strings(json.getJsonArray("removed")).stream()
            .map(id -> Long.parseUnsignedLong(id, 16))
            .collect(Collectors.toSet()),
        json.getInteger("speaks", FeatureLevel.FIRST),
        json.getInteger("featureLevel", FeatureLevel.FIRST));
  }

  private static List<String> strings(JsonArray array) {
    return array.stream().map(String.class::cast).toList();
  }
}
