package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Result;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The highly available verticles of this node: the entry from which other nodes fail over, and the
 * verticles themselves while the node is out of the cluster.
 *
 * <p>Other nodes may fail over from a node that is out, so it undeploys its verticles at once and
 * leaves its entry as it is. The transaction that brings it back reads the entry. If the entry is
 * still there, no node has failed over: the node puts the entry again, which makes a failover in
 * progress void (see {@link SyncMaps}), and redeploys the verticles. If the entry is gone, the
 * verticles run elsewhere.
 *
 * <p>{@link ManagerContext}, unless a method says otherwise.
 */
final class HaEntry implements NodeSession.Listener {
  private static final Logger LOG = Logger.getLogger(HaEntry.class);
  private static final long RETRY_MILLIS = 100;
  private static final String VERTICLES = "verticles";
  private static final long NOTHING = -1;

  /** As Vert.x writes them. */
  private record Verticle(String deploymentId, String name, JsonObject options) {
    static Verticle of(JsonObject json) {
      return new Verticle(
          json.getString("dep_id"),
          json.getString("verticle_name"),
          json.getJsonObject("options", new JsonObject()));
    }

    JsonObject toJson() {
      return new JsonObject()
          .put("dep_id", deploymentId)
          .put("verticle_name", name)
          .put("options", options);
    }

    boolean isLike(Verticle other) {
      return name.equals(other.name) && options.equals(other.options);
    }
  }

  /** Undeployed while the node is out, to be redeployed unless another node has failed over. */
  private static final class Down {
    final Verticle verticle;
    final Future<Void> undeployed;
    boolean asked;

    Down(Verticle verticle, Future<Void> undeployed) {
      this.verticle = verticle;
      this.undeployed = undeployed;
    }
  }

  private final ManagerContext context;
  private final QuorateStore store;
  private final Mirror mirror;
  private final NodeSession nodeSession;
  private final Bytes node;
  private final Bytes key;
  private final Bytes begun;
  private final List<Down> down = new ArrayList<>();

  /** Failed over to other nodes, but still in a queue of Vert.x that cannot be read. */
  private final List<Verticle> unwanted = new ArrayList<>();

  private final List<CompletableFuture<Void>> waiting = new ArrayList<>();
  private volatile @Nullable JsonObject entry;
  private volatile List<Verticle> listed = List.of();
  private Set<String> known = Set.of();
  private long puts;
  private long written;
  private long announced;
  private boolean writing;
  private int sessionsLost;
  private boolean closed;

  /**
   * @param nodeId of this node
   */
  HaEntry(
      ManagerContext context,
      KeyLayout keys,
      QuorateStore store,
      Mirror mirror,
      NodeSession nodeSession,
      String nodeId) {
    this.context = context;
    this.store = store;
    this.mirror = mirror;
    this.nodeSession = nodeSession;
    this.node = keys.node(nodeId);
    this.key = keys.haEntry(SyncMaps.HA_INFO, ValueCodec.encode(nodeId));
    this.begun = keys.begun();
  }

  Bytes key() {
    return key;
  }

  // ---- what Vert.x says; any thread

  /** The value that Vert.x has put last; null before. */
  @Nullable String lastPut() {
    JsonObject last = entry;
    return last == null ? null : last.encode();
  }

  /**
   * @param done completes when the value is in the mirror, or when it has to wait until this node
   *     is back in the cluster
   */
  void put(String json, CompletableFuture<Void> done) {
    JsonObject put = new JsonObject(json);
    context.run(() -> put(put, done));
  }

  /** The node leaves in order: there is nothing to fail over. */
  void forget() {
    context.run(
        () -> {
          entry = null;
          listed = List.of();
          known = Set.of();
          down.clear();
          unwanted.clear();
        });
  }

  private void put(JsonObject put, CompletableFuture<Void> done) {
    List<Verticle> all =
        put.getJsonArray(VERTICLES, new JsonArray()).stream()
            .map(verticle -> Verticle.of((JsonObject) verticle))
            .toList();
    Set<String> ids = new HashSet<>();
    all.forEach(verticle -> ids.add(verticle.deploymentId()));
    List<Verticle> next = new ArrayList<>(listed);
    next.removeIf(verticle -> !ids.contains(verticle.deploymentId()));
    for (Verticle verticle : all) {
      if (known.contains(verticle.deploymentId())) {
        continue;
      }
      if (removeLike(unwanted, verticle)) {
        LOG.info("{} was failed over meanwhile and is taken down here", verticle.name());
        undeploy(verticle);
      } else {
        supersede(next, verticle);
        next.add(verticle);
      }
    }
    known = ids;
    listed = List.copyOf(next);
    entry = put;
    puts++;
    waiting.add(done);
    flush();
  }

  private static boolean removeLike(List<Verticle> from, Verticle wanted) {
    Iterator<Verticle> all = from.iterator();
    while (all.hasNext()) {
      if (all.next().isLike(wanted)) {
        all.remove();
        return true;
      }
    }
    return false;
  }

  /**
   * When Vert.x loses its quorum it undeploys verticles without removing them from its entry, and
   * adds them a second time when it redeploys them.
   */
  private void supersede(List<Verticle> all, Verticle with) {
    Iterator<Down> downs = down.iterator();
    while (downs.hasNext()) {
      Down next = downs.next();
      if (next.asked && next.verticle.isLike(with)) {
        downs.remove();
        return;
      }
    }
    Set<String> deployed = context.vertx().deploymentIDs();
    List<Verticle> stale = new ArrayList<>(all);
    stale.removeIf(verticle -> deployed.contains(verticle.deploymentId()));
    for (Verticle verticle : stale) {
      if (verticle.isLike(with)) {
        all.remove(verticle);
        return;
      }
    }
  }

  private void undeploy(Verticle verticle) {
    context.onComplete(
        context.vertx().undeploy(verticle.deploymentId()),
        (nothing, failure) -> {
          if (failure != null
              && context.vertx().deploymentIDs().contains(verticle.deploymentId())) {
            LOG.error("{} runs twice, it could not be taken down", verticle.name(), failure);
          }
        });
  }

  // ---- writing

  /** The entry: what is deployed, and what is to be redeployed. */
  private Bytes value(JsonObject of) {
    JsonArray verticles = new JsonArray();
    Set<String> ids = new HashSet<>();
    for (Verticle verticle : listed) {
      if (ids.add(verticle.deploymentId())) {
        verticles.add(verticle.toJson());
      }
    }
    for (Down taken : down) {
      if (ids.add(taken.verticle.deploymentId())) {
        verticles.add(taken.verticle.toJson());
      }
    }
    return ValueCodec.encode(of.copy().put(VERTICLES, verticles).encode());
  }

  /** No effect unless this node's key is attached to its session. */
  private void flush() {
    JsonObject latest = entry;
    if (writing) {
      return;
    }
    if (closed || latest == null || written == puts || !nodeSession.isActive()) {
      letGo();
      return;
    }
    List<CompletableFuture<Void>> served = List.copyOf(waiting);
    long upTo = puts;
    int underSession = sessionsLost;
    Command.Put put = Command.Put.of(key, value(latest));
    Command.Compare sameSession = Compares.lease(node).isEqualTo(nodeSession.lease());
    writing = true;
    context.onComplete(
        store.txn(new Command.Txn(List.of(sameSession), List.of(put), List.of())),
        (done, failure) -> {
          if (underSession != sessionsLost) {
            return;
          }
          writing = false;
          if (done == null) {
            context.timer(RETRY_MILLIS, this::flush);
          } else if (done.succeeded()) {
            written = upTo;
            waiting.removeAll(served);
            mirror.await(done.revision(), () -> served.forEach(w -> w.complete(null)));
            flush();
          } else {
            letGo(); // the session is lost; sessionLost() is about to be called
          }
        });
  }

  private void letGo() {
    List<CompletableFuture<Void>> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(w -> w.complete(null));
  }

  // ---- out of the cluster and back

  @Override
  public void sessionLost() {
    sessionsLost++;
    writing = false;
    letGo();
    Set<String> deployed = context.vertx().deploymentIDs();
    for (Verticle verticle : listed) {
      if (!deployed.contains(verticle.deploymentId())) {
        continue;
      }
      LOG.warn("{} is taken down while this node is out of the cluster", verticle.name());
      Down taken = new Down(verticle, context.vertx().undeploy(verticle.deploymentId()));
      down.add(taken);
      context.onComplete(
          taken.undeployed,
          (nothing, failure) -> {
            if (failure != null) {
              // undeployed by other code, or its stop() failed: it is not redeployed here
              down.remove(taken);
              LOG.warn("{} was not taken down: {}", verticle.name(), failure.toString());
            }
          });
    }
  }

  @Override
  public void sessionBegun() {
    flush();
  }

  /**
   * The transaction with {@code put}, which brings this node's key back, that also checks this
   * node's entry.
   *
   * @param in revision of the node's former announcement
   */
  Command.Txn withEntry(Command.Put put, long in) {
    JsonObject latest = entry;
    announced = puts;
    if (latest == null) {
      return new Command.Txn(List.of(), List.of(put), List.of());
    }
    List<Command.Op> again = List.of(put, Command.Put.of(key, value(latest)));
    // its answer may be lost, and then it is asked again: so what is gone stays gone until it is
    // known to be
    List<Command.Op> failedOver = List.of(put);
    // when all nodes were out, one that joined has taken the entries for those of an earlier
    // cluster: then it is gone without having been failed over
    Command.Txn ifGone =
        new Command.Txn(List.of(Compares.modRevision(begun).isGreaterThan(in)), again, failedOver);
    return new Command.Txn(List.of(Compares.version(key).isGreaterThan(0)), again, List.of(ifGone));
  }

  /** The transaction of {@link #withEntry} has brought this node back into the cluster. */
  void isBack(Result.TxnDone done) {
    boolean kept =
        done.succeeded()
            || done.responses().get(0) instanceof Result.TxnDone ifGone && ifGone.succeeded();
    if (entry == null) {
      return;
    }
    written = kept ? announced : NOTHING;
    if (kept) {
      for (Down taken : List.copyOf(down)) {
        if (!taken.asked) {
          taken.asked = true;
          context.onComplete(
              taken.undeployed,
              (nothing, failure) -> {
                if (failure == null) {
                  deploy(taken);
                }
              });
        }
      }
      return;
    }
    Set<String> deployed = context.vertx().deploymentIDs();
    List<Verticle> still = new ArrayList<>();
    for (Verticle verticle : listed) {
      if (deployed.contains(verticle.deploymentId())) {
        still.add(verticle); // deployed while the node was out, so it runs here only
      } else if (down.stream().noneMatch(d -> d.verticle.equals(verticle))) {
        unwanted.add(verticle);
      }
    }
    listed = List.copyOf(still);
    for (Down taken : down) {
      LOG.info("{} was failed over meanwhile and stays down here", taken.verticle.name());
      if (taken.asked) {
        unwanted.add(taken.verticle);
      }
    }
    down.clear();
  }

  private void deploy(Down taken) {
    Verticle verticle = taken.verticle;
    context.onComplete(
        context.vertx().deployVerticle(verticle.name(), new DeploymentOptions(verticle.options())),
        (id, failure) -> {
          boolean was = down.remove(taken);
          if (failure != null && was && !closed) {
            LOG.error("{} could not be deployed again", verticle.name(), failure);
          }
        });
  }

  // ---- failing over from others

  /** Ids of the listed deployments. Any thread. */
  Set<String> deployments() {
    Set<String> ids = new HashSet<>();
    listed.forEach(verticle -> ids.add(verticle.deploymentId()));
    return ids;
  }

  /** Undeploys what this node has deployed for a failover that was void. */
  void takeDownCopies(String of, Set<String> deployedBefore) {
    List<Verticle> copied = new ArrayList<>();
    new JsonObject(of)
        .getJsonArray(VERTICLES, new JsonArray())
        .forEach(verticle -> copied.add(Verticle.of((JsonObject) verticle)));
    for (Verticle verticle : listed) {
      if (!deployedBefore.contains(verticle.deploymentId()) && removeLike(copied, verticle)) {
        LOG.info("{} runs elsewhere after all and is taken down here", verticle.name());
        undeploy(verticle);
      }
    }
    for (Down taken : List.copyOf(down)) {
      Verticle verticle = taken.verticle;
      if (!deployedBefore.contains(verticle.deploymentId()) && removeLike(copied, verticle)) {
        down.remove(taken);
        if (taken.asked) {
          unwanted.add(verticle);
        }
      }
    }
  }

  void close() {
    closed = true;
    letGo();
  }
}
