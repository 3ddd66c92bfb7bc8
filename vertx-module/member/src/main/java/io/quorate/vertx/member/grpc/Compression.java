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
 * Compressed messages, with the rules and error texts of grpc-go: gzip is accepted and used for the
 * answers, anything else is refused. (etcd supports gzip because its tracing library registers it.)
 * Any thread.
 */
final class Compression {
  private static final String ENCODING = "grpc-encoding";
  private static final String ACCEPT = "grpc-accept-encoding";
  private static final String IDENTITY = "identity";
  private static final String GZIP = "gzip";

  /** The {@code grpc-encoding} of a call without compression, after {@link #declare}. */
  private static final String UNDECLARED = "";

  private Compression() {}

  /**
   * Sets an empty {@code grpc-encoding} in a call that declares no compression. If the header is
   * missing, the message parser of Vert.x 5.0 throws on a compressed message; if it is {@code
   * identity}, the parser takes a compressed message for an uncompressed one. Must be called before
   * that parser is created.
   */
  static void declare(MultiMap headers) {
    String encoding = headers.get(ENCODING);
    if (encoding == null || encoding.equals(IDENTITY)) {
      headers.set(ENCODING, UNDECLARED);
    }
  }

  /**
   * Checks the headers of a call after {@link #declare}.
   *
   * @throws RpcException if they declare a compression that is not supported
   */
  static void check(MultiMap headers) {
    String encoding = headers.get(ENCODING);
    if (encoding != null && !encoding.equals(UNDECLARED) && !encoding.equals(GZIP)) {
      throw new RpcException(
          GrpcStatus.UNIMPLEMENTED,
          "grpc: Decompressor is not installed for grpc-encoding \"" + encoding + "\"");
    }
  }

  /** Whether the answers of a call are compressed: its requests are, and the client accepts it. */
  static boolean compressesAnswers(MultiMap headers) {
    if (!GZIP.equals(headers.get(ENCODING))) {
      return false;
    }
    String accepted = headers.get(ACCEPT);
    return accepted == null
        || Arrays.stream(accepted.split(",")).anyMatch(name -> name.strip().equals(GZIP));
  }

  /**
   * Returns the uncompressed message. Never unpacks more than {@code maxBytes}.
   *
   * @throws RpcException if the message cannot be unpacked or is too large
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
