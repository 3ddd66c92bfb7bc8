package io.quorate.vertx.testing.member;

import com.google.protobuf.Message;
import io.quorate.vertx.client.proto.quorate.CountRequest;
import io.quorate.vertx.client.proto.quorate.CountResponse;
import io.quorate.vertx.client.proto.quorate.QuorateGrpcClient;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseGrantRequest;
import io.quorate.vertx.client.proto.rpc.LeaseGrantResponse;
import io.quorate.vertx.client.proto.rpc.LeaseGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveRequest;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveResponse;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeRequest;
import io.quorate.vertx.client.proto.rpc.LeaseRevokeResponse;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.PutResponse;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.TxnResponse;
import io.quorate.vertx.client.proto.rpc.WatchGrpcClient;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;

/** The methods of RPCs in the form that servers use; the product has the clients' form. */
public final class ServerMethods {
  public static final ServiceMethod<RangeRequest, RangeResponse> RANGE =
      of(KVGrpcClient.Range, RangeRequest.getDefaultInstance());
  public static final ServiceMethod<PutRequest, PutResponse> PUT =
      of(KVGrpcClient.Put, PutRequest.getDefaultInstance());
  public static final ServiceMethod<TxnRequest, TxnResponse> TXN =
      of(KVGrpcClient.Txn, TxnRequest.getDefaultInstance());
  public static final ServiceMethod<WatchRequest, WatchResponse> WATCH =
      of(WatchGrpcClient.Watch, WatchRequest.getDefaultInstance());
  public static final ServiceMethod<LeaseGrantRequest, LeaseGrantResponse> LEASE_GRANT =
      of(LeaseGrpcClient.LeaseGrant, LeaseGrantRequest.getDefaultInstance());
  public static final ServiceMethod<LeaseRevokeRequest, LeaseRevokeResponse> LEASE_REVOKE =
      of(LeaseGrpcClient.LeaseRevoke, LeaseRevokeRequest.getDefaultInstance());
  public static final ServiceMethod<LeaseKeepAliveRequest, LeaseKeepAliveResponse>
      LEASE_KEEP_ALIVE =
          of(LeaseGrpcClient.LeaseKeepAlive, LeaseKeepAliveRequest.getDefaultInstance());
  public static final ServiceMethod<CountRequest, CountResponse> COUNT =
      of(QuorateGrpcClient.Count, CountRequest.getDefaultInstance());

  private ServerMethods() {}

  private static <Q extends Message, R extends Message> ServiceMethod<Q, R> of(
      ServiceMethod<R, Q> method, Q request) {
    return ServiceMethod.server(
        method.serviceName(),
        method.methodName(),
        GrpcMessageEncoder.encoder(),
        GrpcMessageDecoder.decoder(request));
  }
}
