package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.EtcdException;
import io.vertx.grpc.common.CodecException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.InvalidMessageException;
import io.vertx.grpc.common.MessageSizeOverflowException;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call in progress. Whatever happens it ends exactly once, and what comes after the end (a late
 * result, a further message) is dropped. One event loop only.
 */
abstract class RpcCall<Q extends MessageLite> extends Deadlines.Timed {
  private static final Logger LOG = LoggerFactory.getLogger(RpcCall.class);

  final RpcServer server;
  final GrpcServerRequest<Q, MessageLite> request;
  final GrpcServerResponse<Q, MessageLite> response;
  private final GrpcMessageDecoder<Q> decoder;
  private boolean over;

  RpcCall(
      RpcServer server, GrpcServerRequest<Q, MessageLite> request, GrpcMessageDecoder<Q> decoder) {
    this.server = server;
    this.request = request;
    this.response = request.response();
    this.decoder = decoder;
  }

  /** A request of this call. */
  abstract void received(Q message);

  /** The client says that no request will follow. */
  abstract void halfClosed();

  /** Called once, whichever way the call ended. */
  void released() {}

  final boolean isOver() {
    return over;
  }

  final void listen() {
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
      fail(GrpcStatus.INTERNAL, "quorate: internal error: " + failure);
    }
  }

  final void fail(GrpcStatus status, String message) {
    if (end()) {
      quietly(() -> response.status(status).statusMessage(message).end());
    }
  }

  /** Ends with OK and {@code message}. */
  final void finish(MessageLite message) {
    if (end()) {
      quietly(() -> response.end(message));
    }
  }

  /** Ends with OK. */
  final void finish() {
    if (end()) {
      quietly(response::end);
    }
  }

  /** The client is gone: there is nobody to answer. */
  final void abandon() {
    end();
  }

  final void write(MessageLite message) {
    if (!over) {
      quietly(() -> response.write(message));
    }
  }

  private boolean end() {
    if (over) {
      return false;
    }
    over = true;
    server.deadlines().remove(this);
    released();
    return true;
  }

  /**
   * The response throws if the client has cancelled in the meantime, which is its right and must
   * not harm whoever is handing out answers.
   */
  private void quietly(Runnable write) {
    try {
      write.run();
    } catch (IllegalStateException e) {
      LOG.debug("rpc {}: answer not sent, {}", request.fullMethodName(), e.getMessage());
      abandon();
    }
  }
}
