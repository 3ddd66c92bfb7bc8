package io.quorate.examples.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.shareddata.Counter;
import io.vertx.core.shareddata.Lock;
import io.vertx.core.spi.cluster.ClusterManager;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A manager that is fast because it is wrong has no figure. */
class WrongAnswersTest {
  private static final Plan SHORT = new Plan(0, 200_000_000, 1, 1, 10);
  private static final int SOMETIMES = 20;
  private static final AtomicInteger CALLS = new AtomicInteger();

  private static @Nullable Surroundings surroundings;
  private static @Nullable Trio trio;

  /** What is done instead of a method. */
  private interface Lie {
    @Nullable Object tell(Object[] args);
  }

  @BeforeAll
  static void form() {
    Surroundings opened = Surroundings.open(false, false, 1);
    surroundings = opened;
    trio = Trio.form(() -> lying(opened.managers().get()));
  }

  @AfterAll
  static void close() {
    try (Surroundings around = surroundings;
        Trio formed = trio) {
      trio = null;
      surroundings = null;
    }
  }

  private static void measure(Row row) {
    assertThat(row.measure(Objects.requireNonNull(trio), SHORT)).isNotEmpty();
  }

  @Test
  void aMapThatForgetsPuts() {
    assertThatThrownBy(() -> measure(Row.MAP_PUT))
        .isInstanceOf(ComparisonFailure.class)
        .hasMessageContaining("contents of the map");
  }

  @Test
  void aMapThatAnswersWithOldValues() {
    assertThatThrownBy(() -> measure(Row.MAP_GET))
        .isInstanceOf(ComparisonFailure.class)
        .hasMessageContaining(" is old, not ");
  }

  @Test
  void aCounterThatLosesSteps() {
    assertThatThrownBy(() -> measure(Row.COUNTER))
        .isInstanceOf(ComparisonFailure.class)
        .hasMessageContaining("counter: ");
  }

  @Test
  void aLockThatTwoHold() {
    assertThatThrownBy(() -> measure(Row.LOCK_CONTENDED))
        .isInstanceOf(ComparisonFailure.class)
        .hasMessageContaining("hold it at once");
  }

  private static boolean sometimes() {
    return CALLS.incrementAndGet() % SOMETIMES == 0;
  }

  private static ClusterManager lying(ClusterManager real) {
    return lying(
        ClusterManager.class,
        real,
        Map.of(
            "getAsyncMap", args -> giveMap(real, (String) args[0], args[1]),
            "getCounter", args -> giveCounter(real, (String) args[0], args[1]),
            "getLockWithTimeout", args -> giveLock(args[2])));
  }

  @SuppressWarnings("unchecked")
  private static @Nullable Object giveMap(ClusterManager real, String name, Object promise) {
    real.getAsyncMap(
        name,
        WrongAnswersTest.<AsyncMap<String, String>>each(
            promise,
            map ->
                lying(
                    AsyncMap.class,
                    map,
                    name.endsWith("get")
                        ? Map.of("get", args -> Future.succeededFuture("old"))
                        : Map.of("put", args -> forget(map, args)))));
    return null;
  }

  private static Future<Void> forget(AsyncMap<String, String> map, Object[] args) {
    return sometimes() ? Future.succeededFuture() : map.put((String) args[0], (String) args[1]);
  }

  private static @Nullable Object giveCounter(ClusterManager real, String name, Object promise) {
    real.getCounter(
        name,
        WrongAnswersTest.<Counter>each(
            promise,
            counter ->
                lying(
                    Counter.class,
                    counter,
                    Map.of(
                        "incrementAndGet",
                        args ->
                            sometimes()
                                ? counter.get().map(value -> value + SOMETIMES)
                                : counter.incrementAndGet()))));
    return null;
  }

  private static @Nullable Object giveLock(Object promise) {
    WrongAnswersTest.<Lock>completable(promise).succeed(() -> {});
    return null;
  }

  private static <T> T lying(Class<T> type, T real, Map<String, Lie> lies) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) -> {
              Lie lie = lies.get(method.getName());
              if (lie != null) {
                return lie.tell(args);
              }
              try {
                return method.invoke(real, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @SuppressWarnings("unchecked")
  private static <T> Completable<T> completable(Object promise) {
    return (Completable<T>) promise;
  }

  private static <T> Completable<T> each(Object promise, UnaryOperator<T> change) {
    Completable<T> asked = completable(promise);
    return (result, failure) ->
        asked.complete(result == null ? null : change.apply(result), failure);
  }
}
