package io.quorate.cluster.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.connection.Caretaker.Change;
import io.quorate.command.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CaretakerTest {

  /** Voters have the ids from 1 on, learners those that follow. */
  private static List<Member> members(int voters, int learners) {
    List<Member> members = new ArrayList<>();
    for (int i = 1; i <= voters + learners; i++) {
      members.add(new Member(i, "m" + i, List.of("http://127.0.0.1:" + i), List.of(), i > voters));
    }
    return members;
  }

  private static String next(List<Member> members, Set<Long> away, Set<Long> gone, int voters) {
    Optional<Change> change = Caretaker.next(members, away, gone, voters);
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
  void a_second_member_learns_until_a_third_is_there() {
    assertThat(next(members(1, 1), NONE, NONE, 3)).isEqualTo("nothing");
    assertThat(next(members(1, 2), NONE, NONE, 3)).isEqualTo("promote 2");
    assertThat(next(members(2, 1), NONE, NONE, 3)).isEqualTo("promote 3");
    assertThat(next(members(3, 5), NONE, NONE, 3)).isEqualTo("nothing");
  }

  @Test
  void five_may_vote_if_five_should() {
    assertThat(next(members(3, 1), NONE, NONE, 5)).isEqualTo("nothing");
    assertThat(next(members(3, 2), NONE, NONE, 5)).isEqualTo("promote 4");
    assertThat(next(members(4, 1), NONE, NONE, 5)).isEqualTo("promote 5");
  }

  @Test
  void who_is_away_gets_no_vote() {
    assertThat(next(members(2, 1), Set.of(3L), NONE, 3)).isEqualTo("nothing");
    assertThat(next(members(2, 2), Set.of(3L), NONE, 3)).isEqualTo("promote 4");
  }

  @Test
  void a_voter_that_is_gone_is_removed_and_then_replaced() {
    assertThat(next(members(3, 1), Set.of(2L), NONE, 3)).isEqualTo("nothing");
    assertThat(next(members(3, 1), Set.of(2L), Set.of(2L), 3)).isEqualTo("remove 2");
    List<Member> after = new ArrayList<>(members(3, 1));
    after.remove(1);
    assertThat(next(after, NONE, NONE, 3)).isEqualTo("promote 4");
  }

  @Test
  void nobody_is_removed_by_less_than_a_majority_of_what_was() {
    assertThat(next(members(3, 0), Set.of(2L, 3L), Set.of(2L, 3L), 3)).isEqualTo("nothing");
    assertThat(next(members(2, 0), Set.of(2L), Set.of(2L), 3)).isEqualTo("nothing");
    assertThat(next(members(5, 0), Set.of(4L, 5L), Set.of(4L, 5L), 5)).isEqualTo("remove 4");
  }

  @Test
  void a_learner_that_is_gone_is_removed() {
    assertThat(next(members(3, 2), Set.of(5L), Set.of(5L), 3)).isEqualTo("remove 5");
  }

  @Test
  void a_learner_that_has_not_started_gets_no_vote() {
    List<Member> members = new ArrayList<>(members(2, 0));
    members.add(new Member(3, "", List.of("http://127.0.0.1:3"), List.of(), true));
    assertThat(next(members, NONE, NONE, 3)).isEqualTo("nothing");
  }
}
