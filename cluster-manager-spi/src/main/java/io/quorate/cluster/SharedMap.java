package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.Command.Compare;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateStore;
import io.vertx.core.Future;
import io.vertx.core.shareddata.AsyncMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A linearizable map: an entry is a key, an operation is one request. Values are compared in the
 * store by their bytes; where those differ although the objects are equal, by a second request on
 * condition of the revision that was read. Any thread; futures complete on the caller's context.
 */
final class SharedMap<K, V> implements AsyncMap<K, V> {
  private static final int PAGE = 1_000;
  private static final int MAX_RESTARTS = 3;

  /** The limit of a request in bytes: etcd's default, and that of the members. */
  private static final int MOST_BYTES = 1_572_864;

  private final ManagerContext context;
  private final String name;
  private final QuorateStore store;
  private final EntryLeases leases;
  private final KeyRange range;
  private final int prefixLength;
  private final Function<Bytes, Bytes> place;

  SharedMap(
      ManagerContext context, QuorateStore store, EntryLeases leases, KeyLayout keys, String name) {
    this.context = context;
    this.name = name;
    this.store = store;
    this.leases = leases;
    this.range = keys.map(name);
    this.prefixLength = keys.mapPrefixLength(name);
    this.place = key -> keys.mapEntry(name, key);
  }

  // ---- one entry

  @Override
  public Future<@Nullable V> get(K k) {
    return answer(() -> store.range(Command.Range.of(KeyRange.single(key(k)))), this::first);
  }

  @Override
  public Future<Void> put(K k, V v) {
    return answer(() -> put(write(key(k), ValueCodec.encode(v), 0, false)), putted -> null);
  }

  @Override
  public Future<Void> put(K k, V v, long ttl) {
    return answer(
        () -> {
          Bytes key = key(k);
          Bytes value = ValueCodec.encode(v);
          return leases.with(ttl, lease -> put(write(key, value, lease, false)));
        },
        putted -> null);
  }

  @Override
  public Future<@Nullable V> putIfAbsent(K k, V v) {
    return answer(() -> txn(putIfAbsent(key(k), ValueCodec.encode(v), 0)), this::previous);
  }

  @Override
  public Future<@Nullable V> putIfAbsent(K k, V v, long ttl) {
    return answer(
        () -> {
          Bytes key = key(k);
          Bytes value = ValueCodec.encode(v);
          return leases.with(ttl, lease -> txn(putIfAbsent(key, value, lease)));
        },
        this::previous);
  }

  private static Command.Txn putIfAbsent(Bytes key, Bytes value, long lease) {
    return new Command.Txn(
        List.of(Compares.version(key).isEqualTo(0)),
        List.of(write(key, value, lease, false)),
        List.of(read(key)));
  }

  @Override
  public Future<@Nullable V> remove(K k) {
    return answer(
        () -> store.delete(new Command.DeleteRange(KeyRange.single(key(k)), true)),
        deleted -> deleted.prevKvs().isEmpty() ? null : value(deleted.prevKvs().get(0)));
  }

  @Override
  public Future<Boolean> removeIfPresent(K k, V v) {
    return answer(
        () -> {
          Bytes key = key(k);
          return ifHolds(key, v, () -> remove(key));
        },
        held -> held);
  }

  private static Command.Op remove(Bytes key) {
    return new Command.DeleteRange(KeyRange.single(key), false);
  }

  @Override
  public Future<@Nullable V> replace(K k, V v) {
    return answer(() -> txn(replace(key(k), ValueCodec.encode(v), 0)), this::previous);
  }

  @Override
  public Future<@Nullable V> replace(K k, V v, long ttl) {
    return answer(
        () -> {
          Bytes key = key(k);
          Bytes value = ValueCodec.encode(v);
          return leases.with(ttl, lease -> txn(replace(key, value, lease)));
        },
        this::previous);
  }

  private static Command.Txn replace(Bytes key, Bytes value, long lease) {
    return new Command.Txn(
        List.of(Compares.version(key).isGreaterThan(0)),
        List.of(write(key, value, lease, true)),
        List.of());
  }

  @Override
  public Future<Boolean> replaceIfPresent(K k, V oldValue, V newValue) {
    return answer(
        () -> {
          Bytes key = key(k);
          Bytes value = ValueCodec.encode(newValue);
          return ifHolds(key, oldValue, () -> write(key, value, 0, false));
        },
        held -> held);
  }

  @Override
  public Future<Boolean> replaceIfPresent(K k, V oldValue, V newValue, long ttl) {
    return answer(
        () -> {
          Bytes key = key(k);
          Bytes value = ValueCodec.encode(newValue);
          return leases.with(
              ttl, lease -> ifHolds(key, oldValue, () -> write(key, value, lease, false)));
        },
        held -> held);
  }

  /** Executes {@code then} if the entry is {@code expected}. */
  private Future<Boolean> ifHolds(Bytes key, V expected, Supplier<Command.Op> then) {
    return ifHolds(key, expected, then, Compares.value(key).isEqualTo(ValueCodec.encode(expected)));
  }

  private Future<Boolean> ifHolds(
      Bytes key, V expected, Supplier<Command.Op> then, Compare condition) {
    // the application's equals() is called
    return context
        .onCallersContext(
            txn(new Command.Txn(List.of(condition), List.of(then.get()), List.of(read(key)))))
        .compose(
            done -> {
              if (done.succeeded()) {
                return Future.succeededFuture(true);
              }
              KeyValue found = firstOf(done);
              if (found == null || !expected.equals(value(found))) {
                return Future.succeededFuture(false);
              }
              return ifHolds(
                  key, expected, then, Compares.modRevision(key).isEqualTo(found.modRevision()));
            });
  }

  // ---- all entries

  @Override
  public Future<Void> clear() {
    return answer(() -> store.delete(new Command.DeleteRange(range, false)), deleted -> null);
  }

  @Override
  public Future<Integer> size() {
    return answer(
        () -> store.range(page(range.start(), 0, false, true)),
        ranged -> (int) Math.min(Integer.MAX_VALUE, ranged.count()));
  }

  @Override
  public Future<Set<K>> keys() {
    return answer(
        () -> all(true),
        kvs -> {
          Set<K> keys = new HashSet<>();
          kvs.forEach(kv -> keys.add(keyOf(kv)));
          return keys;
        });
  }

  @Override
  public Future<List<V>> values() {
    return answer(
        () -> all(false),
        kvs -> {
          List<V> values = new ArrayList<>(kvs.size());
          kvs.forEach(kv -> values.add(value(kv)));
          return values;
        });
  }

  @Override
  public Future<Map<K, V>> entries() {
    return answer(
        () -> all(false),
        kvs -> {
          Map<K, V> entries = new HashMap<>();
          kvs.forEach(kv -> entries.put(keyOf(kv), value(kv)));
          return entries;
        });
  }

  private Future<List<KeyValue>> all(boolean keysOnly) {
    return all(keysOnly, MAX_RESTARTS);
  }

  /** If compaction overtakes the pages, they are read again at a newer revision. */
  private Future<List<KeyValue>> all(boolean keysOnly, int restarts) {
    return pages(range.start(), 0, keysOnly, new ArrayList<>())
        .recover(
            failure ->
                restarts > 0
                        && failure instanceof EtcdException e
                        && e.error() == EtcdError.COMPACTED
                    ? all(keysOnly, restarts - 1)
                    : Future.failedFuture(failure));
  }

  private Future<List<KeyValue>> pages(
      Bytes from, long revision, boolean keysOnly, List<KeyValue> found) {
    return store
        .range(page(from, revision, keysOnly, false))
        .compose(
            ranged -> {
              found.addAll(ranged.kvs());
              if (!ranged.more()) {
                return Future.succeededFuture(found);
              }
              byte[] last = found.get(found.size() - 1).key().array();
              return pages(
                  Bytes.of(Arrays.copyOf(last, last.length + 1)),
                  revision == 0 ? ranged.revision() : revision,
                  keysOnly,
                  found);
            });
  }

  private Command.Range page(Bytes from, long revision, boolean keysOnly, boolean countOnly) {
    return Command.Range.of(new KeyRange(from, range.end()))
        .withLimit(countOnly ? 0 : PAGE)
        .atRevision(revision)
        .withKeysOnly(keysOnly)
        .withCountOnly(countOnly);
  }

  // ---- requests and answers

  private Future<Result.Putted> put(Command.Put put) {
    return store.put(put).recover(e -> Future.failedFuture(explained(e, bytes(put))));
  }

  private Future<Result.TxnDone> txn(Command.Txn txn) {
    return store.txn(txn).recover(e -> Future.failedFuture(explained(e, bytes(txn))));
  }

  /** Explains the store's error about a large request in terms of the map. */
  private Throwable explained(Throwable e, long bytes) {
    boolean refused =
        e instanceof EtcdException known && known.error() == EtcdError.REQUEST_TOO_LARGE;
    return refused || bytes > MOST_BYTES
        ? new IllegalArgumentException(
            "map '"
                + name
                + "': a request with "
                + bytes
                + " bytes of keys and values was refused; a store takes "
                + MOST_BYTES
                + " unless it is told otherwise: "
                + e.getMessage(),
            e)
        : e;
  }

  private static long bytes(Command.Txn txn) {
    long bytes = 0;
    for (Compare compare : txn.compares()) {
      bytes += compare.value().length();
    }
    for (Command.Op op : txn.success()) {
      bytes += op instanceof Command.Put put ? bytes(put) : 0;
    }
    return bytes;
  }

  private static long bytes(Command.Put put) {
    return (long) put.key().length() + put.value().length();
  }

  private Bytes key(K key) {
    return place.apply(ValueCodec.encode(key));
  }

  private static Command.Put write(Bytes key, Bytes value, long lease, boolean prevKv) {
    return Command.Put.of(key, value).onLease(lease).withPrevKv(prevKv);
  }

  private static Command.Op read(Bytes key) {
    return Command.Range.of(KeyRange.single(key));
  }

  private @Nullable V first(Result.Ranged ranged) {
    return ranged.kvs().isEmpty() ? null : value(ranged.kvs().get(0));
  }

  /** The entry before, of a put with prevKv or of a range beside it. */
  private @Nullable V previous(Result.TxnDone done) {
    KeyValue found = firstOf(done);
    return found == null ? null : value(found);
  }

  private static @Nullable KeyValue firstOf(Result.TxnDone done) {
    if (done.responses().isEmpty()) {
      return null;
    }
    Result.OpResult first = done.responses().get(0);
    if (first instanceof Result.Putted putted) {
      return putted.prevKv();
    }
    return first instanceof Result.Ranged ranged && !ranged.kvs().isEmpty()
        ? ranged.kvs().get(0)
        : null;
  }

  @SuppressWarnings("unchecked")
  private V value(KeyValue kv) {
    return (V) ValueCodec.decode(kv.value(), context.classLoader());
  }

  @SuppressWarnings("unchecked")
  private K keyOf(KeyValue kv) {
    return (K) ValueCodec.decode(kv.key().array(), prefixLength, context.classLoader());
  }

  /**
   * An object that cannot be encoded or decoded fails this call only; decoding is on the caller's
   * context.
   */
  private <A, B extends @Nullable Object> Future<B> answer(
      Supplier<Future<A>> request, Function<A, B> reading) {
    Future<A> asked;
    try {
      asked = request.get();
    } catch (IllegalArgumentException e) {
      asked = Future.failedFuture(e);
    }
    return context.onCallersContext(asked).map(reading);
  }
}
