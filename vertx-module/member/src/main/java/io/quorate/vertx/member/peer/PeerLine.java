package io.quorate.vertx.member.peer;

import io.quorate.vertx.member.tls.TlsFailure;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a peer beside those of the bus, made as the bus makes its own. What it comes to
 * tells what the bus does not: who refuses whom, and why. Nothing is said over it.
 */
public final class PeerLine {
  /** What sets these connections apart from those of the bus. */
  static final String METRICS_NAME = "line";

  private static final int CONNECT_MILLIS = 300;
  private static final int HANDSHAKE_MILLIS = 2_000;

  /** Since TLS 1.3 a refusal comes after the handshake, and takes as long as a message. */
  private static final long REFUSAL_MILLIS = 2_000;

  private final NetSocket socket;
  private final boolean encrypted;
  private final Promise<String> ended = Promise.promise();
  private @Nullable Throwable failure;

  private PeerLine(NetSocket socket) {
    this.socket = socket;
    this.encrypted = socket.isSsl();
    socket.exceptionHandler(e -> failure = e);
    socket.closeHandler(closed -> ended.tryComplete(refusal()));
  }

  private String refusal() {
    Throwable e = failure;
    if (!encrypted) {
      return "";
    }
    return e == null ? TlsFailure.CLOSED : TlsFailure.text(e);
  }

  static NetClient client(Vertx vertx, @Nullable TlsMaterial tls) {
    NetClientOptions options = options();
    if (tls != null) {
      tls.turnOn(options);
    }
    return vertx.createNetClient(options);
  }

  /**
   * For {@link #why} where nothing is encrypted. It is closed by its Vert.x and not before: a
   * client that is closed when the loops have ended reports that to the log.
   */
  static NetClient trusting(Vertx vertx) {
    return vertx.createNetClient(options().setSsl(true).setTrustAll(true));
  }

  private static NetClientOptions options() {
    NetClientOptions options =
        new NetClientOptions()
            .setConnectTimeout(CONNECT_MILLIS)
            .setMetricsName(METRICS_NAME)
            .setHostnameVerificationAlgorithm(""); // as the bus
    options
        .setSslHandshakeTimeout(HANDSHAKE_MILLIS)
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    return options;
  }

  static Future<PeerLine> open(NetClient client, URI peer) {
    return client
        .connect(PeerBus.port(peer), PeerBus.host(peer))
        .map(PeerLine::new)
        .recover(
            e ->
                Future.failedFuture(
                    e instanceof SSLException ? new SSLException(TlsFailure.text(e), e) : e));
  }

  /** Why the other side has ended it; empty while it has not, or if it has not said. */
  public String whyEnded() {
    return ended.future().isComplete() ? ended.future().result() : "";
  }

  public Future<Void> close() {
    return socket.close().otherwiseEmpty();
  }

  /**
   * @param client as {@link #client} makes them if {@code encrypted}, otherwise {@link #trusting}
   */
  static Future<String> why(Vertx vertx, NetClient client, boolean encrypted, URI peer) {
    return encrypted ? whyRefused(vertx, client, peer) : whyMute(client, peer);
  }

  private static Future<String> whyRefused(Vertx vertx, NetClient client, URI peer) {
    return open(client, peer)
        .compose(
            line ->
                Future.any(line.ended.future(), vertx.timer(REFUSAL_MILLIS, TimeUnit.MILLISECONDS))
                    .map(done -> line.whyEnded())
                    .eventually(line::close))
        .otherwise(e -> e instanceof SSLException ? String.valueOf(e.getMessage()) : "");
  }

  /** Who answers a handshake wants one, whether it then likes us or not. */
  private static Future<String> whyMute(NetClient client, URI peer) {
    return client
        .connect(PeerBus.port(peer), PeerBus.host(peer))
        .compose(socket -> socket.close().otherwiseEmpty())
        .map(closed -> true)
        .otherwise(PeerLine::isAnswerOfTls)
        .map(speaks -> speaks ? "it speaks TLS, and this process does not" : "");
  }

  private static boolean isAnswerOfTls(Throwable e) {
    return e instanceof SSLException && String.valueOf(e.getMessage()).contains("fatal alert");
  }
}
