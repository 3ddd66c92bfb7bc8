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
 * Reports each closed connection to a peer at once. The event bus reports a lost connection only to
 * the next write, and only if it cannot connect again; but a proxy may still accept connections for
 * a dead peer. In Vert.x, only the metrics SPI reports it earlier.
 *
 * <p>The SPI's method for the metrics of a TCP client has another name and other types in Vert.x
 * 5.0 than since 5.1, so no class can implement both. The metrics it returns have the same two
 * methods in both. So the interfaces are implemented by a proxy that looks at method names.
 */
final class LostConnections {
  private static final String SINCE_5_0 = "createNetClientMetrics";
  private static final String SINCE_5_1 = "createTcpClientMetrics";

  private final VertxMetrics metrics = proxy(VertxMetrics.class, this::ofVertx);
  private volatile BiConsumer<String, Integer> lost = (host, port) -> {};

  /**
   * @throws IllegalStateException if this version of Vert.x has neither method, so that lost
   *     connections would go unnoticed
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

  /** The metrics of the Vert.x instance with the peer bus. */
  VertxMetrics metrics() {
    return metrics;
  }

  /**
   * @param lost called with host and port of the closed connection, on its event loop
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
      return null; // not a client of the bus
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

  /** The default implementation of a method that is not used here. */
  private @Nullable Object otherwise(Object proxy, Method method, @Nullable Object[] arguments)
      throws Throwable {
    if (method.getReturnType() == void.class) {
      return null; // called for each message, so it must be cheap
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
