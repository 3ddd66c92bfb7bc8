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
 * What members ask each other beside frames: questions in JSON with one answer each, over the
 * private event bus, and connections beside it that show why there is no answer. Any thread;
 * answers come on the node's loop.
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
   * @param hostAndPort where this member is asked
   */
  PeerQuestions(Vertx vertx, String hostAndPort, @Nullable TlsMaterial tls) {
    this.vertx = vertx;
    this.hostAndPort = hostAndPort;
    this.encrypted = tls != null;
    this.lines = PeerLine.client(vertx, tls);
    this.trusting = PeerLine.trusting(vertx);
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
   * Asks whoever listens at {@code peer}.
   *
   * @return fails with the other one's reason, or when nothing has come for {@code timeoutMillis},
   *     and at once if nobody listens there
   */
  public Future<JsonObject> ask(URI peer, String name, JsonObject question, long timeoutMillis) {
    return reached(peer).compose(there -> askThere(peer, name, question, timeoutMillis));
  }

  /** The same, for who holds a {@link #line} to it. */
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
   * Opens a connection beside those of the bus, as it makes them, to see what becomes of it.
   *
   * @return fails with a {@link java.net.ConnectException} if nobody is there, and otherwise with
   *     what a handshake has come to
   */
  public Future<PeerLine> line(URI peer) {
    return PeerLine.open(lines, peer);
  }

  /**
   * Whether somebody is there, before the bus is to connect: it would log each try that comes to
   * nothing as a warning with a stack, and that a peer is down is nothing to be warned of each
   * time.
   */
  Future<Void> reached(URI peer) {
    return line(peer).compose(PeerLine::close);
  }

  /**
   * Why whoever is at {@code peer} and this one do not come to talk; empty if there is nobody, or
   * nothing that could be seen. Takes less than five seconds and never fails.
   */
  public Future<String> why(URI peer) {
    return PeerLine.why(vertx, encrypted ? lines : trusting, encrypted, peer);
  }

  /** Answers those who are about to join. */
  public Future<Void> tellMembers(java.util.function.Supplier<ClusterView> view) {
    return vertx
        .eventBus()
        .<JsonObject>consumer(PeerDirectory.address(MEMBERS, hostAndPort))
        .handler(question -> question.reply(view.get().toJson()))
        .completion();
  }

  /** Asks the member at {@code peer} who is in its cluster. */
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
