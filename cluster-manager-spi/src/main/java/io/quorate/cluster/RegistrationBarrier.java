package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateStore;
import java.util.ArrayList;
import java.util.List;

/**
 * Waits until the mirror has every registration that was requested on any node before now, also
 * those not written yet. It puts a key, which each other node acknowledges once it has written the
 * registrations requested there until then. Waiting callers share the next barrier. {@link
 * ManagerContext} only.
 */
final class RegistrationBarrier implements Mirror.Listener {
  private static final long TIMEOUT_MILLIS = 2_000;

  private final ManagerContext context;
  private final QuorateStore store;
  private final Mirror mirror;
  private final NodeSession nodeSession;
  private final Visibility visibility;
  private final RegistrationWriter writer;
  private final Bytes key;
  private List<Runnable> next = new ArrayList<>();
  private long toAcknowledge;
  private boolean underWay;

  RegistrationBarrier(
      ManagerContext context,
      KeyLayout keys,
      QuorateStore store,
      String ownId,
      Mirror mirror,
      NodeSession nodeSession,
      Visibility visibility,
      RegistrationWriter writer) {
    this.context = context;
    this.store = store;
    this.mirror = mirror;
    this.nodeSession = nodeSession;
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

  /**
   * Acknowledges the barriers of other nodes once the event bus was told of all earlier
   * registrations.
   */
  @Override
  public void caughtUp(long revision) {
    long to = toAcknowledge;
    if (to > 0) {
      toAcknowledge = 0;
      writer.afterAllAsked(() -> visibility.acknowledge(to));
    }
  }

  @Override
  public void deleted(Bytes foreign, long revision) {
    // its node has left
  }

  /** Runs {@code task} once the barrier is passed, or after {@value #TIMEOUT_MILLIS} ms. */
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
    long lease = nodeSession.lease();
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
    long timer = context.timer(TIMEOUT_MILLIS, pass);
    context.onComplete(
        store.put(Command.Put.of(key, Bytes.EMPTY).onLease(lease)),
        (putted, failure) -> {
          Runnable passed =
              () -> {
                context.cancel(timer);
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
