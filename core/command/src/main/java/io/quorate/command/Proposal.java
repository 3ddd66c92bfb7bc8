package io.quorate.command;

/**
 * A command on its way into the log, encoded already where the client was served.
 *
 * @param origin id of the member that waits for the result
 * @param requestId that member's number for it; unique over its restarts
 * @param caller who asks; below {@link FeatureLevel#CALLERS} the log does not say, and it is nobody
 * @param command as the codec encoded it; shared, never written to
 */
public record Proposal(long origin, long requestId, Caller caller, byte[] command) {

  /** What a proposal counts against bounds given in bytes. */
  public long sizeBytes() {
    return command.length + 23L + caller.sizeBytes();
  }
}
