package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Command.Compare;
import io.quorate.command.Command.CompareResult;
import io.quorate.command.Command.CompareTarget;
import io.quorate.command.KeyRange;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.client.recipe.Counters;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node from joining to leaving the cluster: its parts, and the order in which they start and end.
 * Each lifecycle has a new node id, so that keys of an earlier one are not taken for its own. The
 * id stays the same when the session is replaced, since the event bus asks for it only once.
 *
 * <p>{@link ManagerContext} only, unless a method says otherwise.
 */
final class NodeLifecycle {
  private static final Logger LOG = Logger.getLogger(NodeLifecycle.class);
  private static final long RETRY_MILLIS = 100;
  private static final long INFO_MILLIS = 10_000;
  private static final long END_SESSION_MILLIS = 1_000;
  private static final long OUT_OF_ROUTING_MILLIS = 5_000;

  private final ManagerContext context;
  private final KeyLayout keys;
  private final QuorateStore store;
  private final String nodeId;
  private final NodeSession nodeSession;
  private final Mirror mirror;
  private final Nodes nodes;
  private final Registrations registrations;
  private final Visibility visibility;
  private final RegistrationWriter writer;
  private final Counters counters;
  private final Locks locks;
  private final HaEntry haEntry;
  private final SyncMaps syncMaps;
  private final EntryLeases entryLeases;
  private final RegistrationBarrier barrier;
  private volatile @Nullable NodeInfo info;
  private volatile @Nullable Promise<Void> drained;
  private volatile boolean left;
  private long announcedRevision;
  private String stage = "";

  NodeLifecycle(
      ManagerContext context,
      QuorateClient client,
      ManagerSettings settings,
      String nodeId,
      RegistrationListener registrationListener) {
    this.context = context;
    this.store = client.store();
    this.nodeId = nodeId;
    this.keys = new KeyLayout(settings.keyPrefix());
    this.nodeSession = new NodeSession(context, client, settings.leaseSeconds());
    this.mirror = new Mirror(context, client, keys);
    this.nodes =
        new Nodes(
            context,
            keys,
            store,
            nodeId,
            this::evicted,
            () -> this.visibility().sawForeign(),
            () -> this.visibility().nodeWent());
    this.visibility = new Visibility(context, keys, store, nodeId, nodeSession, nodes::joined);
    this.writer =
        new RegistrationWriter(context, keys.node(nodeId), store, nodeSession, visibility);
    this.barrier =
        new RegistrationBarrier(
            context, keys, store, nodeId, mirror, nodeSession, visibility, writer);
    this.registrations =
        new Registrations(
            context, keys, nodeId, registrationListener, visibility::sawForeign, barrier);
    this.counters = CounterSessions.counters(context, keys, store, nodeId, nodeSession);
    this.locks = new Locks(context, keys, client, nodeId, nodeSession);
    this.haEntry = new HaEntry(context, keys, store, mirror, nodeSession, nodeId);
    this.syncMaps = new SyncMaps(context, keys, store, mirror, nodes, haEntry);
    this.entryLeases = new EntryLeases(store);

    mirror.add(KeyLayout.NODE, nodes);
    mirror.add(KeyLayout.HA, syncMaps);
    mirror.add(KeyLayout.REGISTRATION, registrations);
    mirror.add(KeyLayout.BARRIER, barrier);
    mirror.add(
        KeyLayout.ACK, visibility); // last: it acknowledges what the other listeners have processed
    nodeSession.add(nodes);
    nodeSession.add(haEntry);
    nodeSession.add(writer);
    nodeSession.add(locks);
    nodeSession.onReturn(this::rejoin);
  }

  private Visibility visibility() {
    return visibility;
  }

  // ---- joining

  /** What joining waits for, for the error message. */
  String stage() {
    return stage;
  }

  void join(Completable<Void> joined) {
    stage = "a session";
    nodeSession.begin(
        (begun, failure) -> {
          if (failure != null) {
            joined.fail(failure);
            return;
          }
          stage = "the announcement of the node";
          announce(
              true,
              (announced, refused) -> {
                if (refused != null) {
                  joined.fail(refused);
                  return;
                }
                stage = "what the nodes share";
                visibility.sawForeign();
                mirror.open(
                    (opened, unread) -> {
                      if (unread != null) {
                        joined.fail(unread);
                      } else if (!left) {
                        nodeSession.activate();
                        stage = "the others to see the node";
                        visibility.await(announcedRevision, joined);
                      }
                    });
              });
        });
  }

  /**
   * Puts the node's key. The first node of a cluster also deletes the high-availability entries of
   * an earlier cluster, which must not be failed over any more.
   */
  private void announce(boolean first, Completable<Void> announced) {
    Command.Put put =
        Command.Put.of(keys.node(nodeId), Nodes.encode(info)).onLease(nodeSession.lease());
    Compare noNodes =
        new Compare(keys.nodes(), CompareResult.EQUAL, CompareTarget.VERSION, 0, Bytes.EMPTY);
    Command.Txn txn =
        first
            ? new Command.Txn(
                List.of(noNodes),
                List.of(
                    new Command.DeleteRange(keys.ha(), false),
                    Command.Put.of(keys.begun(), Bytes.EMPTY),
                    put),
                List.of(put))
            : haEntry.withEntry(put, announcedRevision);
    context.onComplete(
        store.txn(txn),
        (done, failure) -> {
          if (done == null) {
            announced.fail(failure);
          } else {
            announcedRevision = done.revision();
            if (!first && !left && put.lease() == nodeSession.lease()) {
              haEntry.isBack(done);
            }
            announced.succeed();
          }
        });
  }

  /** There is a new session: the node and its registrations are put under it. */
  private void rejoin() {
    long lease = nodeSession.lease();
    if (left || lease == 0) {
      return;
    }
    announce(
        false,
        (announced, failure) -> {
          if (nodeSession.lease() != lease) {
            return; // this session is lost too; the next one brings the node back
          } else if (failure != null) {
            context.timer(RETRY_MILLIS, this::rejoin);
          } else if (!left) {
            if (drained == null) {
              registrations.forEachShared((address, info) -> writer.add(key(address, info), null));
            }
            nodeSession.activate();
          }
        });
  }

  /** This node's key was deleted by another client. */
  private void evicted(long revision) {
    if (nodeSession.isActive() && revision > announcedRevision) {
      nodeSession.giveUp();
    }
  }

  // ---- what the manager asks for; any thread

  boolean isActive() {
    return nodeSession.isActive();
  }

  String nodeId() {
    return nodeId;
  }

  Nodes nodes() {
    return nodes;
  }

  Registrations registrations() {
    return registrations;
  }

  @Nullable NodeInfo info() {
    return info;
  }

  /** Sets the node info; completes when other nodes can read it. */
  void info(NodeInfo newInfo, Completable<Void> written) {
    info = newInfo;
    context.run(() -> writeInfo(System.nanoTime() + INFO_MILLIS * 1_000_000, written));
  }

  private void writeInfo(long deadlineNanos, Completable<Void> written) {
    Command.Put put =
        Command.Put.of(keys.node(nodeId), Nodes.encode(info)).onLease(nodeSession.lease());
    Future<?> done =
        put.lease() == 0 || left
            ? Future.failedFuture("this node is not in the cluster")
            : store.put(put);
    context.onComplete(
        done,
        (putted, failure) -> {
          if (failure == null) {
            written.succeed();
          } else if (left || System.nanoTime() > deadlineNanos) {
            written.fail(failure);
          } else {
            context.timer(RETRY_MILLIS, () -> writeInfo(deadlineNanos, written));
          }
        });
  }

  void addRegistration(String address, RegistrationInfo info, Completable<Void> visible) {
    registrations.addOwn(address, info);
    if (info.localOnly() || drained != null) {
      visible.succeed();
    } else if (left) {
      visible.fail("this node has left the cluster");
    } else {
      writer.add(key(address, info), visible);
    }
  }

  void removeRegistration(String address, RegistrationInfo info, Completable<Void> removed) {
    registrations.removeOwn(address, info);
    if (info.localOnly() || left || drained != null) {
      removed.succeed();
    } else {
      writer.remove(key(address, info), removed);
    }
  }

  private Bytes key(String address, RegistrationInfo info) {
    return keys.registration(nodeId, info.seq(), address);
  }

  /** Reads this node's key linearizably; fails without a quorum, or if the key is missing. */
  Future<?> readStore() {
    return context
        .onCallersContext(store.range(Command.Range.of(KeyRange.single(keys.node(nodeId)))))
        .compose(
            ranged ->
                ranged.kvs().isEmpty()
                    ? Future.failedFuture("this node is not in the cluster")
                    : Future.succeededFuture());
  }

  SyncMaps syncMaps() {
    return syncMaps;
  }

  <K, V> SharedMap<K, V> map(String name) {
    return new SharedMap<>(context, store, entryLeases, keys, name);
  }

  SharedCounter counter(String name) {
    return new SharedCounter(counters.counter(keys.counter(name)));
  }

  Locks locks() {
    return locks;
  }

  // ---- leaving

  /**
   * Removes this node's registrations from the cluster while its consumers still exist: Vert.x
   * itself would remove the consumers first. Bounded; never fails.
   *
   * @param millis how long to wait after the other nodes have stopped sending
   */
  Future<Void> drain(long millis) {
    Promise<Void> begun = drained;
    if (begun != null) {
      return begun.future();
    }
    Promise<Void> done = Promise.promise();
    drained = done;
    context.timer(OUT_OF_ROUTING_MILLIS + millis, done::tryComplete);
    registrations.drain();
    List<Future<?>> removed = new ArrayList<>();
    registrations.forEachShared(
        (address, info) -> {
          Promise<Void> one = Promise.promise();
          removed.add(one.future());
          writer.remove(key(address, info), one);
        });
    context.onComplete(
        Future.join(removed),
        (all, failure) ->
            barrier.pass(
                () -> {
                  if (millis == 0) {
                    done.tryComplete();
                  } else {
                    context.timer(millis, done::tryComplete);
                  }
                }));
    return done.future();
  }

  /** Removes everything of this node from the cluster, in one revision. Bounded. */
  Future<Void> leave() {
    left = true;
    Promise<Void> ended = Promise.promise();
    context.timer(END_SESSION_MILLIS, ended::tryComplete);
    List<Runnable> ends =
        List.of(
            syncMaps::close,
            haEntry::close,
            nodes::close,
            writer::close,
            visibility::close,
            counters::close,
            locks::close,
            mirror::close,
            () -> context.onComplete(nodeSession.end(), (nothing, failure) -> ended.tryComplete()));
    for (Runnable end : ends) {
      try {
        end.run();
      } catch (RuntimeException e) {
        LOG.warn("something could not be ended while leaving, which goes on", e);
      }
    }
    return ended.future();
  }
}
