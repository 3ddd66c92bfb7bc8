package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.Completable;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.NodeListener;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is in the cluster, in the order of joining, which is that of revisions and the same
 * everywhere; and where each can be reached.
 *
 * <p>The listener may block for minutes, so it has a thread of its own, which hears one event after
 * the other. On that thread {@link #ids} is the list as of the event being told: so every node sees
 * the same list in the same event, which is what decides who takes over from a failed node. While
 * this node is out of the cluster the events wait.
 */
final class Nodes implements Mirror.Part, Life.Part {
  private static final Logger LOG = LoggerFactory.getLogger(Nodes.class);
  private static final int MAX_HELD = 10_000;
  private static final String UNKNOWN = "Not a member of the cluster: ";

  private record Event(String nodeId, boolean added, List<String> ids) {}

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
  private final ArrayDeque<Event> held = new ArrayDeque<>();
  private volatile List<String> ids = List.of();
  private volatile @Nullable NodeListener listener;
  private volatile @Nullable Thread tellerThread;
  private @Nullable List<String> idsTold;
  private boolean telling;
  private boolean closed;

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
    List<String> told = idsTold;
    return Thread.currentThread() == tellerThread && told != null ? told : ids;
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
        tell(new Event(nodeId, true, ids));
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
      tell(new Event(nodeId, false, ids));
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
    telling = true;
    while (!held.isEmpty()) {
      tell(held.poll());
    }
  }

  @Override
  public void sessionLost() {
    telling = false;
  }

  private void tell(Event event) {
    if (closed) {
      return;
    }
    if (!telling) {
      hold(event);
      return;
    }
    teller.execute(() -> tellNow(event));
  }

  /**
   * Who has come and gone meanwhile is told to have gone: high availability looks after what it may
   * have left, and asks nothing of one who came.
   */
  private void hold(Event event) {
    if (!event.added()) {
      held.removeIf(earlier -> earlier.added() && earlier.nodeId().equals(event.nodeId()));
    }
    held.add(event);
    if (held.size() > MAX_HELD) {
      LOG.warn("not in the cluster for so long that {} is not told to listeners", held.poll());
    }
  }

  private void tellNow(Event event) {
    NodeListener l = listener;
    if (l == null) {
      return;
    }
    idsTold = event.ids();
    try {
      if (event.added()) {
        l.nodeAdded(event.nodeId());
      } else {
        l.nodeLeft(event.nodeId());
      }
    } catch (RuntimeException e) {
      LOG.error("a node listener failed on {}", event, e);
    } finally {
      idsTold = null;
    }
  }

  /** Nothing is told afterwards but what is being told. */
  void close() {
    closed = true;
    listener = null;
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
