package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Completable;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.NodeListener;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Who is in the cluster, in the order of joining, which is that of revisions and the same
 * everywhere; and where each can be reached.
 *
 * <p>The listener may block for minutes, so it has a thread of its own, which hears one event after
 * the other. On that thread {@link #ids} is the list as of the event being told: so every node sees
 * the same list in the same event, which is what decides who takes over from a failed node.
 *
 * <p>While this node is out of the cluster the others are gone for it: {@link #ids} is this node
 * alone, and the listener is told that each of them has left. When it is back it is told that they
 * have come, as the list was when it went out, and then of everything that happened meanwhile.
 */
final class Nodes implements Mirror.Part, Life.Part {
  private static final Logger LOG = Logger.getLogger(Nodes.class);
  private static final int MAX_HELD = 10_000;
  private static final String UNKNOWN = "Not a member of the cluster: ";

  /**
   * @param ids afterwards
   * @param out true for what others are not told: this node is out of the cluster, or back
   */
  private record Event(String nodeId, boolean added, List<String> ids, boolean out) {}

  private final Home home;
  private final Keys keys;
  private final QuorateStore store;
  private final String ownId;
  private final LongConsumer evicted;
  private final Runnable came;
  private final Runnable went;
  private final Map<String, Long> joined = new HashMap<>();
  private final ConcurrentHashMap<String, NodeInfo> infos = new ConcurrentHashMap<>();
  private final ExecutorService teller;

  /** Of this node's going out and coming back, told whether it is in or not. */
  private final ArrayDeque<Event> own = new ArrayDeque<>();

  /** Of others, told while this node is in. */
  private final ArrayDeque<Event> held = new ArrayDeque<>();

  private volatile List<String> ids = List.of();
  private volatile @Nullable NodeListener listener;
  private volatile @Nullable Thread tellerThread;
  private volatile boolean out;
  private @Nullable Event told;
  private @Nullable List<String> toldIds;
  private boolean in;
  private boolean telling;
  private volatile boolean closed;

  /**
   * @param evicted called with the revision when this node's own key is gone
   * @param came called when another node has come
   * @param went called when another node has gone
   */
  Nodes(
      Home home,
      Keys keys,
      QuorateStore store,
      String ownId,
      LongConsumer evicted,
      Runnable came,
      Runnable went) {
    this.home = home;
    this.keys = keys;
    this.store = store;
    this.ownId = ownId;
    this.evicted = evicted;
    this.came = came;
    this.went = went;
    this.teller =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "vert.x-quorate-nodes-" + ownId.substring(0, 8));
              thread.setDaemon(true);
              tellerThread = thread;
              return thread;
            });
  }

  /** Null for none. Any thread. */
  void listener(@Nullable NodeListener listener) {
    this.listener = listener;
  }

  /** Ids in the order of joining. Any thread. */
  List<String> ids() {
    Event event = told();
    if (event != null) {
      return event.ids();
    }
    return out ? List.of(ownId) : ids;
  }

  // what high availability asks; any thread

  /** The event that the listener is being told on this thread, if it is. */
  @Nullable Object event() {
    return told();
  }

  private @Nullable Event told() {
    return Thread.currentThread() == tellerThread ? told : null;
  }

  /** True while others are gone for this node: what they have deployed is not its business. */
  boolean isOut() {
    Event event = told();
    return out || event != null && event.out() && !event.added();
  }

  /**
   * True for a node that must not be failed over from: any other while this one is out; and one
   * that is back already when the listener is told that it has left.
   */
  boolean isHidden(String nodeId) {
    if (nodeId.equals(ownId)) {
      return false;
    }
    Event event = told();
    return isOut() || event != null && !event.ids().contains(nodeId) && ids.contains(nodeId);
  }

  /** Revision at which each node joined. */
  Map<String, Long> joined() {
    return joined;
  }

  /** Answers at once what is known here; asks the store for who may just have come. Any thread. */
  void info(String nodeId, Completable<NodeInfo> answer) {
    NodeInfo known = infos.get(nodeId);
    if (known != null) {
      answer.succeed(known);
      return;
    }
    home.run(
        () ->
            home.hear(
                store.range(Command.Range.of(KeyRange.single(keys.node(nodeId)))),
                (ranged, failure) -> {
                  if (ranged == null) {
                    answer.fail(failure);
                    return;
                  }
                  NodeInfo found =
                      ranged.kvs().isEmpty() ? null : decode(ranged.kvs().get(0).value());
                  if (found == null) {
                    answer.fail(UNKNOWN + nodeId);
                  } else {
                    answer.succeed(found);
                  }
                }));
  }

  // ---- home: what the mirror tells

  @Override
  public void put(KeyValue kv) {
    String nodeId = keys.rest(kv.key());
    NodeInfo info = decode(kv.value());
    if (info != null) {
      infos.put(nodeId, info);
    }
    Long before = joined.put(nodeId, kv.createRevision());
    if (before == null || before != kv.createRevision()) {
      publish();
      if (!nodeId.equals(ownId)) {
        hold(new Event(nodeId, true, ids, false));
        came.run();
      }
    }
  }

  @Override
  public void deleted(Bytes key, long revision) {
    String nodeId = keys.rest(key);
    infos.remove(nodeId);
    if (joined.remove(nodeId) == null) {
      return;
    }
    publish();
    if (nodeId.equals(ownId)) {
      evicted.accept(revision);
    } else {
      hold(new Event(nodeId, false, ids, false));
      went.run();
    }
  }

  private void publish() {
    TreeMap<Long, String> inOrder = new TreeMap<>();
    joined.forEach((nodeId, revision) -> inOrder.put(revision, nodeId));
    ids = List.copyOf(inOrder.values());
  }

  @Override
  public void sessionBegun() {
    if (in) {
      return;
    }
    in = true;
    out = false;
    List<String> then = toldIds;
    if (then != null) {
      List<String> growing = new ArrayList<>(List.of(ownId));
      for (String nodeId : then) {
        if (!nodeId.equals(ownId)) {
          growing.add(nodeId);
          List<String> sofar = new ArrayList<>(then);
          sofar.retainAll(growing);
          own.add(new Event(nodeId, true, List.copyOf(sofar), true));
        }
      }
    } else {
      toldIds = ids;
    }
    tellNext();
  }

  @Override
  public void sessionLost() {
    if (!in) {
      return;
    }
    in = false;
    out = true;
    own.clear();
    List<String> left = new ArrayList<>(toldIds == null ? List.of() : toldIds);
    if (!left.contains(ownId)) {
      left.add(ownId);
    }
    for (String nodeId : List.copyOf(left)) {
      if (!nodeId.equals(ownId)) {
        left.remove(nodeId);
        own.add(new Event(nodeId, false, List.copyOf(left), true));
      }
    }
    tellNext();
  }

  /**
   * Who has come and gone meanwhile is told to have gone: high availability looks after what it may
   * have left, and asks nothing of one who came.
   */
  private void hold(Event event) {
    if (closed) {
      return;
    }
    if (!in && !event.added()) {
      held.removeIf(earlier -> earlier.added() && earlier.nodeId().equals(event.nodeId()));
    }
    held.add(event);
    if (held.size() > MAX_HELD) {
      LOG.warn("not in the cluster for so long that {} is not told to listeners", held.poll());
    }
    tellNext();
  }

  /** One event after the other, so that none is told that had to wait by now. */
  private void tellNext() {
    if (telling || closed) {
      return;
    }
    Event next = own.poll();
    if (next == null && in) {
      next = withThisNode(held.poll());
      if (next != null) {
        toldIds = next.ids();
      }
    }
    if (next != null) {
      Event event = next;
      telling = true;
      teller.execute(
          () -> {
            tellNow(event);
            if (!closed) {
              home.run(this::toldOne);
            }
          });
    }
  }

  private void toldOne() {
    telling = false;
    tellNext();
  }

  /** It is back by now, though it was not in then. */
  private @Nullable Event withThisNode(@Nullable Event event) {
    if (event == null || event.ids().contains(ownId)) {
      return event;
    }
    List<String> with = new ArrayList<>(event.ids());
    with.add(ownId);
    return new Event(event.nodeId(), event.added(), List.copyOf(with), false);
  }

  private void tellNow(Event event) {
    NodeListener l = listener;
    if (l == null) {
      return;
    }
    told = event;
    try {
      if (event.added()) {
        l.nodeAdded(event.nodeId());
      } else {
        l.nodeLeft(event.nodeId());
      }
    } catch (RuntimeException e) {
      LOG.error("a node listener failed on {}", event, e);
    } finally {
      told = null;
    }
  }

  /** Nothing is told afterwards but what is being told. */
  void close() {
    closed = true;
    listener = null;
    own.clear();
    held.clear();
    teller.shutdown();
  }

  // ---- the value of a node's key

  /** Empty for a node that cannot be reached yet. */
  static Bytes encode(@Nullable NodeInfo info) {
    if (info == null) {
      return Bytes.EMPTY;
    }
    JsonObject json = new JsonObject().put("host", info.host()).put("port", info.port());
    if (info.metadata() != null) {
      json.put("metadata", info.metadata());
    }
    return Bytes.utf8(json.encode());
  }

  private static @Nullable NodeInfo decode(Bytes value) {
    if (value.isEmpty()) {
      return null;
    }
    JsonObject json = new JsonObject(new String(value.array(), StandardCharsets.UTF_8));
    return new NodeInfo(
        json.getString("host"), json.getInteger("port"), json.getJsonObject("metadata"));
  }
}
