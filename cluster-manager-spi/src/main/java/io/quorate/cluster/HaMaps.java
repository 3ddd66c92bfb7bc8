package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The synchronous maps, which Vert.x's high availability uses: read from the mirror, written to the
 * store. A write blocks until the mirror has it, for ten seconds at most, and is refused on an
 * event loop.
 *
 * <p>Entries do not hang on a session: they say what a node that is gone had deployed.
 */
final class HaMaps implements Mirror.Part {
  private static final long PATIENCE_SECONDS = 10;

  private final Home home;
  private final Keys keys;
  private final QuorateStore store;
  private final Mirror mirror;
  private final ConcurrentHashMap<String, ConcurrentHashMap<Bytes, Bytes>> maps =
      new ConcurrentHashMap<>();
  private volatile boolean closed;

  HaMaps(Home home, Keys keys, QuorateStore store, Mirror mirror) {
    this.home = home;
    this.keys = keys;
    this.store = store;
    this.mirror = mirror;
  }

  @Override
  public void put(KeyValue kv) {
    mirrored(keys.haMap(kv.key())).put(kv.key(), kv.value());
  }

  @Override
  public void deleted(Bytes key, long revision) {
    mirrored(keys.haMap(key)).remove(key);
  }

  private ConcurrentHashMap<Bytes, Bytes> mirrored(String escapedName) {
    return maps.computeIfAbsent(escapedName, n -> new ConcurrentHashMap<>());
  }

  /** Writes are without effect from now on: this node's part in the cluster is over. */
  void close() {
    closed = true;
  }

  <K, V> Map<K, V> map(String name) {
    return new HaMap<>(name);
  }

  private final class HaMap<K, V> extends AbstractMap<K, V> {
    private final String name;
    private final ConcurrentHashMap<Bytes, Bytes> mirrored;
    private final int prefixLength;

    HaMap(String name) {
      this.name = name;
      this.mirrored = mirrored(Keys.escape(name));
      this.prefixLength = keys.haEntry(name, Bytes.EMPTY).length();
    }

    private Bytes key(Object key) {
      return keys.haEntry(name, Values.encode(key));
    }

    @SuppressWarnings("unchecked")
    private @Nullable V value(@Nullable Bytes value) {
      return value == null ? null : (V) Values.decode(value, home.classLoader());
    }

    @Override
    public @Nullable V get(Object key) {
      return value(mirrored.get(key(key)));
    }

    @Override
    public boolean containsKey(Object key) {
      return mirrored.containsKey(key(key));
    }

    /** The value before, as far as this node knew. */
    @Override
    public @Nullable V put(K key, V value) {
      Bytes k = key(key);
      V before = value(mirrored.get(k));
      write(() -> store.put(Command.Put.of(k, Values.encode(value))).map(p -> p.revision()));
      return before;
    }

    @Override
    public @Nullable V remove(Object key) {
      Bytes k = key(key);
      V before = value(mirrored.get(k));
      write(
          () ->
              store
                  .delete(new Command.DeleteRange(KeyRange.single(k), false))
                  .map(deleted -> deleted.deleted() == 0 ? 0 : deleted.revision()));
      return before;
    }

    /** A copy; what is changed in it stays there. */
    @Override
    @SuppressWarnings("unchecked")
    public Set<Entry<K, V>> entrySet() {
      return mirrored.entrySet().stream()
          .map(
              e ->
                  Map.entry(
                      (K) Values.decode(e.getKey().array(), prefixLength, home.classLoader()),
                      (V) Values.decode(e.getValue(), home.classLoader())))
          .collect(Collectors.toSet());
    }
  }

  /**
   * @param write gives the revision to wait for
   */
  private void write(Supplier<Future<Long>> write) {
    if (closed) {
      return;
    }
    if (Context.isOnEventLoopThread()) {
      throw new IllegalStateException("a synchronous map blocks: not on an event loop");
    }
    CompletableFuture<Void> written = new CompletableFuture<>();
    home.run(
        () ->
            home.hear(
                write.get(),
                (revision, failure) -> {
                  if (revision == null) {
                    written.completeExceptionally(failure);
                  } else {
                    mirror.await(revision, () -> written.complete(null));
                  }
                }));
    try {
      written.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
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
