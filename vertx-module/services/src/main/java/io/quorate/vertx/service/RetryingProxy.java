package io.quorate.vertx.service;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.internal.ContextInternal;
import io.vertx.serviceproxy.ServiceProxyBuilder;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Wraps a generated proxy: classifies failures and repeats calls that may be executed twice. The
 * event bus does not report a dead node; a request to it is never answered. So such a call is sent
 * again after a part of the time-out. The bus chooses instances in turn, so the repetition reaches
 * another one. The first answer counts.
 */
final class RetryingProxy implements InvocationHandler {
  private static final int ATTEMPTS = 4;
  private static final long MIN_ATTEMPT_MILLIS = 250;
  private static final long PAUSE_MILLIS = 50;
  private static final long NONE = -1;

  /** Methods that may be executed twice. */
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
  private final Object generated;

  private RetryingProxy(Class<?> service, Vertx vertx, String address, long timeoutMillis) {
    this.service = service;
    this.vertx = vertx;
    this.address = address;
    this.timeoutMillis = timeoutMillis;
    this.generated = proxy(timeoutMillis);
  }

  static <T> T at(Class<T> service, Vertx vertx, String address) {
    return at(service, vertx, address, QuorateServicesOptions.DEFAULT_REQUEST_TIMEOUT_MILLIS);
  }

  static <T> T at(Class<T> service, Vertx vertx, String address, long timeoutMillis) {
    return service.cast(
        Proxy.newProxyInstance(
            service.getClassLoader(),
            new Class<?>[] {service},
            new RetryingProxy(service, vertx, address, timeoutMillis)));
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
    List<Object> given = arguments == null ? List.of() : Arrays.asList(arguments);
    Call call = new Call(method, given, System.nanoTime(), waitMillis(given));
    return call.isRepeatable() && call.waitMillis() == 0 ? askAll(call) : ask(call, 1);
  }

  /**
   * @param waitMillis how long the service may wait, as the request asks; added to the time-out
   */
  private record Call(Method method, List<Object> arguments, long sinceNanos, long waitMillis) {
    boolean isRepeatable() {
      return REPEATABLE.contains(method.getName())
          || (arguments.size() == 1
              && arguments.get(0) instanceof TxnRequest txn
              && readsOnly(txn));
    }

    private static boolean readsOnly(TxnRequest txn) {
      return txn.getSuccess().stream().allMatch(op -> op.getRange() != null)
          && txn.getFailure().stream().allMatch(op -> op.getRange() != null);
    }

    long elapsedMillis() {
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos);
    }
  }

  private static long waitMillis(List<Object> arguments) {
    if (arguments.size() == 1 && arguments.get(0) instanceof LockRequest lock) {
      return Math.max(0, lock.getWaitMillis());
    }
    if (arguments.size() == 1 && arguments.get(0) instanceof CampaignRequest campaign) {
      return Math.max(0, campaign.getWaitMillis());
    }
    return 0;
  }

  /** Sends further attempts without waiting for the earlier ones to fail. */
  private Future<Object> askAll(Call call) {
    Promise<Object> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
    long end =
        vertx.setTimer(
            timeoutMillis,
            id ->
                promise.tryFail(
                    CallFailures.exception(
                        ServiceFailure.NO_ANSWER, "no answer within " + timeoutMillis + " ms")));
    promise.future().onComplete(done -> vertx.cancelTimer(end));
    attempt(call, 1, promise);
    return promise.future();
  }

  private void attempt(Call call, int attempt, Promise<Object> promise) {
    if (promise.future().isComplete()) {
      return;
    }
    boolean isLast = attempt == ATTEMPTS;
    long next =
        isLast ? NONE : vertx.setTimer(attemptMillis(), id -> attempt(call, attempt + 1, promise));
    invoke(generated, call)
        .onComplete(
            (answer, failure) -> {
              if (failure == null) {
                vertx.cancelTimer(next);
                promise.tryComplete(answer);
              } else if (isTimeout(failure)) {
                return; // the time of the whole call has passed as well
              } else if (!isLast && isEarly(call) && wasNotExecuted(call, failure)) {
                if (vertx.cancelTimer(next)) {
                  vertx.setTimer(PAUSE_MILLIS, id -> attempt(call, attempt + 1, promise));
                }
              } else {
                vertx.cancelTimer(next);
                promise.tryFail(CallFailures.told(failure, true));
              }
            });
  }

  @SuppressWarnings("unchecked")
  private static Future<Object> invoke(Object target, Call call) {
    try {
      return (Future<Object>) call.method().invoke(target, arguments(call));
    } catch (InvocationTargetException e) {
      return Future.failedFuture(e.getCause() == null ? e : e.getCause());
    } catch (IllegalAccessException e) {
      return Future.failedFuture(e);
    }
  }

  /** Sends one attempt after the other. */
  private Future<Object> ask(Call call, int attempt) {
    return invoke(target(call, attempt), call).recover(failure -> again(call, attempt, failure));
  }

  /**
   * The first attempt uses the generated proxy with its time-out; later ones are bounded by what is
   * left of the call's time.
   */
  private Object target(Call call, int attempt) {
    return attempt == 1 ? generated : proxy(Math.min(leftMillis(call), timeoutMillis));
  }

  private long leftMillis(Call call) {
    return Math.max(1, call.waitMillis() + timeoutMillis - call.elapsedMillis());
  }

  /**
   * The arguments of a call. A repeated lock or campaign request waits for the rest of the time.
   */
  private static Object[] arguments(Call call) {
    long left = Math.max(0, call.waitMillis() - call.elapsedMillis());
    if (call.waitMillis() > 0 && call.arguments().get(0) instanceof LockRequest lock) {
      return new Object[] {new LockRequest(lock).setWaitMillis(left)};
    }
    if (call.waitMillis() > 0 && call.arguments().get(0) instanceof CampaignRequest campaign) {
      return new Object[] {new CampaignRequest(campaign).setWaitMillis(left)};
    }
    return call.arguments().toArray();
  }

  private Future<Object> again(Call call, int attempt, Throwable failure) {
    boolean isTime = call.elapsedMillis() < call.waitMillis() + timeoutMillis;
    if (isTime && isTimeout(failure) && call.isRepeatable()) {
      return ask(call, attempt + 1);
    }
    if (attempt < ATTEMPTS && isEarly(call) && wasNotExecuted(call, failure)) {
      return vertx.timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS).compose(v -> ask(call, attempt + 1));
    }
    return Future.failedFuture(CallFailures.told(failure, call.isRepeatable()));
  }

  /**
   * Repeats only in the first third of the time: a later attempt could exceed it, and its outcome
   * would be unknown.
   */
  private boolean isEarly(Call call) {
    return 3 * call.elapsedMillis() < call.waitMillis() + timeoutMillis;
  }

  private static boolean isTimeout(Throwable failure) {
    return failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.TIMEOUT;
  }

  /** True if another instance may succeed where this one could not execute the request. */
  private static boolean wasNotExecuted(Call call, Throwable failure) {
    ServiceFailure code = ServiceFailure.of(failure);
    return code == ServiceFailure.UNREACHABLE
        || code == ServiceFailure.CLOSED
        || code == ServiceFailure.TOO_MANY_WATCHES
        || code == ServiceFailure.TOO_MANY_WAITING
        || (code == ServiceFailure.STOPPED && call.isRepeatable());
  }
}
