package io.quorate.vertx.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.vertx.member.embedded.MemberIds;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.QuorateOptions;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClusterIdsTest {
  private static final URI ETCD_PEER = URI.create("http://localhost:2380");

  @Test
  void theIdOfEtcdsDefaultMemberEqualsEtcds() {
    assertThat(MemberIds.bootstrapMember(List.of(ETCD_PEER), "etcd-cluster"))
        .isEqualTo(0x8e9e05c52164694dL);
  }

  @Test
  void theIdOfEtcdsDefaultClusterEqualsEtcds() {
    assertThat(MemberIds.cluster(List.of(0x8e9e05c52164694dL))).isEqualTo(0xcdf818194e3a8c32L);
  }

  @Test
  void theOptionsOfEtcdsDefaultMemberGiveTheSameIds() {
    QuorateOptions options =
        new QuorateOptions()
            .setInitialAdvertisePeerUrls(List.of(ETCD_PEER))
            .setInitialCluster(Map.of("default", List.of(ETCD_PEER)));
    assertThat(ClusterIds.localMember(options)).isEqualTo(0x8e9e05c52164694dL);
    assertThat(ClusterIds.cluster(options)).isEqualTo(0xcdf818194e3a8c32L);
  }

  @Test
  void idsDoNotDependOnTheOrderOfUrlsAndMembers() {
    URI a = URI.create("http://10.0.0.1:2380");
    URI b = URI.create("http://10.0.0.2:2380");
    assertThat(MemberIds.bootstrapMember(List.of(b, a), "t"))
        .isEqualTo(MemberIds.bootstrapMember(List.of(a, b), "t"));
    assertThat(MemberIds.cluster(List.of(-1L, 1L, Long.MIN_VALUE)))
        .isEqualTo(MemberIds.cluster(List.of(Long.MIN_VALUE, -1L, 1L)));
  }

  @Test
  void anotherTokenOrAnotherTimeGivesAnotherMemberId() {
    assertThat(MemberIds.bootstrapMember(List.of(ETCD_PEER), "other"))
        .isNotEqualTo(0x8e9e05c52164694dL);
    List<String> urls = List.of("http://localhost:2380");
    assertThat(MemberIds.addedMember(urls, 1_700_000_000))
        .isNotEqualTo(MemberIds.addedMember(urls, 1_700_000_001));
  }

  @Test
  void theLocalIdIsComputedFromTheUrlsInTheInitialCluster() {
    QuorateOptions options =
        new QuorateOptions().setInitialCluster(Map.of("default", List.of(ETCD_PEER)));
    assertThat(options.getInitialAdvertisePeerUrls()).doesNotContain(ETCD_PEER);
    assertThat(ClusterIds.localMember(options)).isEqualTo(0x8e9e05c52164694dL);
  }

  @Test
  void aNameThatIsNotInTheInitialClusterIsRefused() {
    QuorateOptions options =
        new QuorateOptions().setName("x").setInitialCluster(Map.of("y", List.of(ETCD_PEER)));
    assertThatThrownBy(() -> ClusterIds.localMember(options))
        .isInstanceOf(ConfigurationException.class);
  }
}
