package io.quorate.vertx.client.remote;

import com.google.protobuf.CodedInputStream;
import io.quorate.command.Validation;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.TxnResponse;
import io.vertx.grpc.common.CodecException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.WireFormat;
import java.io.IOException;

/**
 * Decodes the responses of Txn down to the nesting that requests may have: protobuf's default limit
 * is half of that. Any thread.
 */
final class TxnResponseDecoder implements GrpcMessageDecoder<TxnResponse> {
  /** Two levels for each transaction, and those of the innermost content. */
  private static final int MAX_NESTING = 2 * Validation.MAX_TXN_DEPTH + 8;

  static final ServiceMethod<TxnResponse, TxnRequest> TXN =
      ServiceMethod.client(
          KVGrpcClient.Txn.serviceName(),
          KVGrpcClient.Txn.methodName(),
          GrpcMessageEncoder.encoder(),
          new TxnResponseDecoder());

  private TxnResponseDecoder() {}

  @Override
  public TxnResponse decode(GrpcMessage message) {
    CodedInputStream in = CodedInputStream.newInstance(message.payload().getBytes());
    in.setRecursionLimit(MAX_NESTING);
    try {
      return TxnResponse.parseFrom(in);
    } catch (IOException e) {
      throw new CodecException(e);
    }
  }

  @Override
  public boolean accepts(WireFormat format) {
    return format == WireFormat.PROTOBUF;
  }
}
