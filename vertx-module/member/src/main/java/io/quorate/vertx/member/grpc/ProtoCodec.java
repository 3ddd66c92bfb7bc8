package io.quorate.vertx.member.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.quorate.command.EtcdError;
import io.quorate.command.Validation;
import io.quorate.vertx.client.api.RpcException;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.grpc.common.CodecException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.WireFormat;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

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

  /**
   * Levels a request may be nested: what the deepest transaction takes, with what is in it. Fields
   * and groups that are not known have no more, which 256 KiB of stack are enough for (etcd goes to
   * 10,000).
   */
  static final int MAX_NESTING = 2 * Validation.MAX_TXN_DEPTH + 8;

  /** Levels of operations and transactions below the outermost, at which etcd reads no further. */
  private static final int ETCD_MAX_NESTING = 9_999;

  private static final int SUCCESS = messageTag(TxnRequest.SUCCESS_FIELD_NUMBER);
  private static final int FAILURE = messageTag(TxnRequest.FAILURE_FIELD_NUMBER);
  private static final int NESTED = messageTag(RequestOp.REQUEST_TXN_FIELD_NUMBER);

  private ProtoCodec() {}

  static <T> GrpcMessageDecoder<T> decoder(Parser<T> parser) {
    boolean isTxn = parser.equals(TxnRequest.parser());
    Parser<T> known = withoutUnknown(parser);
    return new GrpcMessageDecoder<>() {
      @Override
      public T decode(GrpcMessage message) {
        if (message.format() != WireFormat.PROTOBUF) {
          throw new CodecException("only protobuf is spoken here");
        }
        try {
          return known.parseFrom(input(message.payload()));
        } catch (InvalidProtocolBufferException e) {
          if (isTxn && isTooDeep(message.payload())) {
            throw RpcException.invalid(EtcdError.TOO_MANY_OPS.message());
          }
          throw new CodecException(why(e));
        }
      }

      @Override
      public boolean accepts(WireFormat format) {
        return format == WireFormat.PROTOBUF;
      }
    };
  }

  /** What is not known is of no use here, and to keep it takes memory, and twice the stack. */
  @SuppressWarnings("unchecked") // all messages here are of protobuf's full runtime
  private static <T> Parser<T> withoutUnknown(Parser<T> parser) {
    return (Parser<T>) DiscardUnknownFieldsParser.wrap((Parser<Message>) parser);
  }

  /** Without aliasing: fields of bytes become arrays of their own, nothing pins the buffer. */
  private static CodedInputStream input(Buffer payload) {
    ByteBuf buf = ((BufferInternal) payload).getByteBuf();
    CodedInputStream in =
        buf.hasArray()
            ? CodedInputStream.newInstance(
                buf.array(), buf.arrayOffset() + buf.readerIndex(), buf.readableBytes())
            : CodedInputStream.newInstance(payload.getBytes());
    in.setRecursionLimit(MAX_NESTING);
    return in;
  }

  /** The parser's complaint in the words of etcd's; none of its own, which are advice to us. */
  private static String why(InvalidProtocolBufferException e) {
    String complaint = String.valueOf(e.getMessage());
    if (complaint.contains("too many levels of nesting")) {
      return "proto: exceeded maximum recursion depth";
    }
    return complaint.contains("UTF-8")
        ? "string field contains invalid UTF-8"
        : "proto: cannot parse invalid wire-format data";
  }

  /**
   * Whether a {@code TxnRequest} that was too deep for the parser is so because of its
   * transactions, which has an error of its own, up to where etcd's parser ends. Looks at all of
   * them, without recursion.
   */
  private static boolean isTooDeep(Buffer txn) {
    CodedInputStream in = input(txn);
    Deque<Integer> outer = new ArrayDeque<>(); // limits; transactions and operations take turns
    int deepest = 0;
    try {
      while (deepest < ETCD_MAX_NESTING) {
        if (in.isAtEnd()) {
          if (outer.isEmpty()) {
            return deepest >= 2 * Validation.MAX_TXN_DEPTH;
          }
          in.popLimit(outer.pop());
          continue;
        }
        int tag = in.readTag();
        boolean inTxn = outer.size() % 2 == 0;
        if (inTxn ? tag == SUCCESS || tag == FAILURE : tag == NESTED) {
          outer.push(in.pushLimit(in.readRawVarint32()));
          deepest = Math.max(deepest, outer.size());
        } else {
          in.skipField(tag);
        }
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  private static int messageTag(int field) {
    return field << 3 | com.google.protobuf.WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }
}
