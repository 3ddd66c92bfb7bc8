package io.quorate.raft.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfChange.Step;
import io.quorate.raft.ConfChange.StepKind;
import io.quorate.raft.ConfChange.Transition;
import io.quorate.raft.ConfState;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MembershipTest {
  private static final ConfState THREE =
      new ConfState(List.of(1L, 2L, 3L), List.of(), List.of(9L), List.of(), false);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "v4         | [1, 2, 3, 4] | []        | [9]    | []",
        "v9         | [1, 2, 3, 9] | []        | []     | []",
        "v1         | [1, 2, 3]    | []        | [9]    | []",
        "l3         | [1, 2]       | []        | [3, 9] | []",
        "l4 l5      | [1, 2, 3]    | []        | [4, 5, 9] | []",
        "r3         | [1, 2]       | []        | [9]    | []",
        "r9         | [1, 2, 3]    | []        | []     | []",
        "r7         | [1, 2, 3]    | []        | [9]    | []",
        "v4 r3      | [1, 2, 4]    | [1, 2, 3] | [9]    | []",
        "v9 l1      | [2, 3, 9]    | [1, 2, 3] | []     | [1]",
        "r1 r2      | [3]          | [1, 2, 3] | [9]    | []",
        "r1 v1      | [1, 2, 3]    | []        | [9]    | []"
      })
  void aChangeGoesThroughAJointConfigurationOnlyIfMoreThanOneVoterChanges(
      String steps, String voters, String outgoing, String learners, String next) {
    ConfState after = Membership.apply(THREE, change(Transition.AUTO, steps));
    assertThat(after.voters()).hasToString(voters);
    assertThat(after.votersOutgoing()).hasToString(outgoing);
    assertThat(after.learners()).hasToString(learners);
    assertThat(after.learnersNext()).hasToString(next);
    assertThat(after.autoLeave()).isEqualTo(after.isJoint());
  }

  @Test
  void outgoingVotersBecomeLearnersWhenTheJointConfigurationIsLeft() {
    ConfState joint = Membership.apply(THREE, change(Transition.JOINT_EXPLICIT, "l1 v4"));
    assertThat(joint.autoLeave()).isFalse();
    assertThat(Membership.apply(joint, change(Transition.AUTO, "")))
        .isEqualTo(
            new ConfState(List.of(2L, 3L, 4L), List.of(), List.of(1L, 9L), List.of(), false));
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    ConfState joint = Membership.apply(THREE, change(Transition.JOINT_IMPLICIT, "v4"));
    assertThat(joint.autoLeave()).isTrue();
    refused(joint, change(Transition.AUTO, "v5"));
    refused(THREE, change(Transition.AUTO, ""));
    refused(THREE, change(Transition.AUTO, "r1 r2 r3"));
    refused(THREE, change(Transition.AUTO, "v0"));
    refused(ConfState.EMPTY, change(Transition.AUTO, "l1"));
    refused(ConfState.EMPTY, change(Transition.AUTO, "v1 v2"));
  }

  @Test
  void theFirstVoterIsAddedToAnEmptyConfiguration() {
    assertThat(Membership.apply(ConfState.EMPTY, change(Transition.AUTO, "v1")).voters())
        .containsExactly(1L);
  }

  @Test
  void idsAscendUnsigned() {
    ConfState after = Membership.apply(THREE, change(Transition.AUTO, "v-1"));
    assertThat(after.voters()).containsExactly(1L, 2L, 3L, -1L);
  }

  @Property
  void anySequenceOfChangesKeepsTheInvariants(@ForAll("changes") List<ConfChange> changes) {
    ConfState conf = THREE;
    for (ConfChange change : changes) {
      ConfState before = conf;
      try {
        conf = Membership.apply(conf, change);
      } catch (IllegalArgumentException refused) {
        continue;
      }
      Membership.check(conf);
      assertThat(conf.voters()).isNotEmpty();
      if (!before.isJoint() && !conf.isJoint()) {
        assertThat(difference(before.voters(), conf.voters())).isLessThanOrEqualTo(1);
      }
      if (conf.isJoint()) {
        assertThat(conf.votersOutgoing()).isEqualTo(before.voters());
      }
      if (before.isJoint()) {
        assertThat(conf.voters()).isEqualTo(before.voters());
      }
    }
  }

  private static long difference(List<Long> a, List<Long> b) {
    return a.stream().filter(id -> !b.contains(id)).count()
        + b.stream().filter(id -> !a.contains(id)).count();
  }

  private static void refused(ConfState conf, ConfChange change) {
    assertThatIllegalArgumentException().isThrownBy(() -> Membership.apply(conf, change));
  }

  private static ConfChange change(Transition transition, String steps) {
    List<Step> all = new ArrayList<>();
    for (String step : steps.isEmpty() ? new String[0] : steps.split(" ")) {
      StepKind kind =
          switch (step.charAt(0)) {
            case 'v' -> StepKind.ADD_VOTER;
            case 'l' -> StepKind.ADD_LEARNER;
            default -> StepKind.REMOVE;
          };
      all.add(new Step(kind, Long.parseLong(step.substring(1))));
    }
    return new ConfChange(transition, all, new byte[0]);
  }

  @Provide
  Arbitrary<List<ConfChange>> changes() {
    Arbitrary<Step> step =
        Combinators.combine(Arbitraries.of(StepKind.class), Arbitraries.longs().between(1, 6))
            .as(Step::new);
    return Combinators.combine(Arbitraries.of(Transition.class), step.list().ofMaxSize(4))
        .as((transition, steps) -> new ConfChange(transition, steps, new byte[0]))
        .list()
        .ofMaxSize(20);
  }
}
