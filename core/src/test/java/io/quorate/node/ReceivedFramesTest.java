package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.sim.SimWorld;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceivedFramesTest {
  private static final long PEER = 7;
  private static final long LIFE = -5;

  private final ReceivedFrames frames = new ReceivedFrames();

  private boolean arrives(long sequence) {
    return frames.isNew(PEER, LIFE, sequence);
  }

  @Test
  void each_frame_passes_once_in_any_order() {
    for (long sequence : new long[] {3, 1, 2, 5, 4, 66, 65}) {
      assertThat(arrives(sequence)).as("%d first", sequence).isTrue();
    }
    for (long sequence : new long[] {3, 1, 2, 5, 4, 66, 65}) {
      assertThat(arrives(sequence)).as("%d again", sequence).isFalse();
    }
  }

  @Test
  void what_is_too_old_to_be_remembered_counts_as_known() {
    arrives(100);
    assertThat(arrives(37)).isTrue();
    assertThat(arrives(36)).isFalse();
    assertThat(arrives(1_000)).isTrue();
    assertThat(arrives(100)).isFalse();
    assertThat(arrives(999)).isTrue();
  }

  @Test
  void each_process_of_a_peer_has_sequence_numbers_of_its_own() {
    arrives(100);
    assertThat(frames.isNew(PEER, 6, 1)).isTrue();
    assertThat(frames.isNew(PEER, 6, 1)).isFalse();
    assertThat(arrives(100)).isFalse();
    assertThat(frames.isNew(PEER, 6, 2)).isTrue();
  }

  /** Two connections of one peer are read in any order; it would never be heard again. */
  @Test
  void frames_of_a_former_process_do_not_shut_out_the_one_that_came_after() {
    assertThat(frames.isNew(PEER, 6, 1)).isTrue();
    assertThat(arrives(100)).as("late, from the life before").isTrue();
    assertThat(frames.isNew(PEER, 6, 2)).isTrue();
    assertThat(arrives(100)).isFalse();
  }

  @Test
  void a_forwarded_proposal_whose_frame_comes_twice_is_executed_once(@TempDir Path directory) {
    SimWorld world = SimWorld.of(1, directory, 3);
    long follower = world.otherThan(world.elect());
    world.duplicatePerMille = 1_000;
    for (int i = 0; i < 10; i++) {
      world.await(world.put(follower, "k" + i, "v"));
    }
    world.heal();
    world.converge(20);
    assertThat(world.history(follower)).hasSize(10);
    world.requireHealthy();
  }

  @Test
  void peers_do_not_share_sequence_numbers() {
    assertThat(arrives(1)).isTrue();
    assertThat(frames.isNew(8, LIFE, 1)).isTrue();
  }
}
