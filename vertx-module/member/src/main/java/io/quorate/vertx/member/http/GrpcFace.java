package io.quorate.vertx.member.http;

import io.quorate.vertx.member.grpc.RpcServer;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * gRPC. Without TLS, HTTP/2 requests other than gRPC are not accepted here, as in etcd. An HTTP/1.1
 * client that offers an upgrade to HTTP/2, such as the JDK's, stays with HTTP/1.1 in etcd, but
 * Vert.x upgrades it; so its requests are left to the other faces.
 */
final class GrpcFace implements Face {
  private final RpcServer server;

  GrpcFace(Vertx vertx, MemberStore store, EndpointOptions options) {
    server = new RpcServer(vertx, store, options.rpc(), ConnectionGuard.STREAMS);
  }

  @Override
  public boolean takes(HttpServerRequest request) {
    String contentType = request.getHeader("content-type");
    return request.version() == HttpVersion.HTTP_2
        && contentType != null
        && contentType.startsWith("application/grpc");
  }

  @Override
  public void handle(HttpServerRequest request) {
    server.handle(request);
  }

  @Override
  public void closed(HttpConnection connection) {
    server.closed(connection);
  }

  @Override
  public void stop() {
    server.stop();
  }

  @Override
  public void close() {
    server.close();
  }

  @Override
  public long answerBytes() {
    return server.answerBytes();
  }
}
