package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.Completable;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Tells when every other node has seen a revision. A node that has seen other nodes join, or told
 * its event bus of their registrations, acknowledges the revision under its own key, with one write
 * in flight at a time. Joining and registering wait for the acknowledgements of all nodes that were
 * in the cluster before. A slow node is waited for once, for a second, and then not again until it
 * acknowledges something. {@link ManagerContext} only.
 */
final class Visibility implements Mirror.Listener {
  private static final long TIMEOUT_MILLIS = 1_000;

  private record Waiting(long revision, long deadlineNanos, Completable<Void> promise) {}

  private final ManagerContext context;
  private final KeyLayout keys;
  private final QuorateStore store;
  private final String ownId;
  private final NodeSession nodeSession;
  private final Supplier<Map<String, Long>> joined;
  private final Map<String, Long> seen = new HashMap<>();
  private final Set<String> slow = new HashSet<>();
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private boolean sawForeign;
  private long toAcknowledge;
  private boolean acknowledging;
  private boolean timing;
  private boolean closed;

  /**
   * @param joined the nodes there are, each with the revision it joined at
   */
  Visibility(
      ManagerContext context,
      KeyLayout keys,
      QuorateStore store,
      String ownId,
      NodeSession nodeSession,
      Supplier<Map<String, Long>> joined) {
    this.context = context;
    this.keys = keys;
    this.store = store;
    this.ownId = ownId;
    this.nodeSession = nodeSession;
    this.joined = joined;
  }

  // ---- acknowledging what this node has seen

  /** The batch being delivered has something that other nodes wait for. */
  void sawForeign() {
    sawForeign = true;
  }

  @Override
  public void caughtUp(long revision) {
    if (sawForeign) {
      sawForeign = false;
      acknowledge(revision);
    }
    settle();
  }

  /** This node has seen and processed {@code revision}. */
  void acknowledge(long revision) {
    toAcknowledge = Math.max(toAcknowledge, revision);
    acknowledge();
  }

  private void acknowledge() {
    long lease = nodeSession.lease();
    if (acknowledging || closed || lease == 0) {
      return;
    }
    acknowledging = true;
    long acknowledging = toAcknowledge;
    Bytes text = Bytes.utf8(Long.toString(acknowledging));
    context.onComplete(
        store.put(Command.Put.of(keys.ack(ownId), text).onLease(lease)),
        (putted, failure) -> {
          this.acknowledging = false;
          if (failure == null && toAcknowledge != acknowledging) {
            acknowledge();
          } // after a failure the waiting nodes run into their timeout; the next revision is
          // acknowledged anyway
        });
  }

  // ---- acknowledgements of other nodes

  @Override
  public void put(KeyValue kv) {
    String nodeId = keys.rest(kv.key());
    seen.put(nodeId, Long.parseLong(kv.value().utf8()));
    slow.remove(nodeId);
  }

  @Override
  public void deleted(Bytes key, long revision) {
    seen.remove(keys.rest(key));
  }

  /**
   * Succeeds when all other nodes have seen {@code revision}, or after {@value #TIMEOUT_MILLIS} ms.
   * To be called in about the order of revisions: each waits for those before it.
   */
  void await(long revision, Completable<Void> promise) {
    waiting.add(new Waiting(revision, System.nanoTime() + TIMEOUT_MILLIS * 1_000_000, promise));
    settle();
  }

  private void settle() {
    while (!waiting.isEmpty() && seenByAll(waiting.peek().revision())) {
      waiting.remove().promise().succeed();
    }
    if (!waiting.isEmpty() && !timing) {
      timing = true;
      long left = waiting.peek().deadlineNanos() - System.nanoTime();
      context.timer(left / 1_000_000 + 1, this::checkDeadlines);
    }
  }

  private boolean seenByAll(long revision) {
    for (Map.Entry<String, Long> node : joined.get().entrySet()) {
      // a node that joined later has read all that was there
      if (node.getValue() < revision
          && !node.getKey().equals(ownId)
          && seen.getOrDefault(node.getKey(), 0L) < revision
          && !slow.contains(node.getKey())) {
        return false;
      }
    }
    return true;
  }

  private void checkDeadlines() {
    timing = false;
    Waiting oldest = waiting.peek();
    if (oldest != null && oldest.deadlineNanos() <= System.nanoTime()) {
      joined
          .get()
          .forEach(
              (nodeId, revision) -> {
                if (revision < oldest.revision()
                    && seen.getOrDefault(nodeId, 0L) < oldest.revision()) {
                  slow.add(nodeId);
                }
              });
    }
    settle();
  }

  void nodeWent() {
    slow.retainAll(joined.get().keySet());
    settle();
  }

  /** Completes all waiting callers. */
  void close() {
    closed = true;
    while (!waiting.isEmpty()) {
      waiting.remove().promise().succeed();
    }
  }
}
