package io.quorate.vertx.member.grpc;

import io.netty.buffer.ByteBufInputStream;
import io.quorate.vertx.client.api.RpcException;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/**
 * Messages that clients compress, with the rules and texts of grpc-go: gzip is understood and
 * answered in kind, anything else is refused. etcd has gzip since its tracing brings it along. Any
 * thread.
 */
final class Compression {
  private static final String ENCODING = "grpc-encoding";
  private static final String ACCEPT = "grpc-accept-encoding";
  private static final String IDENTITY = "identity";
  private static final String GZIP = "gzip";

  /** What a compressed message says of a call that declared no compression. */
  private static final String UNDECLARED = "";

  private Compression() {}

  /**
   * Makes the headers of a call say that it declares no compression rather than be silent: the
   * deframer of Vert.x 5.0 throws at a compressed message if they are silent, and takes {@code
   * identity} for what the message is. To be called before the deframer is made.
   */
  static void declare(MultiMap headers) {
    String encoding = headers.get(ENCODING);
    if (encoding == null || encoding.equals(IDENTITY)) {
      headers.set(ENCODING, UNDECLARED);
    }
  }

  /**
   * Looks at the headers of a call after {@link #declare}.
   *
   * @throws RpcException if they declare what is not understood
   */
  static void check(MultiMap headers) {
    String encoding = headers.get(ENCODING);
    if (encoding != null && !encoding.equals(UNDECLARED) && !encoding.equals(GZIP)) {
      throw new RpcException(
          GrpcStatus.UNIMPLEMENTED,
          "grpc: Decompressor is not installed for grpc-encoding \"" + encoding + "\"");
    }
  }

  /** Whether the answers of a call go out compressed: its requests may be, and it does not mind. */
  static boolean compressesAnswers(MultiMap headers) {
    if (!GZIP.equals(headers.get(ENCODING))) {
      return false;
    }
    String accepted = headers.get(ACCEPT);
    return accepted == null
        || Arrays.stream(accepted.split(",")).anyMatch(name -> name.strip().equals(GZIP));
  }

  /**
   * The message as it was before the client compressed it, if it did. No more than {@code maxBytes}
   * are ever unpacked.
   *
   * @throws RpcException if that is not possible or too much
   */
  static GrpcMessage expand(GrpcMessage message, int maxBytes) {
    return switch (message.encoding()) {
      case IDENTITY -> message;
      case GZIP ->
          GrpcMessage.message(IDENTITY, message.format(), inflate(message.payload(), maxBytes));
      default ->
          throw new RpcException(
              GrpcStatus.INTERNAL, "grpc: compressed flag set with identity or empty encoding");
    };
  }

  private static Buffer inflate(Buffer payload, int maxBytes) {
    byte[] bytes;
    try (InputStream in =
        new GZIPInputStream(new ByteBufInputStream(((BufferInternal) payload).getByteBuf()))) {
      bytes = in.readNBytes(maxBytes + 1);
    } catch (IOException e) {
      String why = e instanceof EOFException ? "unexpected EOF" : e.getMessage();
      throw new RpcException(GrpcStatus.INTERNAL, "grpc: failed to decompress the message: " + why);
    }
    if (bytes.length > maxBytes) {
      throw new RpcException(
          GrpcStatus.RESOURCE_EXHAUSTED,
          "grpc: received message after decompression larger than max " + maxBytes);
    }
    return Buffer.buffer(bytes);
  }
}
