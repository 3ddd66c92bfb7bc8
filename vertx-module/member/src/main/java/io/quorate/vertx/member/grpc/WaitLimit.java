package io.quorate.vertx.member.grpc;

/**
 * Bounds the calls on one event loop that wait until other clients do something, which may be for
 * ever, and the memory of their requests. They hold no turn of the {@link AnswerBudget}, so they do
 * not delay other calls.
 */
final class WaitLimit {
  private final int maxCalls;
  private final long maxBytes;
  private int calls;
  private long bytes;

  WaitLimit(int maxCalls, long maxBytes) {
    this.maxCalls = maxCalls;
    this.maxBytes = maxBytes;
  }

  /**
   * @param requestBytes of the call
   * @return false if there are too many; then nothing is counted
   */
  boolean begin(long requestBytes) {
    if (calls >= maxCalls || bytes + requestBytes > maxBytes) {
      return false;
    }
    calls++;
    bytes += requestBytes;
    return true;
  }

  void end(long requestBytes) {
    calls--;
    bytes -= requestBytes;
  }
}
