package io.quorate.codec;

import java.util.List;

/**
 * One message of the peer bus. The header is checked before the rest is looked at, so that a
 * stranger costs nothing.
 *
 * @param version {@link FormatVersion}
 * @param incarnation random number of the sending process; a change tells of a restart
 * @param sequence ascends with each frame that the process sends; none is taken twice
 */
public record PeerFrame(
    int version,
    long clusterId,
    long from,
    long to,
    long incarnation,
    long sequence,
    List<PeerMessage> messages) {
  public PeerFrame {
    messages = List.copyOf(messages);
  }
}
