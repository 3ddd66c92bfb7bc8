package io.quorate.vertx.member.peer;

import io.quorate.vertx.member.tls.TlsFailure;
import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A test connection to a peer, with the same settings as those of the event bus. Its outcome shows
 * what the bus does not report: which side refuses the other, and why. No data is sent over it.
 */
public final class PeerLine {
  /** Distinguishes these connections from those of the bus. */
  static final String METRICS_NAME = "line";

  private static final int CONNECT_MILLIS = 300;
  private static final int HANDSHAKE_MILLIS = 2_000;

  /** With TLS 1.3 a refusal arrives after the handshake, about one round trip later. */
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
      ClientSSLOptions ssl = sslOptions(tls);
      tls.turnOnWithoutIdentity(options)
          .setKeyCertOptions(ssl.getKeyCertOptions())
          .setTrustOptions(ssl.getTrustOptions())
          .setTrustAll(ssl.isTrustAll())
          .setHostnameVerificationAlgorithm(ssl.getHostnameVerificationAlgorithm());
    }
    return vertx.createNetClient(options);
  }

  static ClientSSLOptions sslOptions(TlsMaterial tls) {
    ClientSSLOptions ssl = tls.peerClient();
    ssl.setSslHandshakeTimeout(HANDSHAKE_MILLIS).setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    return ssl;
  }

  /**
   * A client for {@link #why} where connections are plain. It is closed together with its Vert.x:
   * closing a client after its event loops have ended is reported in the log.
   */
  static NetClient trusting(Vertx vertx) {
    return vertx.createNetClient(options().setSsl(true).setTrustAll(true));
  }

  private static NetClientOptions options() {
    NetClientOptions options =
        new NetClientOptions()
            .setConnectTimeout(CONNECT_MILLIS)
            .setMetricsName(METRICS_NAME)
            .setHostnameVerificationAlgorithm(""); // as on the bus
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

  /** Why the peer closed the connection; empty if it has not, or gave no reason. */
  public String whyEnded() {
    return ended.future().isComplete() ? ended.future().result() : "";
  }

  public Future<Void> close() {
    return socket.close().otherwiseEmpty();
  }

  /**
   * @param client made by {@link #client} if {@code encrypted}, else by {@link #trusting}
   */
  static Future<String> why(Vertx vertx, NetClient client, boolean encrypted, URI peer) {
    return encrypted ? whyTlsFails(vertx, client, peer) : whyNoPlainAnswer(client, peer);
  }

  private static Future<String> whyTlsFails(Vertx vertx, NetClient client, URI peer) {
    return open(client, peer)
        .compose(
            test ->
                Future.any(test.ended.future(), vertx.timer(REFUSAL_MILLIS, TimeUnit.MILLISECONDS))
                    .map(done -> test.whyEnded())
                    .eventually(test::close))
        .otherwise(e -> e instanceof SSLException ? String.valueOf(e.getMessage()) : "");
  }

  /** A peer that answers a TLS handshake uses TLS, whether or not it then accepts this member. */
  private static Future<String> whyNoPlainAnswer(NetClient client, URI peer) {
    return client
        .connect(PeerBus.port(peer), PeerBus.host(peer))
        .compose(socket -> socket.close().otherwiseEmpty())
        .map(closed -> true)
        .otherwise(PeerLine::isAnswerOfTls)
        .map(usesTls -> usesTls ? "it speaks TLS, and this process does not" : "");
  }

  private static boolean isAnswerOfTls(Throwable e) {
    return e instanceof SSLException && String.valueOf(e.getMessage()).contains("fatal alert");
  }
}
