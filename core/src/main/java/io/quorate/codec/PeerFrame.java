package io.quorate.codec;

import java.util.List;

/**
 * What one member sends another at a time: a header and messages. The header is checked before the
 * rest is decoded, so that frames of strangers cost little.
 *
 * @param version {@link FormatVersion}
 * @param incarnation random number of the sending process; another one after a restart
 * @param sequence ascends with each frame that the process sends; receivers take none twice
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
