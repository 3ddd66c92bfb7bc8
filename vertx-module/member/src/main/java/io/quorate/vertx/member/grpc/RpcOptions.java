package io.quorate.vertx.member.grpc;

/**
 * Options of the RPCs.
 *
 * @param maxRequestBytes etcd's {@code --max-request-bytes}; messages may be longer by {@link
 *     #OVERHEAD_BYTES}
 * @param maxTxnOps maximum number of operations in a transaction
 * @param electionTimeoutMillis after three of these without a leader, a stream that requires one
 *     ends
 * @param watchProgressIntervalMillis time between the progress notifications of a watch stream; up
 *     to a tenth is added
 * @param answerBytes memory on one event loop for answers that are being made or have not left yet;
 *     one connection may hold a quarter of it. Calls that do not fit wait
 * @param maxOpenCalls calls and streams on one event loop; more are refused
 */
public record RpcOptions(
    int maxRequestBytes,
    int maxTxnOps,
    long electionTimeoutMillis,
    long watchProgressIntervalMillis,
    long answerBytes,
    int maxOpenCalls) {
  /** How much longer than a request its message may be, as in etcd. */
  public static final int OVERHEAD_BYTES = 512 * 1024;

  private static final long MIN_ANSWER_BYTES = 4L << 20;
  private static final long MAX_ANSWER_BYTES = 128L << 20;
  private static final int MIN_OPEN_CALLS = 20_000;
  private static final int CALL_BYTES = 8 << 10;

  public RpcOptions {
    positive(maxRequestBytes, "maxRequestBytes");
    positive(maxTxnOps, "maxTxnOps");
    positive(electionTimeoutMillis, "electionTimeoutMillis");
    positive(answerBytes, "answerBytes");
    positive(maxOpenCalls, "maxOpenCalls");
    if (watchProgressIntervalMillis < 100) {
      throw new IllegalArgumentException(
          "watchProgressIntervalMillis is below 100: " + watchProgressIntervalMillis);
    }
  }

  /** Options with memory bounds that fit the heap of this process, for two event loops. */
  public static RpcOptions of(
      int maxRequestBytes,
      int maxTxnOps,
      long electionTimeoutMillis,
      long watchProgressIntervalMillis) {
    long heap = Runtime.getRuntime().maxMemory();
    return new RpcOptions(
        maxRequestBytes,
        maxTxnOps,
        electionTimeoutMillis,
        watchProgressIntervalMillis,
        Math.max(MIN_ANSWER_BYTES, Math.min(MAX_ANSWER_BYTES, heap / 16)),
        (int) Math.max(MIN_OPEN_CALLS, Math.min(Integer.MAX_VALUE, heap / 8 / CALL_BYTES)));
  }

  /** The longest message that is accepted; a longer watch response is split into fragments. */
  public int maxMessageBytes() {
    return Math.addExact(maxRequestBytes, OVERHEAD_BYTES);
  }

  private static void positive(long value, String name) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " is not positive: " + value);
    }
  }
}
