package io.quorate.node;

import io.quorate.codec.PeerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Collects messages to other members, and sends each member's in one frame. Node loop only. */
final class Outbox {
  /** Is told of messages that were certainly not sent. */
  interface NotSentHandler {
    void notSent(long to, List<PeerMessage> messages);
  }

  private final long self;
  private final PeerLink link;
  private final NotSentHandler notSentHandler;
  private final TreeMap<Long, List<PeerMessage>> messages = new TreeMap<>();

  /**
   * @param self this member, to which nothing is sent
   */
  Outbox(long self, PeerLink link, NotSentHandler notSentHandler) {
    this.self = self;
    this.link = link;
    this.notSentHandler = notSentHandler;
  }

  void add(long to, PeerMessage message) {
    if (to != self) {
      messages.computeIfAbsent(to, t -> new ArrayList<>()).add(message);
    }
  }

  /** Sends the message now, with those collected before, instead of at the end of the turn. */
  void sendNow(long to, PeerMessage message) {
    add(to, message);
    flush();
  }

  /** Sends what has been collected. */
  void flush() {
    for (Map.Entry<Long, List<PeerMessage>> e : messages.entrySet()) {
      if (!link.send(e.getKey(), e.getValue())) {
        notSentHandler.notSent(e.getKey(), e.getValue());
      }
    }
    messages.clear();
  }

  /** Sends a frame without messages, to keep up a connection and to notice if it is lost. */
  void greet(long member) {
    if (member != self) {
      link.send(member, List.of());
    }
  }
}
