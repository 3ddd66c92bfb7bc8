package io.quorate.vertx.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameTypes;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An HTTP/2 client without limits of its own for streams that it opens and cancels. */
public final class RawHttp2 implements AutoCloseable {
  private static final int CANCEL = 8;
  private static final int END_HEADERS = 4;
  private static final int ACK = 1;
  private static final int END_STREAM = 1;

  private final Socket socket;
  private final DataOutputStream out;
  private final DataInputStream in;
  private final DefaultHttp2HeadersEncoder hpack = new DefaultHttp2HeadersEncoder();

  /** Uses the initial windows of the HTTP/2 specification. */
  public RawHttp2(int port) throws IOException {
    this(port, new byte[0]);
  }

  /**
   * A client that lets the server send {@code bytes} on each call, and never opens the window
   * further.
   */
  public static RawHttp2 withInitialWindow(int port, int bytes) throws IOException {
    return new RawHttp2(
        port,
        Unpooled.buffer()
            .writeShort(Http2CodecUtil.SETTINGS_INITIAL_WINDOW_SIZE)
            .writeInt(bytes)
            .array());
  }

  private RawHttp2(int port, byte[] settings) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 1 << 16));
    in = new DataInputStream(socket.getInputStream());
    out.write(ByteBufUtil.getBytes(Http2CodecUtil.connectionPrefaceBuf()));
    frame(Http2FrameTypes.SETTINGS, 0, 0, Arrays.copyOf(settings, settings.length / 6 * 6));
    ping();
  }

  /** Opens a gRPC call with one message; the sending side stays open. */
  public void call(int stream, String path, byte[] message) throws Exception {
    ByteBuf block = Unpooled.buffer();
    hpack.encodeHeaders(
        stream,
        new DefaultHttp2Headers()
            .method("POST")
            .scheme("http")
            .path(path)
            .authority("localhost")
            .add("content-type", "application/grpc")
            .add("te", "trailers"),
        block);
    frame(Http2FrameTypes.HEADERS, END_HEADERS, stream, ByteBufUtil.getBytes(block));
    ByteBuf data = Unpooled.buffer().writeByte(0).writeInt(message.length).writeBytes(message);
    while (data.isReadable()) {
      int length = Math.min(data.readableBytes(), Http2CodecUtil.DEFAULT_MAX_FRAME_SIZE);
      frame(Http2FrameTypes.DATA, 0, stream, ByteBufUtil.getBytes(data.readSlice(length)));
    }
  }

  public void reset(int stream) throws IOException {
    frame(Http2FrameTypes.RST_STREAM, 0, stream, new byte[] {0, 0, 0, CANCEL});
  }

  /**
   * Returns after the server has received everything sent before; fails if the connection is
   * closed.
   */
  public void ping() throws IOException {
    frame(Http2FrameTypes.PING, 0, 0, new byte[8]);
    out.flush();
    while (true) {
      Frame frame = read();
      if (frame == null) {
        throw new EOFException();
      }
      if (frame.type == Http2FrameTypes.GO_AWAY) {
        String why = new String(frame.payload, 8, frame.payload.length - 8, StandardCharsets.UTF_8);
        throw new IOException("sent away: " + why);
      }
      if (frame.type == Http2FrameTypes.PING && frame.flags == ACK) {
        return;
      }
    }
  }

  /**
   * Waits for a ping of the server and returns its content; null if the server has closed the
   * connection.
   */
  public byte @Nullable [] awaitPing() throws IOException {
    while (true) {
      Frame frame = read();
      if (frame == null) {
        return null;
      }
      if (frame.type == Http2FrameTypes.PING && frame.flags == 0) {
        return frame.payload;
      }
    }
  }

  public void answerPing(byte[] payload) throws IOException {
    frame(Http2FrameTypes.PING, ACK, 0, payload);
    out.flush();
  }

  /**
   * Waits until the server has reset a call and returns the stream; 0 if the server has closed the
   * connection.
   */
  public int awaitReset() throws IOException {
    while (true) {
      Frame frame = read();
      if (frame == null) {
        return 0;
      }
      if (frame.type == Http2FrameTypes.RST_STREAM) {
        return frame.stream;
      }
    }
  }

  /** Half closes a call. */
  public void end(int stream) throws IOException {
    frame(Http2FrameTypes.DATA, END_STREAM, stream, new byte[0]);
  }

  public void flush() throws IOException {
    out.flush();
  }

  private record Frame(byte type, byte flags, int stream, byte[] payload) {}

  private @Nullable Frame read() throws IOException {
    int high = in.read();
    if (high < 0) {
      return null;
    }
    int length = high << 16 | in.readUnsignedShort();
    byte type = in.readByte();
    byte flags = in.readByte();
    int stream = in.readInt();
    return new Frame(type, flags, stream, in.readNBytes(length));
  }

  private void frame(byte type, int flags, int stream, byte[] payload) throws IOException {
    out.writeByte(payload.length >> 16);
    out.writeShort(payload.length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(stream);
    out.write(payload);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
