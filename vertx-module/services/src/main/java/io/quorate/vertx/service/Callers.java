package io.quorate.vertx.service;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.serviceproxy.ServiceProxyBuilder;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands before a generated proxy, says what a failure means, and asks again where that does no
 * harm. The bus says nothing of a node that is dead: a request to it stays without an answer. So
 * each attempt of what may be repeated has but a part of the time, and the next one goes to another
 * instance, as the bus takes them in turn.
 */
final class Callers implements InvocationHandler {
  private static final int ATTEMPTS = 4;
  private static final long MIN_ATTEMPT_MILLIS = 250;
  private static final long PAUSE_MILLIS = 50;

  /** What may be executed twice. */
  private static final Set<String> REPEATABLE =
      Set.of(
          "get",
          "range",
          "keepAlive",
          "timeToLive",
          "leases",
          "lock",
          "unlock",
          "campaign",
          "resign",
          "leader",
          "cancel",
          "members",
          "status",
          "alarms",
          "hash");

  private final Class<?> service;
  private final Vertx vertx;
  private final String address;
  private final long timeoutMillis;
  private final Object once;
  private final Object repeated;

  private Callers(Class<?> service, Vertx vertx, String address, long timeoutMillis) {
    this.service = service;
    this.vertx = vertx;
    this.address = address;
    this.timeoutMillis = timeoutMillis;
    this.once = proxy(timeoutMillis);
    this.repeated = proxy(attemptMillis());
  }

  static <T> T at(Class<T> service, Vertx vertx, String address) {
    return at(service, vertx, address, QuorateServicesOptions.DEFAULT_REQUEST_TIMEOUT_MILLIS);
  }

  static <T> T at(Class<T> service, Vertx vertx, String address, long timeoutMillis) {
    return service.cast(
        Proxy.newProxyInstance(
            service.getClassLoader(),
            new Class<?>[] {service},
            new Callers(service, vertx, address, timeoutMillis)));
  }

  private Object proxy(long sendTimeoutMillis) {
    return new ServiceProxyBuilder(vertx)
        .setAddress(address)
        .setOptions(new DeliveryOptions().setSendTimeout(sendTimeoutMillis))
        .build(service);
  }

  private long attemptMillis() {
    return Math.max(timeoutMillis / ATTEMPTS, Math.min(MIN_ATTEMPT_MILLIS, timeoutMillis));
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (method.getDeclaringClass() == Object.class) {
      return switch (method.getName()) {
        case "equals" -> arguments != null && proxy == arguments[0];
        case "hashCode" -> System.identityHashCode(proxy);
        default -> service.getSimpleName() + " at " + address;
      };
    }
    Object @Nullable [] given = arguments;
    if (given == null) {
      given = new Object[0];
    }
    return ask(new Call(method, given, System.nanoTime(), waitMillis(given)), 1);
  }

  /**
   * @param waitMillis what the service may take beyond the time-out, as it was asked to wait
   */
  private record Call(Method method, Object[] arguments, long sinceNanos, long waitMillis) {
    boolean isRepeatable() {
      return REPEATABLE.contains(method.getName())
          || arguments.length == 1 && arguments[0] instanceof TxnRequest txn && readsOnly(txn);
    }

    private static boolean readsOnly(TxnRequest txn) {
      return txn.getSuccess().stream().allMatch(op -> op.getRange() != null)
          && txn.getFailure().stream().allMatch(op -> op.getRange() != null);
    }

    long elapsedMillis() {
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos);
    }
  }

  private static long waitMillis(Object[] arguments) {
    if (arguments.length == 1 && arguments[0] instanceof LockRequest lock) {
      return Math.max(0, lock.getWaitMillis());
    }
    if (arguments.length == 1 && arguments[0] instanceof CampaignRequest campaign) {
      return Math.max(0, campaign.getWaitMillis());
    }
    return 0;
  }

  private Future<?> ask(Call call, int attempt) {
    Future<?> answer;
    try {
      answer = (Future<?>) call.method().invoke(target(call, attempt), arguments(call));
    } catch (InvocationTargetException e) {
      return Future.failedFuture(e.getCause() == null ? e : e.getCause());
    } catch (IllegalAccessException e) {
      return Future.failedFuture(e);
    }
    return answer.recover(failure -> again(call, attempt, failure));
  }

  private Object target(Call call, int attempt) {
    if (!call.isRepeatable()) {
      return attempt == 1 ? once : proxy(leftMillis(call));
    }
    // a service that was asked to wait may take that long; one that is dead must be noticed before
    return call.waitMillis() == 0 ? repeated : proxy(Math.min(leftMillis(call), timeoutMillis));
  }

  private long leftMillis(Call call) {
    return Math.max(1, call.waitMillis() + timeoutMillis - call.elapsedMillis());
  }

  /** Who asks again for a lock waits for what is left of the time. */
  private static Object[] arguments(Call call) {
    long left = Math.max(0, call.waitMillis() - call.elapsedMillis());
    if (call.waitMillis() > 0 && call.arguments()[0] instanceof LockRequest lock) {
      return new Object[] {new LockRequest(lock).setWaitMillis(left)};
    }
    if (call.waitMillis() > 0 && call.arguments()[0] instanceof CampaignRequest campaign) {
      return new Object[] {new CampaignRequest(campaign).setWaitMillis(left)};
    }
    return call.arguments();
  }

  private <T> Future<T> again(Call call, int attempt, Throwable failure) {
    boolean isTime = call.elapsedMillis() < call.waitMillis() + timeoutMillis;
    if (isTime && isTimeout(failure) && call.isRepeatable()) {
      return next(call, attempt);
    }
    // what took long may do so again, and then its outcome would be unknown
    boolean isEarly = 2 * call.elapsedMillis() < call.waitMillis() + timeoutMillis;
    if (isEarly && attempt < ATTEMPTS && wasNotExecuted(call, failure)) {
      return vertx.timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS).compose(v -> next(call, attempt));
    }
    return Future.failedFuture(CallFailures.told(failure, call.isRepeatable()));
  }

  @SuppressWarnings("unchecked")
  private <T> Future<T> next(Call call, int attempt) {
    return (Future<T>) ask(call, attempt + 1);
  }

  private static boolean isTimeout(Throwable failure) {
    return failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.TIMEOUT;
  }

  /** Another instance may have what this one has not. */
  private static boolean wasNotExecuted(Call call, Throwable failure) {
    ServiceFailure code = ServiceFailure.of(failure);
    return code == ServiceFailure.UNREACHABLE
        || code == ServiceFailure.CLOSED
        || code == ServiceFailure.TOO_MANY_WATCHES
        || code == ServiceFailure.TOO_MANY_WAITING
        || code == ServiceFailure.STOPPED && call.isRepeatable();
  }
}
