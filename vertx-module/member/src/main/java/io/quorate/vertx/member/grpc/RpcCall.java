package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.EtcdException;
import io.quorate.vertx.client.api.RpcException;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.fault.FatalErrors;
import io.quorate.vertx.member.store.MemberStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.CodecException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.InvalidMessageException;
import io.vertx.grpc.common.MessageSizeOverflowException;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import org.jspecify.annotations.Nullable;

/**
 * One call in progress. Whatever happens it ends exactly once, and what comes after the end (a late
 * result, a further message) is dropped. A client that cancels, or whose connection is lost, ends
 * it; nothing more is done for it then. What has been sent and is not taken counts as held by the
 * connection, and is dropped if it is not taken for long. One event loop only.
 */
abstract class RpcCall<Q extends MessageLite> extends Deadlines.Timed {
  private static final Logger LOG = Logger.getLogger(RpcCall.class);

  /** For so many looks an answer may wait for a client that takes nothing of it: a minute. */
  private static final int STALLED_LOOKS = 60;

  /** As long as somebody else waits for the memory. */
  private static final int STALLED_IN_THE_WAY_LOOKS = 3;

  /** So many answers of one connection are dropped; then it is closed. */
  private static final int MOST_DROPPED = 100;

  final RpcServer server;
  final GrpcServerRequest<Q, MessageLite> request;
  final GrpcServerResponse<Q, MessageLite> response;

  /** The same call as HTTP sees it. */
  final HttpServerRequest http;

  final AnswerBudget.Account account;

  /** The member, for whoever calls. */
  final MemberStore store;

  private final GrpcMessageDecoder<Q> decoder;
  private volatile boolean over;
  private long untakenBytes;

  private boolean hasSent;

  /** Links of the {@link UntakenAnswers} that this call is among while something is untaken. */
  @Nullable RpcCall<?> previousUntaken;

  @Nullable RpcCall<?> nextUntaken;

  /** Looks since something was taken. */
  private int idleLooks;

  RpcCall(
      RpcServer server, GrpcServerRequest<Q, MessageLite> request, GrpcMessageDecoder<Q> decoder) {
    this.server = server;
    this.request = request;
    this.response = request.response();
    this.decoder = decoder;
    this.http = server.arriving();
    this.account = server.accountOf(http.connection());
    this.store = server.storeFor(http.connection());
    server.opened();
  }

  /** A request of this call. */
  abstract void received(Q message);

  /** The client says that no request will follow. */
  abstract void halfClosed();

  /** Called once, whichever way the call ended. */
  void released() {}

  /** Something that was sent has been taken. */
  void taken() {}

  /** Any thread. */
  final boolean isOver() {
    return over;
  }

  /** Any thread; as {@link io.quorate.vertx.member.store.MemberStore#onBehalfOf} asks. */
  final boolean isWanted() {
    return !over;
  }

  final void listen() {
    request.errorHandler(cancelled -> abandon());
    request.exceptionHandler(lost -> abandon());
    response.exceptionHandler(lost -> abandon());
    request.invalidMessageHandler(this::invalid);
    request.messageHandler(this::raw);
    request.endHandler(
        end -> {
          if (!over) {
            halfClosed();
          }
        });
  }

  /**
   * Sees to the deadline the client gave.
   *
   * @return false if the call has ended because of it
   */
  final boolean startDeadline() {
    long timeoutMillis = Metadata.timeoutMillis(request.headers());
    if (timeoutMillis == 0) {
      deadlinePassed();
      return false;
    }
    if (timeoutMillis != Metadata.NO_TIMEOUT) {
      server.deadlines().add(this, timeoutMillis);
    }
    return true;
  }

  private void raw(GrpcMessage raw) {
    if (over) {
      return;
    }
    Q message;
    try {
      message = decoder.decode(Compression.expand(raw, server.options().maxMessageBytes()));
    } catch (RpcException e) {
      fail(e);
      return;
    } catch (CodecException e) {
      fail(GrpcStatus.INTERNAL, "grpc: error unmarshalling request: " + e.getMessage());
      return;
    }
    try {
      received(message);
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void invalid(InvalidMessageException e) {
    if (e instanceof MessageSizeOverflowException overflow) {
      fail(
          GrpcStatus.RESOURCE_EXHAUSTED,
          "grpc: received message larger than max ("
              + overflow.messageSize()
              + " vs. "
              + server.options().maxMessageBytes()
              + ")");
    } else {
      fail(GrpcStatus.INTERNAL, "grpc: malformed message");
    }
  }

  @Override
  final void deadlinePassed() {
    fail(GrpcStatus.DEADLINE_EXCEEDED, "context deadline exceeded");
  }

  /** Ends with the status that belongs to {@code failure}; what nobody foresaw is logged. */
  final void fail(Throwable failure) {
    if (failure instanceof EtcdException e) {
      fail(GrpcStatus.valueOf(e.error().code().number()), e.error().message());
    } else if (failure instanceof RpcException e) {
      fail(e.status(), String.valueOf(e.getMessage()));
    } else {
      if (!over) {
        LOG.error("rpc {} failed: {}", request.fullMethodName(), failure, failure);
      }
      FatalErrors.report(failure);
      fail(GrpcStatus.INTERNAL, "quorate: internal error; the log of this member has it");
    }
  }

  final void fail(GrpcStatus status, String message) {
    if (end()) {
      quietly(() -> endWith(status, message));
    }
  }

  /** Says how the call ended, in place of an answer or behind a part of one. */
  void endWith(GrpcStatus status, String message) {
    endBehind(() -> response.status(status).statusMessage(message).end());
  }

  /** Ends with OK and {@code message}. */
  final void finish(MessageLite message) {
    if (end()) {
      quietly(
          () -> {
            send(message);
            endBehind(response::end);
          });
    }
  }

  /** Ends with OK. */
  final void finish() {
    if (end()) {
      quietly(() -> endBehind(response::end));
    }
  }

  /** Ends with OK by way of HTTP. */
  final void finish(Runnable write) {
    if (end()) {
      quietly(write);
    }
  }

  /** The client is gone: there is nobody to answer. */
  final void abandon() {
    end();
  }

  final void write(MessageLite message) {
    if (!over) {
      quietly(() -> send(message));
    }
  }

  private void send(MessageLite message) {
    sent(response.write(message), message.getSerializedSize());
  }

  /**
   * Trailers wait here until what was sent before has left: where Vert.x lets them wait it has an
   * error with a stack for each client that cancels meanwhile.
   */
  final void endBehind(Runnable trailers) {
    if (!hasSent || server.http2().isWritable(http)) {
      trailers.run();
    } else {
      http.response().write(Buffer.buffer()).onSuccess(v -> quietly(trailers));
    }
  }

  private boolean end() {
    if (over) {
      return false;
    }
    over = true;
    server.deadlines().remove(this);
    server.ended();
    released();
    return true;
  }

  /**
   * The response throws if the client has cancelled in the meantime, which is its right and must
   * not harm whoever is handing out answers.
   */
  final void quietly(Runnable write) {
    try {
      write.run();
    } catch (IllegalStateException e) {
      LOG.debug("rpc {}: answer not sent, {}", request.fullMethodName(), e.getMessage());
      abandon();
    }
  }

  // ---- what has been sent and is not taken

  /** Sent and not yet in the hands of the socket, in bytes. */
  final long untakenBytes() {
    return untakenBytes;
  }

  /** True once a part of an answer has been sent. */
  final boolean hasSent() {
    return hasSent;
  }

  /** False while what is sent has been accounted for in another way. */
  boolean countsWhatIsSent() {
    return true;
  }

  /** To be told of everything that is written, so that it counts until it is taken or dropped. */
  final void sent(Future<Void> written, long bytes) {
    hasSent = true;
    if (written.isComplete()) {
      if (written.failed()) {
        abandon();
      }
      return;
    }
    long held = countsWhatIsSent() ? bytes : 0;
    account.hold(held);
    if (untakenBytes == 0) {
      idleLooks = 0;
      server.untaken().add(this);
    }
    untakenBytes += bytes;
    written.onComplete(
        done -> {
          untakenBytes -= bytes;
          idleLooks = 0;
          if (untakenBytes == 0) {
            server.untaken().remove(this);
          }
          account.release(held);
          if (done.failed()) {
            abandon();
          }
          taken();
        });
  }

  /** Once a second, while something is untaken. */
  final void look() {
    int most = server.isContended() ? STALLED_IN_THE_WAY_LOOKS : STALLED_LOOKS;
    if (++idleLooks <= most) {
      return;
    }
    int dropped = account.dropped();
    if (dropped == 1) {
      LOG.info(
          "{}: {} bytes of an answer to {} dropped, nothing of it was taken for {} s; further"
              + " ones of this connection are dropped silently",
          http.connection().remoteAddress(),
          untakenBytes,
          request.fullMethodName(),
          most);
    }
    abandon();
    if (dropped < MOST_DROPPED) {
      server.http2().drop(http);
    } else {
      LOG.info("{}: closed, {} answers were not taken", http.connection().remoteAddress(), dropped);
      http.connection().close();
    }
  }
}
