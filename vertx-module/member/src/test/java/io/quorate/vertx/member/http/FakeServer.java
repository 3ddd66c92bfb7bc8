package io.quorate.vertx.member.http;

import io.quorate.vertx.member.grpc.FakeClient;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CompletionException;

/** The client port over a store in memory, for trying it by hand with etcdctl or curl. */
public final class FakeServer {
  private FakeServer() {}

  /**
   * @param args the port
   */
  public static void main(String[] args) {
    int code = run(args, System.out, System.err);
    if (code != 0) {
      Runtime.getRuntime().exit(code);
    }
  }

  /**
   * Returns once the server listens; it listens until the JVM ends.
   *
   * @return 0, or 1 after printing one line with the error
   */
  static int run(String[] args, PrintStream out, PrintStream err) {
    int port;
    try {
      port = Integer.parseInt(String.join(" ", args));
    } catch (NumberFormatException e) {
      err.println("usage: FakeServer <port>");
      return 1;
    }
    Vertx vertx = Vertx.vertx();
    try {
      ClientEndpoint endpoint =
          new ClientEndpoint(vertx, new FakeClient(), EndpointOptions.defaults());
      endpoint
          .listen(List.of(SocketAddress.inetSocketAddress(port, "127.0.0.1")))
          .toCompletionStage()
          .toCompletableFuture()
          .join();
      out.println("listening on 127.0.0.1:" + endpoint.ports().get(0));
      return 0;
    } catch (CompletionException | IllegalArgumentException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      err.println("cannot listen on 127.0.0.1:" + port + ": " + cause.getMessage());
      vertx.close().toCompletionStage().toCompletableFuture().join();
      return 1;
    }
  }
}
