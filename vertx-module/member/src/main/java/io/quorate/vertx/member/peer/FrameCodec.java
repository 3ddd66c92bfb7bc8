package io.quorate.vertx.member.peer;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Writes an encoded peer frame to the event bus unchanged; the bus already delimits its messages.
 */
final class FrameCodec implements MessageCodec<FrameCodec.Frame, FrameCodec.Frame> {

  /** An encoded frame. */
  record Frame(byte[] bytes) {}

  /** Short, since each message contains it. */
  static final String NAME = "q";

  @Override
  public void encodeToWire(Buffer buffer, Frame frame) {
    buffer.appendBytes(frame.bytes());
  }

  @Override
  public Frame decodeFromWire(int position, Buffer buffer) {
    return new Frame(buffer.getBytes(position, buffer.length()));
  }

  @Override
  public Frame transform(Frame frame) {
    return frame;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
