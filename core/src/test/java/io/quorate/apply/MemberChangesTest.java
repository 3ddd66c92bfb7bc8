package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.codec.CommandCodec;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Result;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Members and Raft's configuration change together, or neither does. */
final class MemberChangesTest {
  private static final Member ONE = new Member(1, "", List.of("http://one:2380"), List.of(), false);

  private MachineOnMemory m = new MachineOnMemory();

  @BeforeEach
  void startWithOneVoter() {
    m = MachineOnMemory.withVoter(ONE);
  }

  @Test
  void anAddedLearnerIsInTheTableAndInTheConfiguration() {
    Member two = new Member(2, "", List.of("http://two:2380"), List.of(), true);
    Applied applied = m.change(new MemberChange.Add(2, List.of("http://two:2380"), true));
    assertThat(applied.conf()).isEqualTo(conf(List.of(1L), List.of(2L)));
    assertThat(applied.outcomes().get(0).result())
        .isEqualTo(new Result.Members(two, List.of(ONE, two)));
    StateBatch batch = m.machine.takeBatch();
    assertThat(batch.conf).isEqualTo(conf(List.of(1L), List.of(2L)));
    assertThat(batch.members).containsExactly(java.util.Map.entry(2L, Optional.of(two)));
  }

  @Test
  void aPromotedLearnerVotesAndARemovedMemberIsNeverTakenAgain() {
    m.change(new MemberChange.Add(2, List.of("http://two:2380"), true));
    Applied promoted = m.change(new MemberChange.Promote(2));
    assertThat(promoted.conf()).isEqualTo(conf(List.of(1L, 2L), List.of()));
    Applied removed = m.change(new MemberChange.Remove(1));
    assertThat(removed.conf()).isEqualTo(conf(List.of(2L), List.of()));
    assertThat(removed.outcomes().get(0).result())
        .isInstanceOfSatisfying(
            Result.Members.class, members -> assertThat(members.member()).isNull());
    MachineOnMemory again = m.restarted();
    assertThat(again.machine.members().isRemoved(1)).isTrue();
    assertThat(again.machine.conf()).isEqualTo(conf(List.of(2L), List.of()));
    refused(again, EtcdError.MEMBER_EXIST, new MemberChange.Add(1, List.of("http://x:1"), false));
  }

  @Test
  void aRefusedChangeLeavesTableAndConfigurationAsTheyWere() {
    refused(m, EtcdError.MEMBER_NOT_FOUND, new MemberChange.Remove(9));
    refused(m, EtcdError.MEMBER_NOT_LEARNER, new MemberChange.Promote(1));
    refused(m, EtcdError.MEMBER_NOT_ENOUGH_STARTED, new MemberChange.Remove(1));
    refused(
        m, EtcdError.PEER_URL_EXIST, new MemberChange.Add(2, List.of("http://one:2380"), false));
  }

  @Test
  void leavingAJointConfigurationHasNoOutcome() {
    MemberChange add = new MemberChange.Add(2, List.of("http://two:2380"), false);
    byte[] context =
        CommandCodec.encodeChange(new CommandCodec.ProposedChange(1, 1, 1, Caller.NOBODY, add));
    Applied joint =
        m.change(ConfChange.Transition.JOINT_IMPLICIT, List.of(MemberTable.step(add)), context);
    assertThat(joint.outcomes()).hasSize(1);
    assertThat(joint.conf())
        .isEqualTo(new ConfState(List.of(1L, 2L), List.of(1L), List.of(), List.of(), true));
    Applied left = m.change(ConfChange.Transition.AUTO, List.of(), new byte[0]);
    assertThat(left.outcomes()).isEmpty();
    assertThat(left.conf()).isEqualTo(conf(List.of(1L, 2L), List.of()));
  }

  @Test
  void aChangeWhoseStepsAreNotWhatItMeansStopsTheMember() {
    byte[] context =
        CommandCodec.encodeChange(
            new CommandCodec.ProposedChange(
                1, 1, 1, Caller.NOBODY, new MemberChange.Add(2, List.of("http://two:2380"), true)));
    ConfChange.Step other = new ConfChange.Step(ConfChange.StepKind.ADD_VOTER, 2);
    assertThatThrownBy(() -> m.change(ConfChange.Transition.AUTO, List.of(other), context))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> m.change(ConfChange.Transition.AUTO, List.of(other), new byte[0]))
        .isInstanceOf(IllegalStateException.class);
    assertThat(m.machine.members().members()).containsExactly(ONE);
  }

  @Test
  void aMemberPublishesItself() {
    assertThat(
            m.result(
                Result.Done.class, new Command.MemberPublish(1, "one", List.of("http://one:2379"))))
        .isEqualTo(new Result.Done(1));
    Member published =
        new Member(1, "one", List.of("http://one:2380"), List.of("http://one:2379"), false);
    assertThat(m.machine.members().members()).containsExactly(published);
    assertThat(m.machine.takeBatch().members)
        .containsExactly(java.util.Map.entry(1L, Optional.of(published)));
    m.refused(EtcdError.MEMBER_NOT_FOUND, new Command.MemberPublish(2, "two", List.of()));
  }

  @Test
  void peerUrlsAreReplaced() {
    Result.Members result =
        m.result(Result.Members.class, new Command.MemberUpdate(1, List.of("http://new:2380")));
    assertThat(result.member()).isNull();
    assertThat(result.members().get(0).peerUrls()).containsExactly("http://new:2380");
    m.refused(EtcdError.MEMBER_NOT_FOUND, new Command.MemberUpdate(2, List.of("http://x:1")));
  }

  private static void refused(MachineOnMemory m, EtcdError error, MemberChange change) {
    MemberTable members = m.machine.members();
    ConfState conf = m.machine.conf();
    int pending = m.machine.pendingOperations();
    Applied applied = m.change(change);
    assertThat(applied.outcomes().get(0).error()).isEqualTo(error);
    assertThat(applied.conf()).isNull();
    assertThat(m.machine.members()).isEqualTo(members);
    assertThat(m.machine.conf()).isEqualTo(conf);
    assertThat(m.machine.pendingOperations()).isEqualTo(pending);
  }

  private static ConfState conf(List<Long> voters, List<Long> learners) {
    return new ConfState(voters, List.of(), learners, List.of(), false);
  }
}
