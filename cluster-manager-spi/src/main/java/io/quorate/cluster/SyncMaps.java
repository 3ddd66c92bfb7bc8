package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.Context;
import java.util.AbstractMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The synchronous maps, which Vert.x's high availability uses: read from the mirror, written to the
 * store. A write blocks until the mirror has it, for ten seconds at most, and is refused on an
 * event loop.
 *
 * <p>Entries are not attached to a session, since they are read after their node has failed. So the
 * high-availability map shows only entries that may be failed over: only this node's own while it
 * is out of the cluster, and none of a node that rejoined before listeners were told that it had
 * left. At the end of a failover Vert.x removes the entry, which decides: if the entry has changed
 * since it was read, another node was faster or the failed node is back, and what was deployed here
 * is undeployed.
 */
final class SyncMaps implements Mirror.Listener {
  private static final long TIMEOUT_SECONDS = 10;
  private static final long RETRY_MILLIS = 250;

  /** The map of Vert.x's high availability; its keys are node ids. */
  static final String HA_INFO = "__vertx.haInfo";

  /** An entry as Vert.x read it to fail over, and what this node had deployed then. */
  private record Read(KeyValue entry, Set<String> deployments) {}

  private final ManagerContext context;
  private final KeyLayout keys;
  private final QuorateStore store;
  private final Mirror mirror;
  private final Nodes nodes;
  private final HaEntry own;
  private final ConcurrentHashMap<String, ConcurrentHashMap<Bytes, KeyValue>> maps =
      new ConcurrentHashMap<>();

  /** In the event that is being told; by the thread that tells only. */
  private final Map<Bytes, Read> read = new HashMap<>();

  private @Nullable Object readIn;

  private volatile boolean closed;

  SyncMaps(
      ManagerContext context,
      KeyLayout keys,
      QuorateStore store,
      Mirror mirror,
      Nodes nodes,
      HaEntry own) {
    this.context = context;
    this.keys = keys;
    this.store = store;
    this.mirror = mirror;
    this.nodes = nodes;
    this.own = own;
  }

  @Override
  public void put(KeyValue kv) {
    mirrored(keys.haMap(kv.key())).put(kv.key(), kv);
  }

  @Override
  public void deleted(Bytes key, long revision) {
    mirrored(keys.haMap(key)).remove(key);
  }

  private ConcurrentHashMap<Bytes, KeyValue> mirrored(String escapedName) {
    return maps.computeIfAbsent(escapedName, n -> new ConcurrentHashMap<>());
  }

  /** Writes have no effect from now on: this node is leaving. */
  void close() {
    closed = true;
  }

  <K, V> Map<K, V> map(String name) {
    return new HaMap<>(name);
  }

  private final class HaMap<K, V> extends AbstractMap<K, V> {
    private final String name;
    private final ConcurrentHashMap<Bytes, KeyValue> mirrored;
    private final int prefixLength;

    HaMap(String name) {
      this.name = name;
      this.mirrored = mirrored(KeyLayout.escape(name));
      this.prefixLength = keys.haEntry(name, Bytes.EMPTY).length();
    }

    private Bytes key(Object key) {
      return keys.haEntry(name, ValueCodec.encode(key));
    }

    @SuppressWarnings("unchecked")
    private @Nullable V value(@Nullable KeyValue kv) {
      return kv == null ? null : (V) ValueCodec.decode(kv.value(), context.classLoader());
    }

    @SuppressWarnings("unchecked")
    private K key(Bytes key) {
      return (K) ValueCodec.decode(key.array(), prefixLength, context.classLoader());
    }

    private boolean isOfHighAvailability() {
      return name.equals(HA_INFO);
    }

    private @Nullable KeyValue visible(Bytes key, Object nodeId) {
      KeyValue kv = mirrored.get(key);
      if (kv == null || !isOfHighAvailability()) {
        return kv;
      }
      if (nodes.isHidden(String.valueOf(nodeId))) {
        return null;
      }
      Object event = nodes.event();
      if (event != null) {
        if (event != readIn) {
          readIn = event;
          read.clear();
        }
        read.put(key, new Read(kv, own.deployments()));
      }
      return kv;
    }

    @Override
    @SuppressWarnings("unchecked")
    public @Nullable V get(Object key) {
      Bytes k = key(key);
      return k.equals(own.key()) && nodes.isOut() ? (V) own.lastPut() : value(visible(k, key));
    }

    @Override
    public boolean containsKey(Object key) {
      return get(key) != null;
    }

    /** Returns the former value as this node knew it. */
    @Override
    public @Nullable V put(K key, V value) {
      Bytes k = key(key);
      V before = value(mirrored.get(k));
      if (k.equals(own.key())) {
        await(written -> own.put((String) value, written));
      } else {
        await(written -> put(Command.Put.of(k, ValueCodec.encode(value)), written));
      }
      return before;
    }

    private void put(Command.Put put, CompletableFuture<Void> written) {
      context.onComplete(
          store.put(put),
          (putted, failure) -> {
            if (putted == null) {
              written.completeExceptionally(failure);
            } else {
              mirror.await(putted.revision(), () -> written.complete(null));
            }
          });
    }

    @Override
    public @Nullable V remove(Object key) {
      Bytes k = key(key);
      V before = value(mirrored.get(k));
      if (k.equals(own.key())) {
        own.forget();
      }
      Read failedOver = nodes.event() == null ? null : read.remove(k);
      await(written -> delete(k, failedOver, false, written));
      return before;
    }

    /** A copy; changes to it do not affect the map. */
    @Override
    public Set<Entry<K, V>> entrySet() {
      Set<Entry<K, V>> entries = new HashSet<>();
      for (Bytes k : mirrored.keySet()) {
        K key = key(k);
        V value = get(key);
        if (value != null) {
          entries.add(Map.entry(key, value));
        }
      }
      return entries;
    }
  }

  /**
   * Removes an entry; after a failover only if it is unchanged since it was read. Retried until
   * there is an answer, since that decides what stays deployed here.
   *
   * @param inDoubt true if an earlier attempt may have succeeded
   */
  private void delete(
      Bytes key, @Nullable Read failedOver, boolean inDoubt, CompletableFuture<Void> removed) {
    List<Command.Compare> unchanged =
        failedOver == null
            ? List.of()
            : List.of(Compares.modRevision(key).isEqualTo(failedOver.entry().modRevision()));
    Command.DeleteRange delete = new Command.DeleteRange(KeyRange.single(key), false);
    Command.Range look = Command.Range.of(KeyRange.single(key));
    context.onComplete(
        store.txn(new Command.Txn(unchanged, List.of(delete), List.of(look))),
        (done, failure) -> {
          if (done == null && failedOver != null && !closed) {
            context.timer(RETRY_MILLIS, () -> delete(key, failedOver, true, removed));
          } else if (done == null) {
            removed.completeExceptionally(failure);
          } else {
            if (failedOver != null && !done.succeeded() && !(inDoubt && isGone(done))) {
              String entry =
                  (String) ValueCodec.decode(failedOver.entry().value(), context.classLoader());
              own.takeDownCopies(entry, failedOver.deployments());
            }
            mirror.await(done.revision(), () -> removed.complete(null));
          }
        });
  }

  private static boolean isGone(Result.TxnDone done) {
    return ((Result.Ranged) done.responses().get(0)).kvs().isEmpty();
  }

  /**
   * @param write starts the write, on {@link ManagerContext}
   */
  private void await(Consumer<CompletableFuture<Void>> write) {
    if (closed) {
      return;
    }
    if (Context.isOnEventLoopThread()) {
      throw new IllegalStateException("a synchronous map blocks: not on an event loop");
    }
    CompletableFuture<Void> written = new CompletableFuture<>();
    context.run(() -> write.accept(written));
    try {
      written.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the store refused the write: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("the store did not answer in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while writing", e);
    }
  }
}
