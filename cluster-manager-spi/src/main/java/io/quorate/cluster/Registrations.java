package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Completable;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.core.spi.cluster.RegistrationUpdateEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;

/**
 * The registrations of each event bus address. Those of this node are visible here from the call
 * on, those of others come from the mirror. Both are immutable lists per address, so that a lookup
 * takes no lock and no round trip. Local-only registrations never leave the process.
 *
 * <p>The listener is told on {@link ManagerContext}, once per address and batch, with the list of
 * that moment. Lookups and changes of own registrations: any thread.
 */
final class Registrations implements Mirror.Listener {
  private static final Logger LOG = Logger.getLogger(Registrations.class);
  private static final long EMPTIED_NANOS = 1_000_000_000L;
  private static final long MISSED_NANOS = 1_000_000_000L;
  private static final int MAX_MISSED = 10_000;

  private record Emptied(String address, long nanoTime) {}

  private final ManagerContext context;
  private final KeyLayout keys;
  private final String ownId;
  private final RegistrationListener listener;
  private final Runnable foreignAdded;
  private final RegistrationBarrier barrier;
  private final ConcurrentHashMap<String, List<RegistrationInfo>> own = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, List<RegistrationInfo>> foreign =
      new ConcurrentHashMap<>();

  /** The sets from which the lists of {@link #foreign} are made; context only. */
  private final Map<String, Set<RegistrationInfo>> mirrored = new HashMap<>();

  private final Set<String> changedByOthers = new LinkedHashSet<>();
  private final Set<String> toNotify = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean notifyScheduled = new AtomicBoolean();
  private final ConcurrentHashMap<String, Long> emptied = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Emptied> emptiedInOrder = new ConcurrentLinkedQueue<>();
  private final ConcurrentHashMap<String, Long> missed = new ConcurrentHashMap<>();
  private volatile boolean draining;

  /**
   * @param foreignAdded called when another node's registration arrives, before the listener is
   *     told
   */
  Registrations(
      ManagerContext context,
      KeyLayout keys,
      String ownId,
      RegistrationListener listener,
      Runnable foreignAdded,
      RegistrationBarrier barrier) {
    this.context = context;
    this.keys = keys;
    this.ownId = ownId;
    this.listener = listener;
    this.foreignAdded = foreignAdded;
    this.barrier = barrier;
  }

  // ---- any thread

  /**
   * Answers on the caller's thread, or on its context. An address without consumers is looked up
   * behind a {@link RegistrationBarrier}, once a second at most: its consumer may have been
   * registered a moment ago, without waiting for the registration to complete.
   */
  void find(String address, Completable<List<RegistrationInfo>> answer) {
    if (own.containsKey(address) || foreign.containsKey(address) || !misses(address)) {
      answer(address, answer);
      return;
    }
    Promise<Void> passed = context.promise();
    passed.future().onComplete(done -> answer(address, answer));
    context.run(() -> barrier.pass(passed::complete));
  }

  /** True if the address was not looked up behind a barrier within the last second. */
  private boolean misses(String address) {
    long now = System.nanoTime();
    Long before = missed.get(address);
    if (before != null && now - before < MISSED_NANOS) {
      return false;
    }
    if (missed.size() >= MAX_MISSED) {
      missed.values().removeIf(nanoTime -> now - nanoTime >= MISSED_NANOS);
    }
    if (missed.size() < MAX_MISSED) {
      missed.put(address, now);
      return true;
    }
    return false;
  }

  /**
   * If an empty update arrives while Vert.x's node selector waits for the registrations, and the
   * answer is empty too, the selector never answers its callers. So the lookup of an address whose
   * last registration was removed a moment ago fails with the exception that senders get for an
   * empty list anyway.
   */
  private void answer(String address, Completable<List<RegistrationInfo>> answer) {
    List<RegistrationInfo> found = all(address);
    if (found.isEmpty() && emptied.containsKey(address)) {
      answer.fail(
          new ReplyException(ReplyFailure.NO_HANDLERS, "No handlers for address " + address));
    } else {
      answer.succeed(found);
    }
  }

  void addOwn(String address, RegistrationInfo info) {
    own.compute(
        address,
        (a, list) -> {
          List<RegistrationInfo> longer = list == null ? new ArrayList<>(1) : new ArrayList<>(list);
          longer.add(info);
          return List.copyOf(longer);
        });
    notifySoon(address);
  }

  void removeOwn(String address, RegistrationInfo info) {
    markIfEmptiedBy(address, info);
    own.computeIfPresent(
        address,
        (a, list) -> {
          List<RegistrationInfo> shorter = new ArrayList<>(list);
          shorter.remove(info);
          return shorter.isEmpty() ? null : List.copyOf(shorter);
        });
    notifySoon(address);
  }

  private void markIfEmptiedBy(String address, RegistrationInfo info) {
    List<RegistrationInfo> list = own.get(address);
    if (list != null && list.size() == 1 && list.contains(info) && !foreign.containsKey(address)) {
      markEmptied(address);
    }
  }

  /** From now on this node sends to other nodes where these have consumers. */
  void drain() {
    draining = true;
    own.keySet().forEach(this::notifySoon);
  }

  /** The own registrations that other nodes see. */
  void forEachShared(BiConsumer<String, RegistrationInfo> use) {
    own.forEach(
        (address, list) ->
            list.forEach(
                info -> {
                  if (!info.localOnly()) {
                    use.accept(address, info);
                  }
                }));
  }

  /**
   * As soon as the numbers of registrations per node differ, the selector counts one too few for
   * each node, which would starve the node with the fewest. So each node then gets one more, a
   * duplicate.
   */
  private List<RegistrationInfo> all(String address) {
    List<RegistrationInfo> others = foreign.getOrDefault(address, List.of());
    List<RegistrationInfo> ours = own.getOrDefault(address, List.of());
    if (others.isEmpty()) {
      return ours;
    }
    if (draining) {
      ours = ours.stream().filter(RegistrationInfo::localOnly).toList();
    }
    Map<String, RegistrationInfo> oneEach = new HashMap<>();
    Map<String, Integer> counts = new HashMap<>();
    List<RegistrationInfo> all = new ArrayList<>(others.size() + ours.size());
    all.addAll(ours);
    all.addAll(others);
    for (RegistrationInfo info : all) {
      oneEach.putIfAbsent(info.nodeId(), info);
      counts.merge(info.nodeId(), 1, Integer::sum);
    }
    if (counts.size() > 1 && Set.copyOf(counts.values()).size() > 1) {
      all.addAll(oneEach.values());
    }
    return all;
  }

  private void markEmptied(String address) {
    long now = System.nanoTime();
    emptied.put(address, now);
    emptiedInOrder.add(new Emptied(address, now));
    Emptied oldest;
    while ((oldest = emptiedInOrder.peek()) != null && now - oldest.nanoTime() > EMPTIED_NANOS) {
      if (emptiedInOrder.remove(oldest)) {
        emptied.remove(oldest.address(), oldest.nanoTime());
      }
    }
  }

  private void notifySoon(String address) {
    toNotify.add(address);
    if (notifyScheduled.compareAndSet(false, true)) {
      context.later(
          () -> {
            notifyScheduled.set(false);
            for (String a : List.copyOf(toNotify)) {
              toNotify.remove(a);
              notifyListener(a);
            }
          });
    }
  }

  // ---- context

  @Override
  public void put(KeyValue kv) {
    String[] parts = parts(kv.key());
    if (parts[0].equals(ownId)) {
      return; // own registrations are known already
    }
    if (mirrored.computeIfAbsent(parts[2], address -> new LinkedHashSet<>()).add(info(parts))) {
      changedByOthers.add(parts[2]);
      foreignAdded.run();
    }
  }

  @Override
  public void deleted(Bytes key, long revision) {
    String[] parts = parts(key);
    Set<RegistrationInfo> listed = mirrored.get(parts[2]);
    if (listed != null && listed.remove(info(parts))) {
      changedByOthers.add(parts[2]);
    }
  }

  /** Node id, sequence number and address. */
  private String[] parts(Bytes key) {
    return keys.rest(key).split("/", 3);
  }

  private static RegistrationInfo info(String[] parts) {
    return new RegistrationInfo(parts[0], Long.parseUnsignedLong(parts[1], 16), false);
  }

  @Override
  public void caughtUp(long revision) {
    if (changedByOthers.isEmpty()) {
      return;
    }
    List<String> changed = List.copyOf(changedByOthers);
    changedByOthers.clear();
    for (String address : changed) {
      Set<RegistrationInfo> listed = mirrored.get(address);
      if (listed == null || listed.isEmpty()) {
        mirrored.remove(address);
        if (!own.containsKey(address)) {
          markEmptied(address);
        }
        foreign.remove(address);
      } else {
        foreign.put(address, List.copyOf(listed));
      }
    }
    changed.forEach(this::notifyListener);
  }

  private void notifyListener(String address) {
    try {
      if (listener.wantsUpdatesFor(address)) {
        listener.registrationsUpdated(new RegistrationUpdateEvent(address, all(address)));
      }
    } catch (RuntimeException e) {
      LOG.error("the registration listener failed on {}", address, e);
    }
  }
}
