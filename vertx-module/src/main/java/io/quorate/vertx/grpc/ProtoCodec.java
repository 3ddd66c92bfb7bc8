package io.quorate.vertx.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.grpc.common.CodecException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.WireFormat;

/**
 * Messages to and from buffers with one copy less each way than the stock codecs: a request is
 * parsed where the network layer left it, a response is written once into an array of its size.
 * Protobuf only, uncompressed only. Any thread.
 */
final class ProtoCodec {
  static final GrpcMessageEncoder<MessageLite> ENCODER =
      new GrpcMessageEncoder<>() {
        @Override
        public GrpcMessage encode(MessageLite message, WireFormat format) {
          return GrpcMessage.message(
              "identity", BufferInternal.buffer(Unpooled.wrappedBuffer(message.toByteArray())));
        }

        @Override
        public boolean accepts(WireFormat format) {
          return format == WireFormat.PROTOBUF;
        }
      };

  private ProtoCodec() {}

  static <T> GrpcMessageDecoder<T> decoder(Parser<T> parser) {
    return new GrpcMessageDecoder<>() {
      @Override
      public T decode(GrpcMessage message) {
        if (message.format() != WireFormat.PROTOBUF) {
          throw new CodecException("only protobuf is spoken here");
        }
        try {
          return parser.parseFrom(input(message.payload()));
        } catch (InvalidProtocolBufferException e) {
          throw new CodecException(e);
        }
      }

      @Override
      public boolean accepts(WireFormat format) {
        return format == WireFormat.PROTOBUF;
      }
    };
  }

  /** Without aliasing: fields of bytes become arrays of their own, nothing pins the buffer. */
  private static CodedInputStream input(Buffer payload) {
    ByteBuf buf = ((BufferInternal) payload).getByteBuf();
    return buf.hasArray()
        ? CodedInputStream.newInstance(
            buf.array(), buf.arrayOffset() + buf.readerIndex(), buf.readableBytes())
        : CodedInputStream.newInstance(payload.getBytes());
  }
}
