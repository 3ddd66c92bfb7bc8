package io.quorate.codec;

import io.quorate.command.Command;
import io.quorate.command.MemberChange;
import io.quorate.command.Proposal;
import java.util.List;

/** Binary form of commands and of the batches that make up log entries; the seam. */
public final class CommandCodec {
  private CommandCodec() {}

  /** What an entry of kind NORMAL holds. */
  public record Batch(long wallClockMillis, List<Proposal> proposals) {
    public Batch {
      proposals = List.copyOf(proposals);
    }
  }

  /** What the context of a configuration change holds. */
  public record ProposedChange(long origin, long requestId, MemberChange change) {}

  public static byte[] encode(Command command) {
    throw new IllegalStateException("seam");
  }

  /**
   * @throws CodecException garbage, or a version or kind from the future
   */
  public static Command decode(byte[] bytes) {
    throw new IllegalStateException("seam");
  }

  /**
   * @param wallClockMillis the leader's clock, for history and audit, never for a decision
   */
  public static byte[] encodeBatch(long wallClockMillis, List<Proposal> proposals) {
    throw new IllegalStateException("seam");
  }

  public static Batch decodeBatch(byte[] bytes) {
    throw new IllegalStateException("seam");
  }

  public static byte[] encodeChange(ProposedChange change) {
    throw new IllegalStateException("seam");
  }

  public static ProposedChange decodeChange(byte[] bytes) {
    throw new IllegalStateException("seam");
  }
}
