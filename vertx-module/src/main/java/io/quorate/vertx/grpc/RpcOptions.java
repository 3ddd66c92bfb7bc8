package io.quorate.vertx.grpc;

/**
 * What the RPCs need to know.
 *
 * @param maxRequestBytes etcd's {@code --max-request-bytes}; messages may be {@link
 *     #OVERHEAD_BYTES} longer
 * @param maxTxnOps operations a transaction may hold
 * @param electionTimeoutMillis three of them without a leader end a stream that requires one
 * @param watchProgressIntervalMillis between progress notes of a watch stream, up to a tenth more
 */
public record RpcOptions(
    int maxRequestBytes,
    int maxTxnOps,
    long electionTimeoutMillis,
    long watchProgressIntervalMillis) {
  /** What a message on the wire may be longer than a request, as in etcd. */
  public static final int OVERHEAD_BYTES = 512 * 1024;

  public RpcOptions {
    positive(maxRequestBytes, "maxRequestBytes");
    positive(maxTxnOps, "maxTxnOps");
    positive(electionTimeoutMillis, "electionTimeoutMillis");
    if (watchProgressIntervalMillis < 100) {
      throw new IllegalArgumentException(
          "watchProgressIntervalMillis is below 100: " + watchProgressIntervalMillis);
    }
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
