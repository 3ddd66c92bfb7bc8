package io.quorate.vertx.http;

import io.quorate.vertx.grpc.FakeClient;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.util.List;

/** The client port over a store in memory, to be tried with etcdctl or curl by hand. */
public final class FakeServer {
  private FakeServer() {}

  /**
   * @param args the port
   */
  public static void main(String[] args) {
    Vertx vertx = Vertx.vertx();
    new ClientEndpoint(vertx, new FakeClient(), EndpointOptions.defaults())
        .listen(List.of(SocketAddress.inetSocketAddress(Integer.parseInt(args[0]), "127.0.0.1")))
        .onComplete(v -> System.out.println("listening"), Throwable::printStackTrace);
  }
}
