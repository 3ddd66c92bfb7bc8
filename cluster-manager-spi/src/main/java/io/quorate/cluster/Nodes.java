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
 * The nodes of the cluster in the order of joining, which is that of revisions and so the same on
 * every node; and their addresses.
 *
 * <p>The listener may block for minutes, so it is called on its own thread, one event at a time. On
 * that thread {@link #ids} is the list as of the event being delivered. So every node sees the same
 * list for the same event, and all choose the same node to take over from a failed one.
 *
 * <p>While this node is out of the cluster, {@link #ids} is this node alone, and the listener is
 * told that each of the others has left. When the node is back, the listener is told that they have
 * joined, in the list as it was before, and then of everything that happened meanwhile.
 */
final class Nodes implements Mirror.Listener, NodeSession.Listener {
  private static final Logger LOG = Logger.getLogger(Nodes.class);
  private static final int MAX_HELD = 10_000;
  private static final String UNKNOWN = "Not a member of the cluster: ";

  /**
   * @param ids afterwards
   * @param out true for an event of this node only: it is out of the cluster, or back
   */
  private record Event(String nodeId, boolean added, List<String> ids, boolean out) {}

  private final ManagerContext context;
  private final KeyLayout keys;
  private final QuorateStore store;
  private final String ownId;
  private final LongConsumer evicted;
  private final Runnable came;
  private final Runnable went;
  private final Map<String, Long> joined = new HashMap<>();
  private final ConcurrentHashMap<String, NodeInfo> infos = new ConcurrentHashMap<>();
  private final ExecutorService notifier;

  /** Events of this node going out and coming back; delivered also while it is out. */
  private final ArrayDeque<Event> own = new ArrayDeque<>();

  /** Events of other nodes; delivered only while this node is in. */
  private final ArrayDeque<Event> held = new ArrayDeque<>();

  private volatile List<String> ids = List.of();
  private volatile @Nullable NodeListener listener;
  private volatile @Nullable Thread notifierThread;
  private volatile boolean out;
  private @Nullable Event current;
  private @Nullable List<String> deliveredIds;
  private boolean in;
  private boolean delivering;
  private volatile boolean closed;

  /**
   * @param evicted called with the revision when this node's own key is gone
   * @param came called when another node has joined
   * @param went called when another node has left
   */
  Nodes(
      ManagerContext context,
      KeyLayout keys,
      QuorateStore store,
      String ownId,
      LongConsumer evicted,
      Runnable came,
      Runnable went) {
    this.context = context;
    this.keys = keys;
    this.store = store;
    this.ownId = ownId;
    this.evicted = evicted;
    this.came = came;
    this.went = went;
    this.notifier =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "vert.x-quorate-nodes-" + ownId.substring(0, 8));
              thread.setDaemon(true);
              notifierThread = thread;
              return thread;
            });
  }

  /** Null for none. Any thread. */
  void listener(@Nullable NodeListener listener) {
    this.listener = listener;
  }

  /** Ids in the order of joining. Any thread. */
  List<String> ids() {
    Event event = current();
    if (event != null) {
      return event.ids();
    }
    return out ? List.of(ownId) : ids;
  }

  // what high availability asks; any thread

  /** The event being delivered on this thread, if any. */
  @Nullable Object event() {
    return current();
  }

  private @Nullable Event current() {
    return Thread.currentThread() == notifierThread ? current : null;
  }

  /** True while this node is out of the cluster, and must not fail over from others. */
  boolean isOut() {
    Event event = current();
    return out || event != null && event.out() && !event.added();
  }

  /**
   * True for a node that must not be failed over: any other node while this one is out, and a node
   * that has already rejoined when the listener is told that it has left.
   */
  boolean isHidden(String nodeId) {
    if (nodeId.equals(ownId)) {
      return false;
    }
    Event event = current();
    return isOut() || event != null && !event.ids().contains(nodeId) && ids.contains(nodeId);
  }

  /** Revision at which each node joined. */
  Map<String, Long> joined() {
    return joined;
  }

  /**
   * Answers at once from the mirror; asks the store for a node that may have joined a moment ago.
   * Any thread.
   */
  void info(String nodeId, Completable<NodeInfo> answer) {
    NodeInfo known = infos.get(nodeId);
    if (known != null) {
      answer.succeed(known);
      return;
    }
    context.run(
        () ->
            context.onComplete(
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

  // ---- context: changes from the mirror

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
    List<String> then = deliveredIds;
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
      deliveredIds = ids;
    }
    deliverNext();
  }

  @Override
  public void sessionLost() {
    if (!in) {
      return;
    }
    in = false;
    out = true;
    own.clear();
    List<String> left = new ArrayList<>(deliveredIds == null ? List.of() : deliveredIds);
    if (!left.contains(ownId)) {
      left.add(ownId);
    }
    for (String nodeId : List.copyOf(left)) {
      if (!nodeId.equals(ownId)) {
        left.remove(nodeId);
        own.add(new Event(nodeId, false, List.copyOf(left), true));
      }
    }
    deliverNext();
  }

  /**
   * For a node that has joined and left while this one was out, only the leaving is delivered: high
   * availability fails over what the node has deployed, and does nothing when a node joins.
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
    deliverNext();
  }

  /** Delivers one event at a time, so that an event that has to be held by now is not delivered. */
  private void deliverNext() {
    if (delivering || closed) {
      return;
    }
    Event next = own.poll();
    if (next == null && in) {
      next = withThisNode(held.poll());
      if (next != null) {
        deliveredIds = next.ids();
      }
    }
    if (next != null) {
      Event event = next;
      delivering = true;
      notifier.execute(
          () -> {
            deliver(event);
            if (!closed) {
              context.run(this::delivered);
            }
          });
    }
  }

  private void delivered() {
    delivering = false;
    deliverNext();
  }

  /**
   * The event with this node in its list: it is back now, though it was out at the time of the
   * event.
   */
  private @Nullable Event withThisNode(@Nullable Event event) {
    if (event == null || event.ids().contains(ownId)) {
      return event;
    }
    List<String> with = new ArrayList<>(event.ids());
    with.add(ownId);
    return new Event(event.nodeId(), event.added(), List.copyOf(with), false);
  }

  private void deliver(Event event) {
    NodeListener l = listener;
    if (l == null) {
      return;
    }
    current = event;
    try {
      if (event.added()) {
        l.nodeAdded(event.nodeId());
      } else {
        l.nodeLeft(event.nodeId());
      }
    } catch (RuntimeException e) {
      LOG.error("a node listener failed on {}", event, e);
    } finally {
      current = null;
    }
  }

  /** No events are delivered afterwards, except the one being delivered. */
  void close() {
    closed = true;
    listener = null;
    own.clear();
    held.clear();
    notifier.shutdown();
  }

  // ---- the value of a node's key

  /** Empty for a node whose event bus does not listen yet. */
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
