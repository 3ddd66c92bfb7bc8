package io.quorate.vertx.member.http;

import io.quorate.vertx.member.grpc.RpcOptions;

/**
 * How the client port behaves. {@link #defaults} are etcd's.
 *
 * @param rpc what the RPCs need to know
 * @param requestTimeoutMillis longest wait for running calls when the endpoint is closed
 * @param maxConcurrentStreams calls that may be open on one connection
 * @param maxResetsPer30Seconds cancelled calls of one connection before it is taken for an attack
 *     and closed
 * @param streamWindowBytes HTTP/2 receive window of one call
 * @param connectionWindowBytes HTTP/2 receive window of one connection
 * @param grpcKeepaliveMinTimeMillis least time between pings of a client with open calls; without
 *     open calls it is two hours
 * @param grpcKeepaliveIntervalMillis how long a gRPC connection may be silent before the server
 *     pings it; 0 if it never does
 * @param grpcKeepaliveTimeoutMillis how long a pinged connection may stay silent before it is
 *     closed; 0 if none is ever pinged
 * @param handshakeTimeoutMillis how long a connection may take to say what it is for: until its
 *     first request over HTTP/1.1 has a whole header, and each further one, or its HTTP/2 preface
 *     and settings have come. etcd allows minutes, or for ever, depending on version and protocol,
 *     so whoever opens connections and falls silent uses up its file descriptors. No client of etcd
 *     needs a second; half a minute leaves room for the worst of networks
 */
public record EndpointOptions(
    RpcOptions rpc,
    long requestTimeoutMillis,
    long maxConcurrentStreams,
    int maxResetsPer30Seconds,
    int streamWindowBytes,
    int connectionWindowBytes,
    long grpcKeepaliveMinTimeMillis,
    long grpcKeepaliveIntervalMillis,
    long grpcKeepaliveTimeoutMillis,
    int handshakeTimeoutMillis) {
  /** Half a minute. */
  public static final int DEFAULT_HANDSHAKE_TIMEOUT_MILLIS = 30_000;

  private static final int MIN_WINDOW_BYTES = 65_535;
  private static final long MAX_STREAMS = 0xffff_ffffL;

  public EndpointOptions {
    if (requestTimeoutMillis <= 0) {
      throw new IllegalArgumentException(
          "requestTimeoutMillis is not positive: " + requestTimeoutMillis);
    }
    if (maxConcurrentStreams <= 0 || maxConcurrentStreams > MAX_STREAMS) {
      throw new IllegalArgumentException(
          "maxConcurrentStreams is not in 1.." + MAX_STREAMS + ": " + maxConcurrentStreams);
    }
    if (maxResetsPer30Seconds <= 0) {
      throw new IllegalArgumentException(
          "maxResetsPer30Seconds is not positive: " + maxResetsPer30Seconds);
    }
    if (streamWindowBytes < MIN_WINDOW_BYTES || connectionWindowBytes < streamWindowBytes) {
      throw new IllegalArgumentException(
          "windows must be "
              + MIN_WINDOW_BYTES
              + " <= stream <= connection: "
              + streamWindowBytes
              + ", "
              + connectionWindowBytes);
    }
    notNegative(grpcKeepaliveMinTimeMillis, "grpcKeepaliveMinTimeMillis");
    notNegative(grpcKeepaliveIntervalMillis, "grpcKeepaliveIntervalMillis");
    notNegative(grpcKeepaliveTimeoutMillis, "grpcKeepaliveTimeoutMillis");
    if (handshakeTimeoutMillis <= 0) {
      throw new IllegalArgumentException(
          "handshakeTimeoutMillis is not positive: " + handshakeTimeoutMillis);
    }
  }

  private static void notNegative(long value, String name) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " is negative: " + value);
    }
  }

  /** As etcd out of the box. */
  public static EndpointOptions defaults() {
    return of(RpcOptions.of(1_572_864, 128, 1_000, 600_000));
  }

  /** The given RPC options, with the defaults for the port. */
  public static EndpointOptions of(RpcOptions rpc) {
    return new EndpointOptions(
        rpc,
        5_000 + 2 * rpc.electionTimeoutMillis(),
        MAX_STREAMS,
        100_000,
        1 << 20,
        8 << 20,
        5_000,
        7_200_000,
        20_000,
        DEFAULT_HANDSHAKE_TIMEOUT_MILLIS);
  }

  /** The same with another bound of open calls. */
  public EndpointOptions withMaxConcurrentStreams(long streams) {
    return new EndpointOptions(
        rpc,
        requestTimeoutMillis,
        streams,
        maxResetsPer30Seconds,
        streamWindowBytes,
        connectionWindowBytes,
        grpcKeepaliveMinTimeMillis,
        grpcKeepaliveIntervalMillis,
        grpcKeepaliveTimeoutMillis,
        handshakeTimeoutMillis);
  }

  /** The same with other times for the server's own pings. */
  public EndpointOptions withGrpcKeepalive(long intervalMillis, long timeoutMillis) {
    return new EndpointOptions(
        rpc,
        requestTimeoutMillis,
        maxConcurrentStreams,
        maxResetsPer30Seconds,
        streamWindowBytes,
        connectionWindowBytes,
        grpcKeepaliveMinTimeMillis,
        intervalMillis,
        timeoutMillis,
        handshakeTimeoutMillis);
  }

  /** The same with another bound for connections that do not say what they are for. */
  public EndpointOptions withHandshakeTimeout(int timeoutMillis) {
    return new EndpointOptions(
        rpc,
        requestTimeoutMillis,
        maxConcurrentStreams,
        maxResetsPer30Seconds,
        streamWindowBytes,
        connectionWindowBytes,
        grpcKeepaliveMinTimeMillis,
        grpcKeepaliveIntervalMillis,
        grpcKeepaliveTimeoutMillis,
        timeoutMillis);
  }

  boolean pingsSilentClients() {
    return grpcKeepaliveIntervalMillis > 0 && grpcKeepaliveTimeoutMillis > 0;
  }
}
