package io.quorate.vertx.client.remote;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.vertx.client.RefusedException;
import io.quorate.vertx.client.UnsupportedByStoreException;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcError;
import io.vertx.grpc.common.GrpcErrorException;
import io.vertx.grpc.common.GrpcStatus;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why an attempt failed.
 *
 * @param kind whether the request may have been executed
 * @param cause the failure for the caller if there is no further attempt
 */
record Failure(Kind kind, Throwable cause) {

  /** Whether a failed request may have been executed. */
  enum Kind {
    /** It reached no member that would execute it. */
    NOT_EXECUTED,
    /** It may have been executed, or may still be executed. */
    OPEN,
    /** It was answered: a repetition would get the same answer, unless with another token. */
    ANSWERED
  }

  /** The member's answer, null if it was another failure. */
  @Nullable EtcdError error() {
    return kind == Kind.ANSWERED && cause instanceof EtcdException e ? e.error() : null;
  }

  private static final Map<String, EtcdError> ERRORS =
      Arrays.stream(EtcdError.values())
          .collect(Collectors.toMap(EtcdError::message, Function.identity()));

  /** There was no connection, or the connection did not accept the request. */
  static Failure notSent(Throwable cause) {
    return new Failure(Kind.NOT_EXECUTED, cause);
  }

  /** The request was sent, then the connection or the stream broke. */
  static Failure broken(Throwable cause) {
    boolean refused = cause instanceof GrpcErrorException e && e.error() == GrpcError.UNAVAILABLE;
    // REFUSED_STREAM means in HTTP/2 that the request was not processed
    return new Failure(refused ? Kind.NOT_EXECUTED : Kind.OPEN, cause);
  }

  /** The request was sent, and no answer came in time. */
  static Failure late() {
    return new Failure(Kind.OPEN, EtcdError.TIMEOUT.exception());
  }

  /** From the gRPC status, or from {@code failure} if there is none. */
  static Failure of(String what, @Nullable GrpcClientResponse<?, ?> response, Throwable failure) {
    GrpcStatus status = response == null ? null : response.status();
    if (response == null || status == null || status == GrpcStatus.OK) {
      return broken(failure);
    }
    return answered(what, status, message(response));
  }

  private static String message(GrpcClientResponse<?, ?> response) {
    String message = response.statusMessage();
    if (message == null) {
      String inTrailers = response.trailers().get("grpc-message");
      message =
          inTrailers == null
              ? ""
              : QueryStringDecoder.decodeComponent(inTrailers, StandardCharsets.UTF_8);
    }
    return message;
  }

  private static Failure answered(String what, GrpcStatus status, String message) {
    EtcdError error = ERRORS.get(message);
    if (error != null) {
      return new Failure(kind(error), error.exception());
    }
    return switch (status) {
      case UNIMPLEMENTED ->
          new Failure(Kind.ANSWERED, new UnsupportedByStoreException(what, message));
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, ABORTED ->
          new Failure(Kind.OPEN, new RefusedException(status.code, status + ": " + message));
      default ->
          new Failure(Kind.ANSWERED, new RefusedException(status.code, status + ": " + message));
    };
  }

  private static Kind kind(EtcdError error) {
    return switch (error) {
      case NOT_SUPPORTED_FOR_LEARNER -> Kind.NOT_EXECUTED;
      default -> error.code() == EtcdError.Code.UNAVAILABLE ? Kind.OPEN : Kind.ANSWERED;
    };
  }
}
