package io.quorate.vertx.member.http;

import io.quorate.vertx.member.grpc.RpcOptions;

/**
 * The options of the client port. {@link #defaults} are etcd's.
 *
 * @param rpc options of the RPCs
 * @param requestTimeoutMillis how long closing waits for running calls
 * @param maxConcurrentStreams calls that one connection may have open
 * @param maxResetsPer30Seconds number of calls that one connection may cancel in 30 seconds before
 *     it is closed as an attack
 * @param streamWindowBytes HTTP/2 receive window of one call
 * @param connectionWindowBytes HTTP/2 receive window of one connection
 * @param grpcKeepaliveMinTimeMillis minimum time between pings of a client with open calls; without
 *     open calls it is two hours
 * @param grpcKeepaliveIntervalMillis how long a gRPC connection may be silent before the server
 *     pings it; 0 to never ping
 * @param grpcKeepaliveTimeoutMillis how long a pinged connection may stay silent before it is
 *     closed; 0 to never ping
 * @param handshakeTimeoutMillis bound for the header of each HTTP/1.1 request, and for the HTTP/2
 *     preface and settings. In etcd it is minutes or unlimited, depending on version and protocol,
 *     so silent connections can use up its file descriptors. Clients of etcd need less than a
 *     second; half a minute allows for the slowest networks
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

  /** etcd's defaults. */
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

  /** A copy with another bound for open calls. */
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

  /** A copy with other times for the server's own pings. */
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

  /** A copy with another bound for handshakes and request headers. */
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
