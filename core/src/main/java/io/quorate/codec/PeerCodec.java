package io.quorate.codec;

/** Binary form of what members send each other; the seam. */
public final class PeerCodec {
  /** Version of the format; the first byte of a frame. */
  public static final int VERSION = 1;

  private PeerCodec() {}

  /** The fixed-size head of a frame, read without looking at the rest. */
  public record Header(int version, long clusterId, long from, long to, long incarnation) {}

  public static byte[] encode(PeerFrame frame) {
    throw new IllegalStateException("seam");
  }

  /**
   * @throws CodecException too short, or a version from the future
   */
  public static Header header(byte[] bytes) {
    throw new IllegalStateException("seam");
  }

  /**
   * @throws CodecException garbage anywhere; lengths are checked before anything is allocated
   */
  public static PeerFrame decode(byte[] bytes) {
    throw new IllegalStateException("seam");
  }
}
