package io.quorate.cluster.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.connection.VoterBalancer.Change;
import io.quorate.command.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VoterBalancerTest {

  /** Voters have the ids from 1 on, learners the ids after those. */
  private static List<Member> members(int voters, int learners) {
    List<Member> members = new ArrayList<>();
    for (int i = 1; i <= voters + learners; i++) {
      members.add(new Member(i, "m" + i, List.of("http://127.0.0.1:" + i), List.of(), i > voters));
    }
    return members;
  }

  private static String next(List<Member> members, Set<Long> away, Set<Long> gone, int voters) {
    Optional<Change> change = VoterBalancer.next(members, away, gone, voters);
    return change
        .map(
            c ->
                c instanceof Change.Promote p
                    ? "promote " + p.member().id()
                    : c instanceof Change.Remove r ? "remove " + r.member().id() : "?")
        .orElse("nothing");
  }

  private static final Set<Long> NONE = Set.of();

  @Test
  void a_second_member_stays_a_learner_until_a_third_joins() {
    assertThat(next(members(1, 1), NONE, NONE, 3)).isEqualTo("nothing");
    assertThat(next(members(1, 2), NONE, NONE, 3)).isEqualTo("promote 2");
    assertThat(next(members(2, 1), NONE, NONE, 3)).isEqualTo("promote 3");
    assertThat(next(members(3, 5), NONE, NONE, 3)).isEqualTo("nothing");
  }

  @Test
  void five_members_vote_if_configured() {
    assertThat(next(members(3, 1), NONE, NONE, 5)).isEqualTo("nothing");
    assertThat(next(members(3, 2), NONE, NONE, 5)).isEqualTo("promote 4");
    assertThat(next(members(4, 1), NONE, NONE, 5)).isEqualTo("promote 5");
  }

  @Test
  void an_absent_learner_is_not_promoted() {
    assertThat(next(members(2, 1), Set.of(3L), NONE, 3)).isEqualTo("nothing");
    assertThat(next(members(2, 2), Set.of(3L), NONE, 3)).isEqualTo("promote 4");
  }

  @Test
  void a_lost_voter_is_removed_and_then_replaced() {
    assertThat(next(members(3, 1), Set.of(2L), NONE, 3)).isEqualTo("nothing");
    assertThat(next(members(3, 1), Set.of(2L), Set.of(2L), 3)).isEqualTo("remove 2");
    List<Member> after = new ArrayList<>(members(3, 1));
    after.remove(1);
    assertThat(next(after, NONE, NONE, 3)).isEqualTo("promote 4");
  }

  @Test
  void without_a_majority_no_voter_is_removed() {
    assertThat(next(members(3, 0), Set.of(2L, 3L), Set.of(2L, 3L), 3)).isEqualTo("nothing");
    assertThat(next(members(2, 0), Set.of(2L), Set.of(2L), 3)).isEqualTo("nothing");
    assertThat(next(members(5, 0), Set.of(4L, 5L), Set.of(4L, 5L), 5)).isEqualTo("remove 4");
  }

  @Test
  void a_lost_learner_is_removed() {
    assertThat(next(members(3, 2), Set.of(5L), Set.of(5L), 3)).isEqualTo("remove 5");
  }

  @Test
  void a_learner_that_has_not_started_is_not_promoted() {
    List<Member> members = new ArrayList<>(members(2, 0));
    members.add(new Member(3, "", List.of("http://127.0.0.1:3"), List.of(), true));
    assertThat(next(members, NONE, NONE, 3)).isEqualTo("nothing");
  }
}
