package io.quorate.examples.visits;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.shareddata.Counter;

/**
 * Counts visits, together with all other processes of this application: a counter that is shared is
 * all that it needs to know of the cluster.
 *
 * <p>Configuration: {@code port} of the web server, 8080 unless set; 0 for any that is free.
 */
public final class Visits extends VerticleBase {
  @Override
  public Future<?> start() {
    return vertx.sharedData().getCounter("visits").compose(this::serve);
  }

  private Future<?> serve(Counter visits) {
    return vertx
        .createHttpServer()
        .requestHandler(
            request ->
                visits
                    .incrementAndGet()
                    .onSuccess(count -> request.response().end("visit " + count + "\n"))
                    .onFailure(
                        failure ->
                            request
                                .response()
                                .setStatusCode(503)
                                .end("not counted: " + failure.getMessage() + "\n")))
        .listen(config().getInteger("port", 8080), "127.0.0.1")
        .onSuccess(
            server -> System.out.println("visit me at http://127.0.0.1:" + server.actualPort()));
  }
}
