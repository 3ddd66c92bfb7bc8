package io.quorate.examples.vertx;

import io.quorate.cluster.QuorateClusterManager;
import io.quorate.vertx.service.QuorateServicesOptions;
import io.quorate.vertx.service.ServiceName;
import io.quorate.vertx.service.server.QuorateServicesBinder;
import io.quorate.vertx.service.server.ServicesRegistration;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.bridge.BridgeEventType;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.StaticHandler;
import io.vertx.ext.web.handler.sockjs.BridgeEvent;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;

/**
 * Keys and watches in a browser, through vertx-web's bridge to the event bus: what the page does is
 * in {@code resources/browser/index.html}, without a library.
 *
 * <p>The only argument is the port, 8080 if absent. It serves until it is told to end. Whoever
 * reaches the port may change any key: before the bridge belongs what says who somebody is.
 */
public final class BrowserBridge {
  private static final String HOST = "127.0.0.1";
  private static final String KV = address(ServiceName.KV);
  private static final String WATCH = address(ServiceName.WATCH);

  /** What an address begins with at which a page listens. */
  private static final String PAGE = "page.";

  private BrowserBridge() {}

  private static String address(ServiceName service) {
    return service.address(QuorateServicesOptions.DEFAULT_ADDRESS_PREFIX);
  }

  public static void main(String[] args) {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
    Vertx vertx = Vertx.clusteredVertx(new VertxOptions()).await();
    ServicesRegistration services =
        QuorateServicesBinder.bind(
                QuorateClusterManager.clientOf(vertx), new QuorateServicesOptions())
            .await();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  services.close().await();
                  vertx.close().await();
                }));

    String origin = "http://" + HOST + ":" + port;
    Router router = Router.router(vertx);
    router.route("/eventbus/*").subRouter(bridge(vertx, origin));
    router.route().handler(StaticHandler.create("browser").setCachingEnabled(false));
    vertx.createHttpServer().requestHandler(router).listen(port, HOST).await();
    System.out.println("open " + origin);
  }

  // tag::bridge[]
  /** Nothing but what is permitted by name goes in or out. */
  private static Router bridge(Vertx vertx, String origin) {
    SockJSBridgeOptions permitted =
        new SockJSBridgeOptions()
            .addInboundPermitted(new PermittedOptions().setAddress(KV))
            .addInboundPermitted(new PermittedOptions().setAddress(WATCH))
            .addOutboundPermitted(new PermittedOptions().setAddressRegex("page\\..+"));
    // Another site's page cannot have the browser of somebody who uses this one talk to it.
    SockJSHandlerOptions options = new SockJSHandlerOptions().setOrigin(origin);
    return SockJSHandler.create(vertx, options)
        .bridge(permitted, event -> event.complete(isHarmless(event)));
  }

  /** A watch tells a page, and not just any address of the event bus that somebody names. */
  private static boolean isHarmless(BridgeEvent event) {
    if (event.type() != BridgeEventType.SEND) {
      return event.type() != BridgeEventType.PUBLISH;
    }
    JsonObject message = event.getRawMessage();
    if (!WATCH.equals(message.getValue("address"))) {
      return true;
    }
    return message.getValue("body") instanceof JsonObject body
        && (!(body.getValue("request") instanceof JsonObject request)
            || (request.getValue("address") instanceof String address && address.startsWith(PAGE)));
  }
  // end::bridge[]
}
