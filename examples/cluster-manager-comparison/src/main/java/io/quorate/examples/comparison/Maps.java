package io.quorate.examples.comparison;

import io.vertx.core.Future;
import io.vertx.core.shareddata.AsyncMap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Gets and puts of 256 characters under 1,024 keys. Each caller has sixteen keys of its own to put,
 * so that it is known what they must hold in the end.
 */
final class Maps {
  private static final int CALLERS = 64;
  private static final int KEYS_OF_ONE = 16;
  private static final int KEYS = CALLERS * KEYS_OF_ONE;
  private static final String FILLER = "v".repeat(256);

  private final Plan plan;
  private final Trio trio;
  private final List<AsyncMap<String, String>> maps = new ArrayList<>();
  private final AtomicReferenceArray<String> expected = new AtomicReferenceArray<>(KEYS);

  private Maps(Plan plan, Trio trio, String name) {
    this.plan = plan;
    this.trio = trio;
    for (int i = 0; i < Trio.SIZE; i++) {
      maps.add(
          BoundedWait.await("map", trio.node(i).sharedData().<String, String>getAsyncMap(name)));
    }
    for (int i = 0; i < KEYS; i++) {
      Object unused = BoundedWait.await("put", put(maps.get(i % Trio.SIZE), i, value(i, -1)));
    }
  }

  static List<Measured> get(Trio trio, Plan plan) {
    Maps maps = new Maps(plan, trio, "compared-get");
    return List.of(
        Measured.ofRounds(
            Figure.MAP_GET,
            ClosedLoop.run(
                plan,
                trio.callers(CALLERS),
                (caller, n) ->
                    maps.check(maps.of(caller), (int) ((caller * 397L + n * 31) % KEYS)))));
  }

  static List<Measured> put(Trio trio, Plan plan) {
    Maps maps = new Maps(plan, trio, "compared-put");
    List<Double> rates =
        ClosedLoop.run(
            maps.plan,
            maps.trio.callers(CALLERS),
            (caller, n) -> {
              int key = caller * KEYS_OF_ONE + (int) (n % KEYS_OF_ONE);
              return maps.put(maps.of(caller), key, value(key, n));
            });
    maps.checkAll();
    return List.of(Measured.ofRounds(Figure.MAP_PUT, rates));
  }

  static List<Measured> putOne(Trio trio, Plan plan) {
    Maps maps = new Maps(plan, trio, "compared-put-one");
    List<Double> rates =
        ClosedLoop.run(
            maps.plan,
            maps.trio.roamer(),
            (caller, n) -> {
              int key = (int) (n % KEYS);
              return maps.put(maps.of(n), key, value(key, n));
            });
    maps.checkAll();
    return List.of(Measured.ofRounds(Figure.MAP_PUT_ONE, rates));
  }

  private AsyncMap<String, String> of(long node) {
    return maps.get((int) (node % Trio.SIZE));
  }

  private Future<Void> put(AsyncMap<String, String> map, int key, String value) {
    return map.put(key(key), value).onSuccess(done -> expected.set(key, value));
  }

  private Future<Void> check(AsyncMap<String, String> map, int key) {
    return map.get(key(key))
        .map(
            value -> {
              if (!expected.get(key).equals(value)) {
                throw new ComparisonFailure(
                    "map: " + key(key) + " is " + value + ", not " + expected.get(key));
              }
              return null;
            });
  }

  private void checkAll() {
    for (AsyncMap<String, String> map : maps) {
      for (int key = 0; key < KEYS; key++) {
        Object unused = BoundedWait.await("contents of the map", check(map, key));
      }
    }
  }

  private static String key(int key) {
    return "key-" + key;
  }

  private static String value(int key, long version) {
    String begin = key + ":" + version + ":";
    return begin.concat(FILLER.substring(begin.length()));
  }
}
