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
 * Knows when every other node has seen a revision. Each node that has seen others come, or told its
 * event bus of their registrations, says up to which revision, under a key of its own, one write
 * under way at a time; whoever joins or registers waits for all that were there before. A node that
 * is too slow is waited for once, for a second; then not until it is heard of again. {@link Home}
 * only.
 */
final class Visibility implements Mirror.Part {
  private static final long PATIENCE_MILLIS = 1_000;

  private record Waiting(long revision, long deadlineNanos, Completable<Void> promise) {}

  private final Home home;
  private final Keys keys;
  private final QuorateStore store;
  private final String ownId;
  private final Life life;
  private final Supplier<Map<String, Long>> joined;
  private final Map<String, Long> seen = new HashMap<>();
  private final Set<String> slow = new HashSet<>();
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private boolean sawForeign;
  private long toSay;
  private boolean saying;
  private boolean timing;
  private boolean closed;

  /**
   * @param joined the nodes there are, each with the revision it joined at
   */
  Visibility(
      Home home,
      Keys keys,
      QuorateStore store,
      String ownId,
      Life life,
      Supplier<Map<String, Long>> joined) {
    this.home = home;
    this.keys = keys;
    this.store = store;
    this.ownId = ownId;
    this.life = life;
    this.joined = joined;
  }

  // ---- saying what this node has seen

  /** Something others wait for is in the batch that is being told. */
  void sawForeign() {
    sawForeign = true;
  }

  @Override
  public void caughtUp(long revision) {
    if (sawForeign) {
      sawForeign = false;
      say(revision);
    }
    settle();
  }

  /** This node has seen {@code revision}, and done what that asks of it. */
  void say(long revision) {
    toSay = Math.max(toSay, revision);
    say();
  }

  private void say() {
    long lease = life.lease();
    if (saying || closed || lease == 0) {
      return;
    }
    saying = true;
    long saying = toSay;
    Bytes text = Bytes.utf8(Long.toString(saying));
    home.hear(
        store.put(new Command.Put(keys.ack(ownId), text, lease, false, false, false)),
        (putted, failure) -> {
          this.saying = false;
          if (failure == null && toSay != saying) {
            say();
          } // a failure costs those who wait their patience; the next revision is said anyway
        });
  }

  // ---- hearing what others have seen

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
   * Succeeds when all other nodes have seen {@code revision}, or patience is over. Revisions are to
   * come in about their order: one waits for those before it.
   */
  void await(long revision, Completable<Void> promise) {
    waiting.add(new Waiting(revision, System.nanoTime() + PATIENCE_MILLIS * 1_000_000, promise));
    settle();
  }

  private void settle() {
    while (!waiting.isEmpty() && seenByAll(waiting.peek().revision())) {
      waiting.remove().promise().succeed();
    }
    if (!waiting.isEmpty() && !timing) {
      timing = true;
      long left = waiting.peek().deadlineNanos() - System.nanoTime();
      home.timer(left / 1_000_000 + 1, this::patienceMayBeOver);
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

  private void patienceMayBeOver() {
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

  /** Nobody is waited for any more. */
  void close() {
    closed = true;
    while (!waiting.isEmpty()) {
      waiting.remove().promise().succeed();
    }
  }
}
