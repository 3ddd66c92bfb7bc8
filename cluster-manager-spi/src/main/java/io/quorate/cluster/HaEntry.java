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
 * What this node has deployed highly available: the entry that others fail over from, and the
 * verticles themselves while the node is out of the cluster.
 *
 * <p>A node that is out may have been given up, so it takes its verticles down at once and leaves
 * its entry as it is. In the transaction that brings it back it looks again. If its entry is still
 * there, nobody has failed over: it puts the entry anew, which makes a failover that is under way
 * void (see {@link HaMaps}), and deploys the verticles again. If it is gone, they run elsewhere.
 *
 * <p>{@link Home}, unless a method says otherwise.
 */
final class HaEntry implements Life.Part {
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

  /** Taken down while the node is out, to be deployed again unless somebody else has. */
  private static final class Down {
    final Verticle verticle;
    final Future<Void> undeployed;
    boolean asked;

    Down(Verticle verticle, Future<Void> undeployed) {
      this.verticle = verticle;
      this.undeployed = undeployed;
    }
  }

  private final Home home;
  private final QuorateStore store;
  private final Mirror mirror;
  private final Life life;
  private final Bytes node;
  private final Bytes key;
  private final Bytes begun;
  private final List<Down> down = new ArrayList<>();

  /** Failed over to others, and still in the queue of Vert.x, which cannot be looked into. */
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
  HaEntry(Home home, Keys keys, QuorateStore store, Mirror mirror, Life life, String nodeId) {
    this.home = home;
    this.store = store;
    this.mirror = mirror;
    this.life = life;
    this.node = keys.node(nodeId);
    this.key = keys.haEntry(HaMaps.HA_INFO, Values.encode(nodeId));
    this.begun = keys.begun();
  }

  Bytes key() {
    return key;
  }

  // ---- what Vert.x says; any thread

  /** As Vert.x put it last; null before. */
  @Nullable String lastPut() {
    JsonObject last = entry;
    return last == null ? null : last.encode();
  }

  /**
   * @param done completed when it is in the mirror, or is known to have to wait until this node is
   *     in the cluster again
   */
  void put(String json, CompletableFuture<Void> done) {
    JsonObject put = new JsonObject(json);
    home.run(() -> put(put, done));
  }

  /** It leaves in order: nothing is to be failed over from it. */
  void forget() {
    home.run(
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
   * Vert.x leaves in its entry what it took down when it lost its quorum, and adds it a second time
   * when it deploys it again.
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
    Set<String> deployed = home.vertx().deploymentIDs();
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
    home.hear(
        home.vertx().undeploy(verticle.deploymentId()),
        (nothing, failure) -> {
          if (failure != null && home.vertx().deploymentIDs().contains(verticle.deploymentId())) {
            LOG.error("{} runs twice, it could not be taken down", verticle.name(), failure);
          }
        });
  }

  // ---- writing

  /** The entry with what is deployed, and with what is to be again. */
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
    return Values.encode(of.copy().put(VERTICLES, verticles).encode());
  }

  /** Without effect unless this node's key hangs on its session. */
  private void flush() {
    JsonObject latest = entry;
    if (writing) {
      return;
    }
    if (closed || latest == null || written == puts || !life.isActive()) {
      letGo();
      return;
    }
    List<CompletableFuture<Void>> served = List.copyOf(waiting);
    long upTo = puts;
    int underSession = sessionsLost;
    Command.Put put = Command.Put.of(key, value(latest));
    Command.Compare sameSession = Compares.lease(node).isEqualTo(life.lease());
    writing = true;
    home.hear(
        store.txn(new Command.Txn(List.of(sameSession), List.of(put), List.of())),
        (done, failure) -> {
          if (underSession != sessionsLost) {
            return;
          }
          writing = false;
          if (done == null) {
            home.timer(RETRY_MILLIS, this::flush);
          } else if (done.succeeded()) {
            written = upTo;
            waiting.removeAll(served);
            mirror.await(done.revision(), () -> served.forEach(w -> w.complete(null)));
            flush();
          } else {
            letGo(); // the node has lost its session, and is about to hear of it
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
    Set<String> deployed = home.vertx().deploymentIDs();
    for (Verticle verticle : listed) {
      if (!deployed.contains(verticle.deploymentId())) {
        continue;
      }
      LOG.warn("{} is taken down while this node is out of the cluster", verticle.name());
      Down taken = new Down(verticle, home.vertx().undeploy(verticle.deploymentId()));
      down.add(taken);
      home.hear(
          taken.undeployed,
          (nothing, failure) -> {
            if (failure != null) {
              // somebody else has, or its end failed: not ours to deploy again
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
   * Completes {@code put}, which brings this node's key back, to the transaction that also looks
   * what has become of its entry.
   *
   * @param in revision at which the node was put into the cluster before
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

  /** This node is back in the cluster by {@link #withEntry}. */
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
          home.hear(
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
    Set<String> deployed = home.vertx().deploymentIDs();
    List<Verticle> still = new ArrayList<>();
    for (Verticle verticle : listed) {
      if (deployed.contains(verticle.deploymentId())) {
        still.add(verticle); // since the node is out, so nobody else has it
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
    home.hear(
        home.vertx().deployVerticle(verticle.name(), new DeploymentOptions(verticle.options())),
        (id, failure) -> {
          boolean was = down.remove(taken);
          if (failure != null && was && !closed) {
            LOG.error("{} could not be deployed again", verticle.name(), failure);
          }
        });
  }

  // ---- failing over from others

  /** Deployments that are listed now. Any thread. */
  Set<String> deployments() {
    Set<String> ids = new HashSet<>();
    listed.forEach(verticle -> ids.add(verticle.deploymentId()));
    return ids;
  }

  /** The failover was void: takes down what this node has deployed for it. */
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
