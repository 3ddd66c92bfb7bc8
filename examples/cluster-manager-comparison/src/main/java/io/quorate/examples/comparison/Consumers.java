package io.quorate.examples.comparison;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Consumers of the event bus, and requests to them from another node.
 *
 * <p>A request that finds nobody, though the registration is complete, is sent again at once, and
 * counted as a miss.
 */
final class Consumers {
  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(120);
  private static final int DIGITS = 3;
  private static final int REQUESTERS = 64;
  private static final long ENOUGH_NANOS = TimeUnit.SECONDS.toNanos(40);
  private static final DeliveryOptions PATIENT = new DeliveryOptions().setSendTimeout(30_000);

  private final Trio trio;
  private final LongAdder misses = new LongAdder();

  private Consumers(Trio trio) {
    this.trio = trio;
  }

  /** From the call that registers one, to the reply that another node got from it. */
  static List<Measured> firstReply(Trio trio, Plan plan) {
    return new Consumers(trio).firstReply(plan);
  }

  /** All begun at once, on three nodes, until the last registration is complete. */
  static List<Measured> register(Trio trio, Plan plan) {
    return new Consumers(trio).register(plan);
  }

  private List<Measured> firstReply(Plan plan) {
    Recorder recorder = new Recorder(MAX_NANOS, DIGITS);
    List<Context> requesters = List.of(trio.context(1), trio.context(2), trio.context(0));
    ClosedLoop.run(
        plan,
        trio.roamer(),
        (caller, n) -> registerAndAsk(recorder, requesters.get((int) (n % Trio.SIZE)), n),
        () -> {
          recorder.reset();
          misses.reset();
        });
    Histogram times = recorder.getIntervalHistogram();
    if (times.getTotalCount() == 0) {
      throw new ComparisonFailure("no consumer was registered and replied in the time given");
    }
    Map<String, Long> more = Map.of("samples", times.getTotalCount(), "misses", misses.sum());
    return List.of(
        Measured.of(Figure.FIRST_REPLY_P50, times.getValueAtPercentile(50) / 1e3, more),
        Measured.of(Figure.FIRST_REPLY_P99, times.getValueAtPercentile(99) / 1e3, more));
  }

  private Future<Void> registerAndAsk(Recorder recorder, Context requester, long n) {
    String address = "first-reply-" + n;
    long begin = System.nanoTime();
    MessageConsumer<Long> consumer = consumer(trio.node(n), address);
    Promise<Void> replied = Promise.promise();
    consumer
        .completion()
        .onFailure(replied::fail)
        .onSuccess(
            registered -> requester.runOnContext(v -> ask(trio.node(n + 1), address, n, replied)));
    return replied
        .future()
        .compose(
            reply -> {
              recorder.recordValue(Math.min(MAX_NANOS, System.nanoTime() - begin));
              return consumer.unregister();
            });
  }

  private static MessageConsumer<Long> consumer(Vertx node, String address) {
    return node.eventBus().consumer(address, message -> message.reply(message.body()));
  }

  private void ask(Vertx from, String address, long n, Promise<Void> replied) {
    from.eventBus()
        .<Long>request(address, n, PATIENT)
        .onComplete(
            reply -> {
              if (reply.succeeded()) {
                if (reply.result().body() == n) {
                  replied.complete();
                } else {
                  replied.fail(new ComparisonFailure(address + " replied for another one"));
                }
              } else if (isNobody(reply.cause())) {
                misses.increment();
                ask(from, address, n, replied);
              } else {
                replied.fail(reply.cause());
              }
            });
  }

  private static boolean isNobody(Throwable failure) {
    return failure instanceof ReplyException e && e.failureType() == ReplyFailure.NO_HANDLERS;
  }

  private List<Measured> register(Plan plan) {
    long begin = System.nanoTime();
    Object unused = registerAll(plan.consumers());
    misses.reset();
    List<Double> rates = new ArrayList<>();
    while (rates.isEmpty()
        || (rates.size() < plan.rounds() && System.nanoTime() - begin < ENOUGH_NANOS)) {
      rates.add(registerAll(plan.consumers()));
    }
    return List.of(Measured.ofRounds(Figure.REGISTER, rates).with("misses", misses.sum()));
  }

  private double registerAll(int count) {
    List<Context> contexts = List.of(trio.context(0), trio.context(1), trio.context(2));
    List<Promise<List<MessageConsumer<Long>>>> registered = new ArrayList<>();
    long begin = System.nanoTime();
    for (int i = 0; i < Trio.SIZE; i++) {
      int node = i;
      Promise<List<MessageConsumer<Long>>> promise = Promise.promise();
      registered.add(promise);
      contexts.get(i).runOnContext(v -> registerShare(node, count, promise));
    }
    List<MessageConsumer<Long>> consumers = new ArrayList<>();
    for (Promise<List<MessageConsumer<Long>>> share : registered) {
      consumers.addAll(BoundedWait.await("consumers registered", share.future()));
    }
    double rate = count * 1e9 / (System.nanoTime() - begin);
    askAll(count);
    Object unused =
        BoundedWait.await(
            "consumers unregistered",
            Future.all(consumers.stream().map(MessageConsumer::unregister).toList()));
    return rate;
  }

  private void registerShare(int node, int count, Promise<List<MessageConsumer<Long>>> promise) {
    List<MessageConsumer<Long>> share = new ArrayList<>();
    for (int n = node; n < count; n += Trio.SIZE) {
      share.add(consumer(trio.node(node), "registered-" + n));
    }
    Future.all(share.stream().map(MessageConsumer::completion).toList())
        .<List<MessageConsumer<Long>>>map(share)
        .onComplete(promise);
  }

  /** Each from the node after its own. */
  private void askAll(int count) {
    for (int from = 0; from < count; from += REQUESTERS) {
      List<Future<Void>> replies = new ArrayList<>();
      for (int n = from; n < Math.min(count, from + REQUESTERS); n++) {
        Promise<Void> replied = Promise.promise();
        ask(trio.node(n + 1), "registered-" + n, n, replied);
        replies.add(replied.future());
      }
      Object unused = BoundedWait.await("replies of consumers", Future.all(replies));
    }
  }
}
