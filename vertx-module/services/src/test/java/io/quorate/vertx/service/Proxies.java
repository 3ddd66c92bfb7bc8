package io.quorate.vertx.service;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.serviceproxy.ServiceProxyBuilder;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * The six services as a caller uses them. They record which of their methods were answered.
 *
 * @param answered for example {@code KvService.get}
 */
record Proxies(
    String kind,
    KvService kv,
    LeaseService leases,
    WatchService watches,
    LockService locks,
    ElectionService elections,
    ClusterService cluster,
    Set<String> answered) {
  private static final String PREFIX = QuorateServicesOptions.DEFAULT_ADDRESS_PREFIX;
  private static final long SEND_TIMEOUT_MILLIS = 20_000;

  /** The proxies of {@link QuorateServices}. */
  static Proxies ours(Vertx vertx) {
    return of(
        "ours", (type, address) -> RetryingProxy.at(type, vertx, address, SEND_TIMEOUT_MILLIS));
  }

  /** The proxies of Vert.x's builder. */
  static Proxies plain(Vertx vertx) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(SEND_TIMEOUT_MILLIS);
    return of(
        "plain",
        (type, address) ->
            new ServiceProxyBuilder(vertx).setAddress(address).setOptions(options).build(type));
  }

  private static Proxies of(String kind, BiFunction<Class<?>, String, Object> builder) {
    Set<String> answered = new ConcurrentSkipListSet<>();
    return new Proxies(
        kind,
        noting(KvService.class, ServiceName.KV, builder, answered),
        noting(LeaseService.class, ServiceName.LEASE, builder, answered),
        noting(WatchService.class, ServiceName.WATCH, builder, answered),
        noting(LockService.class, ServiceName.LOCK, builder, answered),
        noting(ElectionService.class, ServiceName.ELECTION, builder, answered),
        noting(ClusterService.class, ServiceName.CLUSTER, builder, answered),
        answered);
  }

  private static <T> T noting(
      Class<T> type,
      ServiceName name,
      BiFunction<Class<?>, String, Object> builder,
      Set<String> answered) {
    Object target = builder.apply(type, name.address(PREFIX));
    Object noting =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                return ((Future<?>) method.invoke(target, arguments))
                    .onSuccess(answer -> answered.add(name(type, method.getName())));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return type.cast(noting);
  }

  private static String name(Class<?> type, String method) {
    return type.getSimpleName() + '.' + method;
  }

  /** All methods of all services. */
  static Set<String> methods() {
    return Arrays.stream(ServiceName.values())
        .map(ServiceName::type)
        .flatMap(
            type ->
                Arrays.stream(type.getMethods())
                    .filter(method -> !Modifier.isStatic(method.getModifiers()))
                    .map(method -> name(type, method.getName())))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
