package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.EtcdError;
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
 * One call in progress. It ends exactly once; events after its end, such as a late result or
 * another message, are ignored. It also ends when the client cancels or its connection is lost;
 * then no more work is done for it. What was written and has not left yet is counted for the
 * connection, and dropped if it does not leave for long. Used on one event loop only.
 */
abstract class RpcCall<Q extends MessageLite> extends Deadlines.Timed {
  private static final Logger LOG = Logger.getLogger(RpcCall.class);

  /**
   * How many checks, one a second, an answer may make no progress before it is dropped: a minute.
   */
  private static final int MAX_STALLED_CHECKS = 60;

  /** The same while other calls wait for the memory. */
  private static final int MAX_STALLED_CHECKS_UNDER_CONTENTION = 3;

  /** A connection is closed after this many dropped answers. */
  private static final int MAX_DROPPED = 100;

  final RpcServer server;
  final GrpcServerRequest<Q, MessageLite> request;
  final GrpcServerResponse<Q, MessageLite> response;

  /** The call's HTTP request. */
  final HttpServerRequest http;

  final AnswerBudget.Account account;

  /** The member's store, for the caller of this call. */
  final MemberStore store;

  private final GrpcMessageDecoder<Q> decoder;
  private volatile boolean over;
  private long pendingBytes;

  private boolean hasSent;

  /** Links in the list of {@link PendingWrites}, while something has not left yet. */
  @Nullable RpcCall<?> previousPending;

  @Nullable RpcCall<?> nextPending;

  /** Checks since something left. */
  private int stalledChecks;

  RpcCall(
      RpcServer server, GrpcServerRequest<Q, MessageLite> request, GrpcMessageDecoder<Q> decoder) {
    this.server = server;
    this.request = request;
    this.response = request.response();
    this.decoder = decoder;
    this.http = server.arriving();
    this.account = server.accountOf(http.connection());
    this.store = server.storeFor(http.connection(), Metadata.token(request.headers()));
    server.opened();
  }

  /** Called with each request message. */
  abstract void received(Q message);

  /** The client has announced that no request will follow. */
  abstract void halfClosed();

  /** Called once when the call has ended, for whatever reason. */
  void onEnd() {}

  /** Called when something that was written has left, or failed to. */
  void onWriteCompleted() {}

  /** Any thread. */
  final boolean isOver() {
    return over;
  }

  /** For {@link io.quorate.vertx.member.store.MemberStore#onBehalfOf}. Any thread. */
  final boolean isWanted() {
    return !over;
  }

  final void listen() {
    request.errorHandler(cancelled -> abandon());
    request.exceptionHandler(lost -> abandon());
    response.exceptionHandler(lost -> abandon());
    request.invalidMessageHandler(this::invalid);
    request.messageHandler(this::receive);
    request.endHandler(
        end -> {
          if (!over) {
            halfClosed();
          }
        });
  }

  /**
   * Starts the deadline that the client set.
   *
   * @return false if the call has ended because the deadline has already passed
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

  final void serverStopped() {
    interrupt(EtcdError.STOPPED);
  }

  /** Ends a call that does not end by itself. */
  void interrupt(EtcdError reason) {
    fail(reason.exception());
  }

  private void receive(GrpcMessage encoded) {
    if (over) {
      return;
    }
    Q message;
    try {
      message = decoder.decode(Compression.expand(encoded, server.options().maxMessageBytes()));
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

  /** Ends the call with the status for {@code failure}; an unexpected failure is logged. */
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
      ignoringCancel(() -> endWith(status, message));
    }
  }

  /** Sends the final status, in place of an answer or after a part of one. */
  void endWith(GrpcStatus status, String message) {
    endAfterWrites(() -> response.status(status).statusMessage(message).end());
  }

  /** Ends with OK and {@code message}. */
  final void finish(MessageLite message) {
    if (end()) {
      ignoringCancel(
          () -> {
            send(message);
            endAfterWrites(response::end);
          });
    }
  }

  /** Ends with OK. */
  final void finish() {
    if (end()) {
      ignoringCancel(() -> endAfterWrites(response::end));
    }
  }

  /** Ends with OK; {@code write} sends the status over HTTP. */
  final void finish(Runnable write) {
    if (end()) {
      ignoringCancel(write);
    }
  }

  /** Ends the call without an answer, since the client is gone. */
  final void abandon() {
    end();
  }

  final void write(MessageLite message) {
    if (!over) {
      ignoringCancel(() -> send(message));
    }
  }

  private void send(MessageLite message) {
    sent(response.write(message), message.getSerializedSize());
  }

  /**
   * Sends trailers after everything that was written before has left. If Vert.x queued them, it
   * would log an error with a stack trace for each client that cancels in the meantime.
   */
  final void endAfterWrites(Runnable trailers) {
    if (!hasSent || server.http2().isWritable(http)) {
      trailers.run();
    } else {
      http.response().write(Buffer.buffer()).onSuccess(v -> ignoringCancel(trailers));
    }
  }

  private boolean end() {
    if (over) {
      return false;
    }
    over = true;
    server.deadlines().remove(this);
    server.ended();
    onEnd();
    return true;
  }

  /**
   * Ignores the exception that the response throws if the client has cancelled: cancelling is no
   * error, and must not affect the thread that passes results on.
   */
  final void ignoringCancel(Runnable write) {
    try {
      write.run();
    } catch (IllegalStateException e) {
      LOG.debug("rpc {}: answer not sent, {}", request.fullMethodName(), e.getMessage());
      abandon();
    }
  }

  // ---- what was written and has not left yet

  /** Bytes written that have not left for the socket yet. */
  final long pendingBytes() {
    return pendingBytes;
  }

  /** Whether a part of an answer has been written. */
  final boolean hasSent() {
    return hasSent;
  }

  /** False if what is written is already counted in another way. */
  boolean countsPendingWrites() {
    return true;
  }

  /** Counts what was written until it has left or was dropped. To be called for each write. */
  final void sent(Future<Void> written, long bytes) {
    hasSent = true;
    if (written.isComplete()) {
      if (written.failed()) {
        abandon();
      }
      return;
    }
    long held = countsPendingWrites() ? bytes : 0;
    account.hold(held);
    if (pendingBytes == 0) {
      stalledChecks = 0;
      server.pendingWrites().add(this);
    }
    pendingBytes += bytes;
    written.onComplete(
        done -> {
          pendingBytes -= bytes;
          stalledChecks = 0;
          if (pendingBytes == 0) {
            server.pendingWrites().remove(this);
          }
          account.release(held);
          if (done.failed()) {
            abandon();
          }
          onWriteCompleted();
        });
  }

  /** Called once a second while something has not left. */
  final void checkProgress() {
    int maxChecks = server.isContended() ? MAX_STALLED_CHECKS_UNDER_CONTENTION : MAX_STALLED_CHECKS;
    if (++stalledChecks <= maxChecks) {
      return;
    }
    int dropped = account.dropped();
    if (dropped == 1) {
      LOG.info(
          "{}: {} bytes of an answer to {} dropped, nothing of it was taken for {} s; further"
              + " ones of this connection are dropped silently",
          http.connection().remoteAddress(),
          pendingBytes,
          request.fullMethodName(),
          maxChecks);
    }
    abandon();
    if (dropped < MAX_DROPPED) {
      server.http2().drop(http);
    } else {
      LOG.info("{}: closed, {} answers were not taken", http.connection().remoteAddress(), dropped);
      http.connection().close();
    }
  }
}
