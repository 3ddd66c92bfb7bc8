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
 * One life of a node in the cluster, from joining to leaving: the parts, and the order in which
 * they begin and end. The id is a new one for each life, so that what an earlier one left behind
 * cannot be taken for it; it stays when the session is replaced, since the event bus keeps it.
 *
 * <p>{@link Home}, unless a method says otherwise.
 */
final class Membership {
  private static final Logger LOG = Logger.getLogger(Membership.class);
  private static final long RETRY_MILLIS = 100;
  private static final long INFO_MILLIS = 10_000;
  private static final long END_SESSION_MILLIS = 1_000;
  private static final long OUT_OF_ROUTING_MILLIS = 5_000;

  private final Home home;
  private final Keys keys;
  private final QuorateStore store;
  private final String nodeId;
  private final Life life;
  private final Mirror mirror;
  private final Nodes nodes;
  private final Registrations registrations;
  private final Visibility visibility;
  private final RegistrationWriter writer;
  private final Counters counters;
  private final Locks locks;
  private final HaEntry haEntry;
  private final HaMaps haMaps;
  private final EntryLeases entryLeases;
  private final Barrier barrier;
  private volatile @Nullable NodeInfo info;
  private volatile @Nullable Promise<Void> drained;
  private volatile boolean left;
  private long announcedRevision;
  private String stage = "";

  Membership(
      Home home,
      QuorateClient client,
      Settings settings,
      String nodeId,
      RegistrationListener registrationListener) {
    this.home = home;
    this.store = client.store();
    this.nodeId = nodeId;
    this.keys = new Keys(settings.keyPrefix());
    this.life = new Life(home, client, settings.leaseSeconds());
    this.mirror = new Mirror(home, client, keys);
    this.nodes =
        new Nodes(
            home,
            keys,
            store,
            nodeId,
            this::evicted,
            () -> this.visibility().sawForeign(),
            () -> this.visibility().nodeWent());
    this.visibility = new Visibility(home, keys, store, nodeId, life, nodes::joined);
    this.writer = new RegistrationWriter(home, keys.node(nodeId), store, life, visibility);
    this.barrier = new Barrier(home, keys, store, nodeId, mirror, life, visibility, writer);
    this.registrations =
        new Registrations(
            home, keys, nodeId, registrationListener, visibility::sawForeign, barrier);
    this.counters = new Counters(home, keys, store, nodeId, life);
    this.locks = new Locks(home, keys, client, nodeId, life);
    this.haEntry = new HaEntry(home, keys, store, mirror, life, nodeId);
    this.haMaps = new HaMaps(home, keys, store, mirror, nodes, haEntry);
    this.entryLeases = new EntryLeases(store);

    mirror.add(Keys.NODE, nodes);
    mirror.add(Keys.HA, haMaps);
    mirror.add(Keys.REGISTRATION, registrations);
    mirror.add(Keys.BARRIER, barrier);
    mirror.add(Keys.ACK, visibility); // the last: it says what the others have told
    life.add(nodes);
    life.add(haEntry);
    life.add(writer);
    life.add(counters);
    life.add(locks);
    life.onReturn(this::rejoin);
  }

  private Visibility visibility() {
    return visibility;
  }

  // ---- joining

  /** What joining is waiting for, for people. */
  String stage() {
    return stage;
  }

  void join(Completable<Void> joined) {
    stage = "a session";
    life.begin(
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
                        life.activate();
                        stage = "the others to see the node";
                        visibility.await(announcedRevision, joined);
                      }
                    });
              });
        });
  }

  /**
   * Puts the node's key. The first node of a cluster also removes what nodes of an earlier one had
   * deployed: they are not to be taken over from any more.
   */
  private void announce(boolean first, Completable<Void> announced) {
    Command.Put put =
        new Command.Put(keys.node(nodeId), Nodes.encode(info), life.lease(), false, false, false);
    Compare nobody =
        new Compare(keys.nodes(), CompareResult.EQUAL, CompareTarget.VERSION, 0, Bytes.EMPTY);
    Command.Txn txn =
        first
            ? new Command.Txn(
                List.of(nobody),
                List.of(
                    new Command.DeleteRange(keys.ha(), false),
                    Command.Put.of(keys.begun(), Bytes.EMPTY),
                    put),
                List.of(put))
            : haEntry.withEntry(put, announcedRevision);
    home.hear(
        store.txn(txn),
        (done, failure) -> {
          if (done == null) {
            announced.fail(failure);
          } else {
            announcedRevision = done.revision();
            if (!first && !left && put.lease() == life.lease()) {
              haEntry.isBack(done);
            }
            announced.succeed();
          }
        });
  }

  /** There is a new session: what is still owned is put under it. */
  private void rejoin() {
    long lease = life.lease();
    if (left || lease == 0) {
      return;
    }
    announce(
        false,
        (announced, failure) -> {
          if (life.lease() != lease) {
            return; // lost as well; it is the next one that brings this node back
          } else if (failure != null) {
            home.timer(RETRY_MILLIS, this::rejoin);
          } else if (!left) {
            if (drained == null) {
              registrations.forEachShared((address, info) -> writer.add(key(address, info), null));
            }
            life.activate();
          }
        });
  }

  /** This node's key was deleted by somebody else. */
  private void evicted(long revision) {
    if (life.isActive() && revision > announcedRevision) {
      life.giveUp();
    }
  }

  // ---- what the manager asks for; any thread

  boolean isActive() {
    return life.isActive();
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

  /** Completes when others can read it. */
  void info(NodeInfo newInfo, Completable<Void> written) {
    info = newInfo;
    home.run(() -> writeInfo(System.nanoTime() + INFO_MILLIS * 1_000_000, written));
  }

  private void writeInfo(long deadlineNanos, Completable<Void> written) {
    Command.Put put =
        new Command.Put(keys.node(nodeId), Nodes.encode(info), life.lease(), false, false, false);
    Future<?> done =
        put.lease() == 0 || left
            ? Future.failedFuture("this node is not in the cluster")
            : store.put(put);
    home.hear(
        done,
        (putted, failure) -> {
          if (failure == null) {
            written.succeed();
          } else if (left || System.nanoTime() > deadlineNanos) {
            written.fail(failure);
          } else {
            home.timer(RETRY_MILLIS, () -> writeInfo(deadlineNanos, written));
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

  /** Fails without a quorum, and without this node's key. */
  Future<?> readStore() {
    return home.onCallersContext(store.range(Command.Range.of(KeyRange.single(keys.node(nodeId)))))
        .compose(
            ranged ->
                ranged.kvs().isEmpty()
                    ? Future.failedFuture("this node is not in the cluster")
                    : Future.succeededFuture());
  }

  HaMaps haMaps() {
    return haMaps;
  }

  <K, V> SharedMap<K, V> map(String name) {
    return new SharedMap<>(home, store, entryLeases, keys, name);
  }

  SharedCounter counter(String name) {
    return new SharedCounter(home, counters, keys.counter(name));
  }

  Locks locks() {
    return locks;
  }

  // ---- leaving

  /**
   * Takes this node's registrations out of the cluster while its consumers are still there: Vert.x
   * would take those away first, and then tell the others. Bounded; never fails.
   *
   * @param millis to go on for when nobody sends to them any more
   */
  Future<Void> drain(long millis) {
    Promise<Void> begun = drained;
    if (begun != null) {
      return begun.future();
    }
    Promise<Void> done = Promise.promise();
    drained = done;
    home.timer(OUT_OF_ROUTING_MILLIS + millis, done::tryComplete);
    registrations.drain();
    List<Future<?>> removed = new ArrayList<>();
    registrations.forEachShared(
        (address, info) -> {
          Promise<Void> one = Promise.promise();
          removed.add(one.future());
          writer.remove(key(address, info), one);
        });
    home.hear(
        Future.join(removed),
        (all, failure) ->
            barrier.pass(
                () -> {
                  if (millis == 0) {
                    done.tryComplete();
                  } else {
                    home.timer(millis, done::tryComplete);
                  }
                }));
    return done.future();
  }

  /** Takes everything that hangs on this node out of the cluster, in one revision. Bounded. */
  Future<Void> leave() {
    left = true;
    Promise<Void> ended = Promise.promise();
    home.timer(END_SESSION_MILLIS, ended::tryComplete);
    List<Runnable> ends =
        List.of(
            haMaps::close,
            haEntry::close,
            nodes::close,
            writer::close,
            visibility::close,
            counters::close,
            locks::close,
            mirror::close,
            () -> home.hear(life.end(), (nothing, failure) -> ended.tryComplete()));
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
