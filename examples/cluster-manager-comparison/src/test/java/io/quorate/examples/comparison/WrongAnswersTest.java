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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A manager that is fast because it is wrong has no figure. */
class WrongAnswersTest {
  private static final Plan SHORT = new Plan(0, 200_000_000, 1, 1, 10);
  private static final int SOMETIMES = 20;

  private final AtomicInteger calls = new AtomicInteger();

  /** What is done instead of a method. */
  private interface Lie {
    @Nullable Object tell(Object[] args);
  }

  private boolean sometimes() {
    return calls.incrementAndGet() % SOMETIMES == 0;
  }

  @Test
  void aMapThatForgetsPuts() {
    assertThatThrownBy(
            () ->
                measureMap(
                    Row.MAP_PUT,
                    "put",
                    map ->
                        args ->
                            sometimes()
                                ? Future.succeededFuture()
                                : map.put((String) args[0], (String) args[1])))
        .isInstanceOf(ComparisonFailure.class)
        .hasMessageContaining("contents of the map");
  }

  @Test
  void aMapThatAnswersWithOldValues() {
    assertThatThrownBy(
            () -> measureMap(Row.MAP_GET, "get", map -> args -> Future.succeededFuture("old")))
        .isInstanceOf(ComparisonFailure.class)
        .hasMessageContaining(" is old, not ");
  }

  @SuppressWarnings("unchecked")
  private static void measureMap(
      Row row, String method, Function<AsyncMap<String, String>, Lie> lie) {
    measure(
        row,
        "getAsyncMap",
        manager ->
            args -> {
              manager.getAsyncMap(
                  (String) args[0],
                  WrongAnswersTest.<AsyncMap<String, String>>each(
                      args[1], map -> lying(AsyncMap.class, map, method, lie.apply(map))));
              return null;
            });
  }

  @Test
  void aCounterThatLosesSteps() {
    AtomicLong counted = new AtomicLong();
    Lie loses =
        args ->
            Future.succeededFuture(
                sometimes() ? counted.get() + SOMETIMES : counted.incrementAndGet());

    assertThatThrownBy(
            () ->
                measure(
                    Row.COUNTER,
                    "getCounter",
                    manager ->
                        args -> {
                          manager.getCounter(
                              (String) args[0],
                              WrongAnswersTest.<Counter>each(
                                  args[1], c -> lying(Counter.class, c, "incrementAndGet", loses)));
                          return null;
                        }))
        .isInstanceOf(ComparisonFailure.class)
        .hasMessageContaining("counter: ");
  }

  @Test
  void aLockThatTwoHold() {
    Lie always =
        args -> {
          WrongAnswersTest.<Lock>completable(args[2]).succeed(() -> {});
          return null;
        };

    assertThatThrownBy(() -> measure(Row.LOCK_CONTENDED, "getLockWithTimeout", manager -> always))
        .isInstanceOf(ComparisonFailure.class)
        .hasMessageContaining("hold it at once");
  }

  /** Measures a manager that lies in one of its methods. */
  private static void measure(Row row, String method, Function<ClusterManager, Lie> lie) {
    try (Surroundings surroundings = Surroundings.open(false, 1);
        Trio trio =
            Trio.form(
                () -> {
                  ClusterManager real = surroundings.managers().get();
                  return lying(ClusterManager.class, real, method, lie.apply(real));
                })) {
      assertThat(row.measure(trio, SHORT)).isNotEmpty();
    }
  }

  private static <T> T lying(Class<T> type, T real, String methodThatLies, Lie lie) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) -> {
              if (method.getName().equals(methodThatLies)) {
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
