package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.raft.HardState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransientLogTest {
  private static final LogStore.Write WRITE =
      new LogStore.Write(new HardState(1, 1, 0), List.of(), null);

  @Test
  void itIsAlwaysAFreshOneAndMustBeCreated() {
    TransientLog log = new TransientLog();
    assertThat(log.recover()).isInstanceOf(LogStore.Fresh.class);
    assertThatThrownBy(() -> log.write(List.of(WRITE))).isInstanceOf(IllegalStateException.class);
    log.create(new LogStore.Identity(1, 2));
    log.write(List.of(WRITE));
    assertThat(log.sizeBytes()).isZero();
    assertThatThrownBy(() -> log.create(new LogStore.Identity(1, 2)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void withoutALogThreadWritesAreDurableAtTheNextTurnOfTheLoopInTheirOrder() {
    TransientLog log = new TransientLog();
    log.create(new LogStore.Identity(1, 2));
    ArrayDeque<Runnable> loop = new ArrayDeque<>();
    List<String> told = new ArrayList<>();
    GroupCommitLog queue =
        new GroupCommitLog(
            log, Runnable::run, loop::add, failure -> told.add("failed: " + failure));

    queue.append(WRITE, () -> told.add("first"));
    queue.append(WRITE, () -> told.add("second"));
    assertThat(told).as("not while the caller is still at work").isEmpty();
    while (!loop.isEmpty()) {
      loop.remove().run();
    }

    assertThat(told).containsExactly("first", "second");
  }
}
