package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.vertx.client.QuorateStore;
import java.util.ArrayList;
import java.util.List;

/**
 * Waits until the mirror has what was asked of the store before now, also what has not been
 * answered yet: with a write, since a read may overtake that. All who wait share the next one.
 * {@link Home} only.
 */
final class Barrier {
  private static final long PATIENCE_MILLIS = 250;

  private final Home home;
  private final QuorateStore store;
  private final Mirror mirror;
  private final Life life;
  private final Bytes key;
  private List<Runnable> next = new ArrayList<>();
  private boolean underWay;

  Barrier(Home home, Keys keys, QuorateStore store, String ownId, Mirror mirror, Life life) {
    this.home = home;
    this.store = store;
    this.mirror = mirror;
    this.life = life;
    this.key = keys.barrier(ownId);
  }

  /** Runs {@code task} then, or when that takes too long. */
  void pass(Runnable task) {
    next.add(task);
    flush();
  }

  private void flush() {
    if (underWay || next.isEmpty()) {
      return;
    }
    List<Runnable> waiting = next;
    next = new ArrayList<>();
    long lease = life.lease();
    if (lease == 0) {
      waiting.forEach(Runnable::run);
      return;
    }
    underWay = true;
    boolean[] over = {false};
    Runnable pass =
        () -> {
          if (!over[0]) {
            over[0] = true;
            underWay = false;
            waiting.forEach(Runnable::run);
            flush();
          }
        };
    long timer = home.timer(PATIENCE_MILLIS, pass);
    home.hear(
        store.put(new Command.Put(key, Bytes.EMPTY, lease, false, false, false)),
        (putted, failure) -> {
          Runnable passed =
              () -> {
                home.cancel(timer);
                pass.run();
              };
          if (putted == null) {
            passed.run();
          } else {
            mirror.await(putted.revision(), passed);
          }
        });
  }
}
