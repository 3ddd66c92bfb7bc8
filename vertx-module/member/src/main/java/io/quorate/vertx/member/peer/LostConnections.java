package io.quorate.vertx.member.peer;

import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.metrics.VertxMetrics;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears of each connection to a peer that is closed, at once. The event bus itself says so only to
 * the next one who writes, and only if nobody accepts connections there any more, which a proxy
 * goes on to do for a peer that has died. Of all that Vert.x tells, its metrics alone tell this.
 *
 * <p>What makes the metrics of a client of TCP has another name, other arguments and another result
 * in Vert.x 5.0 than from 5.1 on, and no class can be compiled that is both. What it makes has the
 * same two methods in each. So both are answered by name.
 */
final class LostConnections {
  private static final String SINCE_5_0 = "createNetClientMetrics";
  private static final String SINCE_5_1 = "createTcpClientMetrics";

  private final VertxMetrics metrics = proxy(VertxMetrics.class, this::ofVertx);
  private volatile BiConsumer<String, Integer> lost = (host, port) -> {};

  /**
   * @throws IllegalStateException this Vert.x has neither of the two, so no loss would be heard of
   */
  LostConnections() {
    for (Method method : VertxMetrics.class.getMethods()) {
      if (isOfClient(method)) {
        return;
      }
    }
    throw new IllegalStateException(
        "this version of Vert.x has neither " + SINCE_5_0 + " nor " + SINCE_5_1);
  }

  /** For the Vert.x whose bus it is. */
  VertxMetrics metrics() {
    return metrics;
  }

  /**
   * @param lost gets host and port as they were connected to; on the loop of the connection
   */
  void handler(BiConsumer<String, Integer> lost) {
    this.lost = lost;
  }

  private static boolean isOfClient(Method method) {
    return method.getName().equals(SINCE_5_0) || method.getName().equals(SINCE_5_1);
  }

  private @Nullable Object ofVertx(Object proxy, Method method, @Nullable Object[] arguments)
      throws Throwable {
    if (!isOfClient(method)) {
      return otherwise(proxy, method, arguments);
    }
    Object options = arguments[0];
    if (options != null && PeerLine.METRICS_NAME.equals(metricsName(options))) {
      return null; // not the bus's
    }
    return proxy(method.getReturnType(), this::ofClient);
  }

  private static @Nullable Object metricsName(Object options) throws ReflectiveOperationException {
    return options.getClass().getMethod("getMetricsName").invoke(options);
  }

  private @Nullable Object ofClient(Object proxy, Method method, @Nullable Object[] arguments)
      throws Throwable {
    if (method.getName().equals("connected")
        && arguments.length == 2
        && arguments[0] instanceof SocketAddress remote) {
      return SocketAddress.inetSocketAddress(
          remote.port(), arguments[1] instanceof String name ? name : remote.host());
    }
    if (method.getName().equals("disconnected")
        && arguments.length == 2
        && arguments[0] instanceof SocketAddress connected) {
      lost.accept(connected.host(), connected.port());
      return null;
    }
    return otherwise(proxy, method, arguments);
  }

  /** What Vert.x does for those who do not care. */
  private @Nullable Object otherwise(Object proxy, Method method, @Nullable Object[] arguments)
      throws Throwable {
    if (method.getReturnType() == void.class) {
      return null; // each message is reported to it: no detour
    }
    if (method.isDefault()) {
      return InvocationHandler.invokeDefault(proxy, method, arguments);
    }
    try {
      return method.invoke(this, arguments); // equals, hashCode, toString
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            LostConnections.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
