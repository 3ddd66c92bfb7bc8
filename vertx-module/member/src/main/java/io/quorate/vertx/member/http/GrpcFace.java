package io.quorate.vertx.member.http;

import io.quorate.vertx.member.grpc.RpcServer;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * gRPC. Without TLS etcd serves nothing else on HTTP/2. But it lets clients that offer to go over
 * to HTTP/2, as the JDK's does, stay with HTTP/1.1, where Vert.x goes along: so theirs are not
 * taken here.
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
