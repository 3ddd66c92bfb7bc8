package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.raft.ConfChange;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class MemberTableTest {
  private static final long HIGH = 0x8e9e05c52164694dL;
  private static final Member ONE = member(1, "http://one:2380", false);
  private static final Member TWO = member(2, "http://two:2380", false);
  private static final Member LEARNER = member(HIGH, "http://three:2380", true);

  private final MemberTable table = MemberTable.of(List.of(LEARNER, TWO, ONE), Set.of(7L));

  @Test
  void membersAscendUnsigned() {
    assertThat(table.members()).containsExactly(ONE, TWO, LEARNER);
    assertThat(table.member(HIGH)).isEqualTo(LEARNER);
    assertThat(table.member(3)).isNull();
  }

  @Test
  void anAddedMemberIsThereWithoutNameAndClientUrls() {
    MemberTable next = table.with(new MemberChange.Add(3, List.of("http://x:1"), true));
    assertThat(next.member(3)).isEqualTo(member(3, "http://x:1", true));
    assertThat(table.member(3)).as("the old table stays as it was").isNull();
  }

  @Test
  void anIdThatIsOrWasInUseIsNotTakenAgain() {
    for (long id : new long[] {0, 1, 7}) {
      refused(
          EtcdError.MEMBER_EXIST,
          () -> table.with(new MemberChange.Add(id, List.of("http://x:1"), false)));
    }
  }

  @Test
  void aPeerUrlBelongsToOneMember() {
    refused(
        EtcdError.PEER_URL_EXIST,
        () -> table.with(new MemberChange.Add(3, List.of("http://x:1", "http://two:2380"), false)));
    refused(EtcdError.PEER_URL_EXIST, () -> table.updated(1, List.of("http://two:2380")));
    assertThat(table.updated(1, List.of("http://one:2380", "http://b:1")).member(1))
        .isEqualTo(new Member(1, "", List.of("http://one:2380", "http://b:1"), List.of(), false));
  }

  @Test
  void aRemovedMemberIsRemembered() {
    MemberTable next = table.with(new MemberChange.Remove(2));
    assertThat(next.members()).containsExactly(ONE, LEARNER);
    assertThat(next.isRemoved(2)).isTrue();
    assertThat(next.isRemoved(7)).isTrue();
    assertThat(next.removed()).containsExactly(2L, 7L);
    refused(EtcdError.MEMBER_NOT_FOUND, () -> next.with(new MemberChange.Remove(2)));
  }

  @Test
  void theLastVoterStays() {
    MemberTable next = table.with(new MemberChange.Remove(2));
    refused(EtcdError.MEMBER_NOT_ENOUGH_STARTED, () -> next.with(new MemberChange.Remove(1)));
    assertThat(next.with(new MemberChange.Remove(HIGH)).members()).containsExactly(ONE);
  }

  @Test
  void onlyALearnerIsPromoted() {
    assertThat(table.with(new MemberChange.Promote(HIGH)).member(HIGH))
        .isEqualTo(member(HIGH, "http://three:2380", false));
    refused(EtcdError.MEMBER_NOT_LEARNER, () -> table.with(new MemberChange.Promote(1)));
    refused(EtcdError.MEMBER_NOT_FOUND, () -> table.with(new MemberChange.Promote(7)));
  }

  @Test
  void publishingSetsNameAndClientUrlsOnly() {
    assertThat(table.published(HIGH, "c", List.of("http://three:2379")).member(HIGH))
        .isEqualTo(
            new Member(
                HIGH, "c", List.of("http://three:2380"), List.of("http://three:2379"), true));
    refused(EtcdError.MEMBER_NOT_FOUND, () -> table.published(7, "c", List.of()));
    refused(EtcdError.MEMBER_NOT_FOUND, () -> table.updated(3, List.of("http://x:1")));
  }

  @Test
  void changesMeanStepsToRaft() {
    assertThat(MemberTable.step(new MemberChange.Add(3, List.of(), false)))
        .isEqualTo(new ConfChange.Step(ConfChange.StepKind.ADD_VOTER, 3));
    assertThat(MemberTable.step(new MemberChange.Add(3, List.of(), true)))
        .isEqualTo(new ConfChange.Step(ConfChange.StepKind.ADD_LEARNER, 3));
    assertThat(MemberTable.step(new MemberChange.Remove(3)))
        .isEqualTo(new ConfChange.Step(ConfChange.StepKind.REMOVE, 3));
    assertThat(MemberTable.step(new MemberChange.Promote(3)))
        .isEqualTo(new ConfChange.Step(ConfChange.StepKind.ADD_VOTER, 3));
  }

  @Test
  void aMemberIsNotInTwice() {
    assertThatThrownBy(() -> MemberTable.of(List.of(ONE, ONE), Set.of()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> MemberTable.of(List.of(ONE), Set.of(1L)))
        .isInstanceOf(IllegalStateException.class);
  }

  private static Member member(long id, String peerUrl, boolean learner) {
    return new Member(id, "", List.of(peerUrl), List.of(), learner);
  }

  private static void refused(EtcdError error, ThrowingCallable change) {
    assertThatThrownBy(change)
        .isInstanceOfSatisfying(EtcdException.class, e -> assertThat(e.error()).isEqualTo(error));
  }
}
