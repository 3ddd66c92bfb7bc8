package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateStore;
import java.util.ArrayList;
import java.util.List;

/**
 * Waits until the mirror has every registration that any node was asked for before now, also those
 * that are still on their way: with a write, which each other node acknowledges when it has written
 * what it was asked for until then. All who wait share the next one. {@link Home} only.
 */
final class Barrier implements Mirror.Part {
  private static final long PATIENCE_MILLIS = 2_000;

  private final Home home;
  private final QuorateStore store;
  private final Mirror mirror;
  private final Life life;
  private final Visibility visibility;
  private final RegistrationWriter writer;
  private final Bytes key;
  private List<Runnable> next = new ArrayList<>();
  private long toAcknowledge;
  private boolean underWay;

  Barrier(
      Home home,
      Keys keys,
      QuorateStore store,
      String ownId,
      Mirror mirror,
      Life life,
      Visibility visibility,
      RegistrationWriter writer) {
    this.home = home;
    this.store = store;
    this.mirror = mirror;
    this.life = life;
    this.visibility = visibility;
    this.writer = writer;
    this.key = keys.barrier(ownId);
  }

  @Override
  public void put(KeyValue kv) {
    if (!kv.key().equals(key)) {
      toAcknowledge = kv.modRevision();
    }
  }

  /** When the event bus has been told of what came before. */
  @Override
  public void caughtUp(long revision) {
    long to = toAcknowledge;
    if (to > 0) {
      toAcknowledge = 0;
      writer.afterAllAsked(() -> visibility.say(to));
    }
  }

  @Override
  public void deleted(Bytes foreign, long revision) {
    // its node has gone
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
            mirror.await(
                putted.revision(),
                () -> visibility.await(putted.revision(), (nothing, unseen) -> passed.run()));
          }
        });
  }
}
