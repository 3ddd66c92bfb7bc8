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
 * Encodes and decodes messages with one copy less than the standard codecs: a request is parsed
 * from the network buffer, a response is written into one array of its size. Protobuf without
 * compression only. Any thread.
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
   * How deep the messages of a request may be nested: as deep as the deepest allowed transaction.
   * Unknown fields and groups have the same limit (etcd's is 10,000). 256 KiB of stack are enough
   * for it.
   */
  static final int MAX_NESTING = 2 * Validation.MAX_TXN_DEPTH + 8;

  /**
   * Nesting levels of operations and transactions below the outermost message at which etcd's
   * parser fails.
   */
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

  /**
   * A parser that skips unknown fields: they are not used, and keeping them needs memory and twice
   * the stack.
   */
  @SuppressWarnings("unchecked") // all messages here are of protobuf's full runtime
  private static <T> Parser<T> withoutUnknown(Parser<T> parser) {
    return (Parser<T>) DiscardUnknownFieldsParser.wrap((Parser<Message>) parser);
  }

  /**
   * Without aliasing: fields of bytes are copied, so that they do not keep the buffer in memory.
   */
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

  /**
   * The error in the words of etcd's parser, without the advice to developers that Java's parser
   * adds.
   */
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
   * Whether a {@code TxnRequest} was too deep for the parser because of nested transactions within
   * the limits of etcd's parser; that has an error code of its own. Looks at all transactions,
   * without recursion.
   */
  private static boolean isTooDeep(Buffer txn) {
    CodedInputStream in = input(txn);
    Deque<Integer> outer =
        new ArrayDeque<>(); // ends of the enclosing messages; transactions and operations alternate
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
