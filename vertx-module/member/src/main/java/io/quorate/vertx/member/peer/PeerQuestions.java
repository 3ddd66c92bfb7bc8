package io.quorate.vertx.member.peer;

import io.quorate.vertx.member.tls.TlsMaterial;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import java.net.URI;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Requests between members beside frames: in JSON, with one answer each, over the private event
 * bus; and test connections that show why there is no answer. Any thread; futures complete on the
 * node's loop.
 */
public final class PeerQuestions {
  private static final String MEMBERS = "members";
  private static final int REFUSED = 1;

  private final Vertx vertx;
  private final String hostAndPort;
  private final boolean encrypted;
  private final NetClient lines;
  private final NetClient trusting;

  /**
   * @param hostAndPort the address at which this member answers requests
   */
  PeerQuestions(Vertx vertx, String hostAndPort, @Nullable TlsMaterial tls) {
    this.vertx = vertx;
    this.hostAndPort = hostAndPort;
    this.encrypted = tls != null;
    this.lines = PeerLine.client(vertx, tls);
    this.trusting = PeerLine.trusting(vertx);
  }

  /** Uses other certificates, keys and authorities for new {@link #line}s. */
  Future<Boolean> update(TlsMaterial tls) {
    return lines.updateSSLOptions(PeerLine.sslOptions(tls));
  }

  void answer(String name, Function<JsonObject, Future<JsonObject>> answer) {
    vertx
        .eventBus()
        .<JsonObject>consumer(PeerDirectory.address(name, hostAndPort))
        .handler(
            question ->
                answer
                    .apply(question.body())
                    .onComplete(
                        question::reply,
                        e -> question.fail(REFUSED, String.valueOf(e.getMessage()))));
  }

  /**
   * Sends a request to the member at {@code peer}.
   *
   * @return fails with the reason the other member gave, or after {@code timeoutMillis} without an
   *     answer, or at once if nobody listens there
   */
  public Future<JsonObject> ask(URI peer, String name, JsonObject question, long timeoutMillis) {
    return reached(peer).compose(there -> askThere(peer, name, question, timeoutMillis));
  }

  /** Like {@link #ask}, for a caller whose open {@link #line} shows that somebody listens there. */
  public Future<JsonObject> askThere(
      URI peer, String name, JsonObject question, long timeoutMillis) {
    return vertx
        .eventBus()
        .<JsonObject>request(
            PeerDirectory.address(name, PeerBus.hostAndPort(peer)),
            question,
            new DeliveryOptions().setSendTimeout(timeoutMillis))
        .map(Message::body);
  }

  /**
   * Opens a test connection with the settings of the bus.
   *
   * @return fails with a {@link java.net.ConnectException} if nobody listens there, else with the
   *     outcome of the handshake
   */
  public Future<PeerLine> line(URI peer) {
    return PeerLine.open(lines, peer);
  }

  /**
   * Whether somebody listens at {@code peer}. To be called before the bus connects, since the bus
   * logs each failed connect as a warning with a stack trace, which is too much for a peer that is
   * down.
   */
  Future<Void> reached(URI peer) {
    return line(peer).compose(PeerLine::close);
  }

  /**
   * Why this member and the one at {@code peer} cannot communicate; empty if nobody listens there,
   * or no reason was found. Takes less than five seconds and never fails.
   */
  public Future<String> why(URI peer) {
    return PeerLine.why(vertx, encrypted ? lines : trusting, encrypted, peer);
  }

  /** Answers the requests of {@link #askMembers} with {@code view}. */
  public Future<Void> tellMembers(java.util.function.Supplier<ClusterView> view) {
    return vertx
        .eventBus()
        .<JsonObject>consumer(PeerDirectory.address(MEMBERS, hostAndPort))
        .handler(question -> question.reply(view.get().toJson()))
        .completion();
  }

  /** Asks the member at {@code peer} for its view of the cluster. */
  public Future<ClusterView> askMembers(URI peer) {
    return reached(peer)
        .compose(
            there ->
                vertx
                    .eventBus()
                    .<JsonObject>request(
                        PeerDirectory.address(MEMBERS, PeerBus.hostAndPort(peer)),
                        ClusterView.question(),
                        new DeliveryOptions().setSendTimeout(2_000)))
        .map(reply -> ClusterView.of(reply.body()))
        .recover(
            e ->
                why(peer)
                    .compose(
                        why ->
                            Future.failedFuture(
                                why.isEmpty() ? e : new IllegalStateException(why, e))));
  }
}
