package io.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
  private boolean closed;
  private final List<String> done = new ArrayList<>();
  private final List<String> dropped = new ArrayList<>();
  private final Turns turns = new Turns(this::execute, 2);

  private void execute(Runnable task) {
    if (closed) {
      throw new RejectedExecutionException();
    }
    threads.add(task);
  }

  private void read(String line, String what) {
    turns.run(line, () -> done.add(what), () -> dropped.add(what));
  }

  private void runAll() {
    Runnable task;
    while ((task = threads.poll()) != null) {
      task.run();
    }
  }

  @Test
  void aClientWithOneReadWaitsForOneReadOfAClientWithMany() {
    for (int i = 0; i < 100; i++) {
      read("many", "m" + i);
    }
    read("one", "o");
    assertThat(threads).as("no more than there are threads").hasSize(2);
    runAll();
    assertThat(done.indexOf("o")).isLessThanOrEqualTo(3);
    assertThat(done).hasSize(101);
    read("one", "again");
    assertThat(threads).hasSize(1);
  }

  @Test
  void aReadThatThrowsLetsTheNextOneBegin() {
    for (int i = 0; i < 3; i++) {
      turns.run(
          "a",
          () -> {
            throw new IllegalStateException("planted");
          },
          () -> {});
    }
    read("a", "last");
    while (!threads.isEmpty()) {
      try {
        threads.remove().run();
      } catch (IllegalStateException planted) {
        assertThat(planted).hasMessage("planted");
      }
    }
    assertThat(done).containsExactly("last");
  }

  @Test
  void readsAreDroppedOnceTheReadersHaveEnded() {
    for (int i = 0; i < 5; i++) {
      read("a", "a" + i);
    }
    closed = true;
    read("b", "b");
    runAll();
    assertThat(done).containsExactly("a0", "a1");
    assertThat(dropped).containsExactlyInAnyOrder("a2", "a3", "a4", "b");
    read("c", "c");
    assertThat(dropped).contains("c");
  }
}
