package io.quorate.vertx.server.bench;

import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** The result of a run: one kind of event, its rate, and its latencies in milliseconds. */
record Summary(
    String what, double seconds, Histogram latencies, long failures, Map<String, Long> messages) {

  static Summary of(String what, double seconds, Tally tally) {
    return new Summary(
        what, seconds, tally.all().copy(), tally.failures(), tally.failuresByMessage());
  }

  long succeeded() {
    return latencies.getTotalCount();
  }

  double perSecond() {
    return succeeded() / seconds;
  }

  private double millis(double percentile) {
    return succeeded() == 0 ? 0 : latencies.getValueAtPercentile(percentile) / 1e3;
  }

  private double meanMillis() {
    return succeeded() == 0 ? 0 : latencies.getMean() / 1e3;
  }

  private double maxMillis() {
    return succeeded() == 0 ? 0 : latencies.getMaxValue() / 1e3;
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s: %d in %.3f s, %.1f/s, %d failed%n",
            what,
            succeeded(),
            seconds,
            perSecond(),
            failures));
    text.append(
        String.format(
            Locale.ROOT,
            "  latency ms: mean %.3f  p50 %.3f  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f%n",
            meanMillis(),
            millis(50),
            millis(90),
            millis(99),
            millis(99.9),
            maxMillis()));
    messages.forEach(
        (message, times) ->
            text.append(String.format(Locale.ROOT, "  failed %d times: %s%n", times, message)));
    return text.toString();
  }

  JsonObject json() {
    JsonObject byMessage = new JsonObject();
    messages.forEach(byMessage::put);
    return new JsonObject()
        .put("total", succeeded() + failures)
        .put("succeeded", succeeded())
        .put("failed", failures)
        .put("seconds", seconds)
        .put("perSecond", perSecond())
        .put(
            "latencyMillis",
            new JsonObject()
                .put("mean", meanMillis())
                .put("p50", millis(50))
                .put("p90", millis(90))
                .put("p99", millis(99))
                .put("p99.9", millis(99.9))
                .put("max", maxMillis()))
        .put("errors", byMessage);
  }
}
