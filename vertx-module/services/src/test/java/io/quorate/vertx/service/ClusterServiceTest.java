package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterServiceTest {
  @TempDir static Path dataDir;
  private Served served;
  private ClusterService cluster;

  @BeforeAll
  void start() {
    served = new Served(dataDir);
    cluster = served.services.cluster();
  }

  @AfterAll
  void stop() {
    served.close();
  }

  @Test
  void aLearnerIsAddedUpdatedAndRemoved() {
    ClusterMember added =
        await(
            cluster.memberAdd(
                new MemberAddRequest()
                    .setPeerUrls(List.of("http://127.0.0.1:1"))
                    .setLearner(true)));
    assertThat(added.isLearner()).isTrue();
    assertThat(added.getPeerUrls()).containsExactly("http://127.0.0.1:1");
    List<ClusterMember> updated =
        await(
            cluster.memberUpdate(
                new MemberUpdateRequest()
                    .setMemberId(added.getMemberId())
                    .setPeerUrls(List.of("http://127.0.0.1:2"))));
    assertThat(updated).hasSize(2);
    assertThat(await(cluster.members()))
        .filteredOn(member -> member.getMemberId().equals(added.getMemberId()))
        .flatExtracting(ClusterMember::getPeerUrls)
        .containsExactly("http://127.0.0.1:2");
    Failed.with(
        ServiceFailure.LEARNER_NOT_READY,
        "etcdserver: can only promote a learner member which is in sync with leader",
        cluster.memberPromote(added.getMemberId()));
    assertThat(await(cluster.memberRemove(added.getMemberId()))).hasSize(1);
    Failed.with(
        ServiceFailure.MEMBER_NOT_FOUND,
        "etcdserver: member not found",
        cluster.memberRemove(added.getMemberId()));
  }

  @Test
  void theStatusIsThatOfTheMemberThatAnswers() {
    ClusterStatus status = await(cluster.status());
    ClusterMember self =
        await(cluster.members()).stream().filter(m -> !m.isLearner()).findFirst().orElseThrow();
    assertThat(status.getMemberId()).isEqualTo(self.getMemberId());
    assertThat(status.getLeaderId()).isEqualTo(self.getMemberId());
    assertThat(status.getClusterId()).matches("[0-9a-f]+");
    assertThat(status.getRaftTerm()).isPositive();
    assertThat(status.getDbSizeQuotaBytes()).isPositive();
    assertThat(status.getAlarms()).isEmpty();
    Void unused = await(cluster.moveLeader(self.getMemberId()));
  }

  @Test
  void alarmsAreListedAndCleared() {
    ClusterStatus status = await(cluster.status());
    ClusterAlarm alarm = new ClusterAlarm().setMemberId(status.getMemberId()).setAlarm("NOSPACE");
    assertThat(await(cluster.alarms())).isEmpty();
    assertThat(await(cluster.disarm(alarm))).isEmpty();
  }

  @Test
  void theHashIsThatOfARevision() {
    long revision = await(served.services.kv().put("k", "v")).getRevision();
    StoreHash hash = await(cluster.hash(revision));
    assertThat(hash.getHashRevision()).isEqualTo(revision);
    assertThat(hash.getHash()).isBetween(0L, 0xffff_ffffL);
    assertThat(await(cluster.hash(revision)).getHash()).isEqualTo(hash.getHash());
  }

  @Test
  void wrongArgumentsAreRefusedByName() {
    Failed.argument("peerUrls", cluster.memberAdd(new MemberAddRequest()));
    Failed.argument("memberId", cluster.memberRemove("zz"));
    Failed.argument("memberId", cluster.memberPromote(""));
    Failed.argument("memberId", cluster.memberUpdate(new MemberUpdateRequest()));
    Failed.argument("memberId", cluster.moveLeader("-1"));
    Failed.argument("revision", cluster.hash(-1));
    Failed.argument("alarm", cluster.disarm(new ClusterAlarm().setMemberId("1").setAlarm("FIRE")));
    Failed.with(
        ServiceFailure.MEMBER_BAD_URLS,
        "etcdserver: given member URLs are invalid",
        cluster.memberAdd(new MemberAddRequest().setPeerUrls(List.of("nowhere"))));
    String self = await(cluster.members()).get(0).getMemberId();
    for (String url : List.of("http://127.0.0.1:99999", "::::", "127.0.0.1:2380")) {
      Failed.with(
          ServiceFailure.MEMBER_BAD_URLS,
          "etcdserver: given member URLs are invalid",
          cluster.memberAdd(new MemberAddRequest().setPeerUrls(List.of(url)).setLearner(true)));
      Failed.with(
          ServiceFailure.MEMBER_BAD_URLS,
          "etcdserver: given member URLs are invalid",
          cluster.memberUpdate(
              new MemberUpdateRequest().setMemberId(self).setPeerUrls(List.of(url))));
    }
  }
}
