package io.quorate.vertx.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Member;
import io.quorate.node.LogStore;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.QuorateOptions;
import io.quorate.vertx.member.peer.ClusterView;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How a new member combines the answers of the other members. */
class JoiningTest {
  private static final long CLUSTER = 77;
  private static final long REMOVED = 8;
  private static final Member FIRST = member(1, "m1", 1);
  private static final Member SECOND = member(2, "m2", 2);
  private static final Member SELF = member(9, "", 3);

  private final Joining joining =
      new Joining(
          new QuorateOptions()
              .setName("m3")
              .setDataDir(Path.of("m3"))
              .setInitialClusterState(QuorateOptions.ClusterState.EXISTING)
              .setInitialCluster(
                  Map.of("m1", List.of(url(1)), "m2", List.of(url(2)), "m3", List.of(url(3)))));

  private static URI url(int member) {
    return URI.create("http://127.0.0.1:" + (1_000 + member));
  }

  private static Member member(long id, String name, int url) {
    return new Member(id, name, List.of(url(url).toString()), List.of(), false);
  }

  private static ClusterView view(Set<Long> removed, Member... members) {
    return new ClusterView(CLUSTER, Arrays.asList(members), removed, 1, 1);
  }

  @Test
  void the_other_members_of_the_initial_cluster_are_asked() {
    assertThat(joining.others()).containsExactlyInAnyOrder(url(1), url(2));
  }

  /** A member had not applied the change yet (seen with real processes, seeds 173 and 190). */
  @Test
  void a_view_without_the_new_member_is_ignored_if_another_view_has_it() {
    ClusterView late = view(Set.of(), FIRST, SECOND);
    ClusterView up = view(Set.of(), FIRST, SECOND, SELF);
    LogStore.Identity place = new LogStore.Identity(CLUSTER, SELF.id());
    assertThat(joining.place(List.of(late, up))).isEqualTo(place);
    assertThat(joining.place(List.of(up, late))).isEqualTo(place);
  }

  @Test
  void an_outdated_view_does_not_give_a_removed_identity() {
    Member former = member(REMOVED, "m3", 3);
    Member neverStarted = member(REMOVED, "", 3);
    ClusterView up = view(Set.of(REMOVED), FIRST, SECOND, SELF);
    for (Member old : List.of(former, neverStarted)) {
      ClusterView late = view(Set.of(), FIRST, SECOND, old);
      assertThat(joining.place(List.of(late, up)).memberId()).isEqualTo(SELF.id());
    }
    assertThatThrownBy(
            () ->
                joining.place(
                    List.of(
                        view(Set.of(), FIRST, SECOND, neverStarted),
                        view(Set.of(REMOVED), FIRST, SECOND))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("member add");
  }

  @Test
  void a_joining_member_knows_all_members_of_the_views_that_are_not_removed() {
    ClusterView late = view(Set.of(), FIRST, member(REMOVED, "m3", 3));
    ClusterView up = view(Set.of(REMOVED), FIRST, SECOND, SELF);
    assertThat(joining.members(List.of(late, up))).containsExactly(FIRST, SECOND, SELF);
  }

  @Test
  void a_member_that_was_started_before_is_refused_if_one_view_shows_it() {
    ClusterView late = view(Set.of(), FIRST, SECOND, SELF);
    ClusterView up = view(Set.of(), FIRST, SECOND, member(SELF.id(), "m3", 3));
    assertThatThrownBy(() -> joining.place(List.of(late, up)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("must not vote again");
  }

  @Test
  void a_member_that_was_not_added_or_lists_other_members_is_refused() {
    assertThatThrownBy(() -> joining.place(List.of(view(Set.of(), FIRST, SECOND))))
        .hasMessageContaining("add it first");
    assertThatThrownBy(() -> joining.place(List.of(view(Set.of(), FIRST, SELF))))
        .hasMessageContaining("does not match the members of the running cluster");
  }
}
