package io.quorate.vertx.member.grpc;

/**
 * What the RPCs need to know.
 *
 * @param maxRequestBytes etcd's {@code --max-request-bytes}; messages may be {@link
 *     #OVERHEAD_BYTES} longer
 * @param maxTxnOps operations a transaction may hold
 * @param electionTimeoutMillis three of them without a leader end a stream that requires one
 * @param watchProgressIntervalMillis between progress notes of a watch stream, up to a tenth more
 * @param answerBytes memory for answers that are being made or not taken, on one event loop; one
 *     connection may hold a quarter of it. What does not fit waits
 * @param maxOpenCalls calls and streams on one event loop; more are refused
 */
public record RpcOptions(
    int maxRequestBytes,
    int maxTxnOps,
    long electionTimeoutMillis,
    long watchProgressIntervalMillis,
    long answerBytes,
    int maxOpenCalls) {
  /** What a message on the wire may be longer than a request, as in etcd. */
  public static final int OVERHEAD_BYTES = 512 * 1024;

  private static final long LEAST_ANSWER_BYTES = 4L << 20;
  private static final long MOST_ANSWER_BYTES = 128L << 20;
  private static final int LEAST_OPEN_CALLS = 20_000;
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

  /** With the bounds on memory that fit this process's heap, for two event loops. */
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
        Math.max(LEAST_ANSWER_BYTES, Math.min(MOST_ANSWER_BYTES, heap / 16)),
        (int) Math.max(LEAST_OPEN_CALLS, Math.min(Integer.MAX_VALUE, heap / 8 / CALL_BYTES)));
  }

  /** Longest message taken, and from where on a watch response is cut into fragments. */
  public int maxMessageBytes() {
    return Math.addExact(maxRequestBytes, OVERHEAD_BYTES);
  }

  private static void positive(long value, String name) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " is not positive: " + value);
    }
  }
}
