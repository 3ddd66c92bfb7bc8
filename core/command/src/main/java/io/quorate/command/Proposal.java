package io.quorate.command;

/**
 * A command on its way into the log, encoded by the member that its client is connected to.
 *
 * @param origin id of that member, which waits for the result
 * @param requestId number that it gave the command; not used again after a restart
 * @param caller who makes the request; {@link Caller#NOBODY} below {@link FeatureLevel#CALLERS}, as
 *     the log does not contain it there
 * @param command as the codec encoded it; shared, never written to
 */
public record Proposal(long origin, long requestId, Caller caller, byte[] command) {

  /** How much it counts where a bound is given in bytes. */
  public long sizeBytes() {
    return command.length + 23L + caller.sizeBytes();
  }
}
