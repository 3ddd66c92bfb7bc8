package io.quorate.vertx.member.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.grpc.RpcServer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sits between an HTTP/2 connection and its socket, and protects the server as follows.
 *
 * <p>It combines flushes: a unary answer is written in three pieces, each followed by a flush, and
 * many answers are written in one turn of the event loop. All of them leave in one system call.
 *
 * <p>It enforces gRPC's keep-alive rule as etcd does: a ping sooner than the minimum time after the
 * last one, with nothing sent to the client in between, is a strike (answers cause clients to ping
 * to measure their bandwidth, which is allowed); the third strike ends the connection with {@code
 * ENHANCE_YOUR_CALM}, {@code too_many_pings}.
 *
 * <p>It pings a client that has been silent for long, and closes the connection if nothing comes
 * back ({@link SilenceRule}): a client whose machine or network has failed does not close its
 * connections, and its streams would stay open for ever.
 *
 * <p>It stops reading while the socket accepts no data, since each further request would add an
 * answer that waits in memory; and it closes a connection whose socket accepts nothing for long.
 *
 * <p>It reads only a little from a connection in each turn, so that the connections of one event
 * loop take turns.
 *
 * <p>It accepts any {@code :authority}, as etcd does.
 *
 * <p>Used on the event loop of the connection only.
 */
final class ConnectionGuard extends FlushConsolidationHandler {
  private static final Logger LOG = Logger.getLogger(ConnectionGuard.class);

  private static final int MAX_FLUSHES_COMBINED = 256;
  private static final int MAX_STRIKES = 2;
  private static final long STALLED_SECONDS = 60;

  /**
   * Bytes waiting for the socket: above the high mark reading stops, below the low mark it resumes.
   */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(256 << 10, 1 << 20);

  /**
   * Buffers of up to 64 KiB that are read from one connection before the next connection of the
   * event loop has its turn. Each buffer may contain a thousand calls that are reset at once. With
   * Netty's default of 16, other connections waited half a second.
   */
  private static final int BUFFERS_PER_TURN = 2;

  private static final long IDLE_MIN_TIME_NANOS = 7_200_000_000_000L;
  private static final long CANCEL = 0x08;
  private static final long ENHANCE_YOUR_CALM = 0x0b;
  private static final int FRAME_HEADER_BYTES = 9;
  private static final int FRAME_TYPE_OFFSET = 3;

  /** The name of Vert.x's handler for idle connections in the channel pipeline. */
  private static final String VERTX_IDLE = "idle";

  private static final Buffer PING = Buffer.buffer("quorate?");

  /** Counts the strikes of one client; a class of its own so that it can be tested with a clock. */
  static final class PingRule {
    private final long minTimeNanos;
    private final LongSupplier nanoTime;
    private boolean sentSincePing = true;
    private long lastPingNanos;
    private int strikes;

    PingRule(long minTimeNanos, LongSupplier nanoTime) {
      this.minTimeNanos = minTimeNanos;
      this.nanoTime = nanoTime;
    }

    void sent() {
      sentSincePing = true;
    }

    /** Records a ping; true if the client has pinged too often. */
    boolean ping(boolean callsOpen) {
      long now = nanoTime.getAsLong();
      long since = now - lastPingNanos;
      lastPingNanos = now;
      if (sentSincePing) {
        sentSincePing = false;
        strikes = 0;
        return false;
      }
      if (since < (callsOpen ? minTimeNanos : IDLE_MIN_TIME_NANOS)) {
        strikes++;
      }
      return strikes > MAX_STRIKES;
    }
  }

  /**
   * Removes an {@code :authority} that is not {@code host:port}. etcdctl 3.4 sends a whole URL when
   * it uses a single endpoint; Vert.x would reset that stream, and nothing here uses the value.
   */
  private static final class AnyAuthority extends Http2FrameListenerDecorator {
    /** The last accepted value: a client sends the same one with each request. */
    private @Nullable CharSequence accepted;

    AnyAuthority(Http2FrameListener listener) {
      super(listener);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext context,
        int streamId,
        Http2Headers headers,
        int padding,
        boolean endOfStream)
        throws Http2Exception {
      check(headers);
      super.onHeadersRead(context, streamId, headers, padding, endOfStream);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext context,
        int streamId,
        Http2Headers headers,
        int streamDependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean endOfStream)
        throws Http2Exception {
      check(headers);
      super.onHeadersRead(
          context, streamId, headers, streamDependency, weight, exclusive, padding, endOfStream);
    }

    private void check(Http2Headers headers) {
      CharSequence authority = headers.authority();
      if (authority == null || authority.equals(accepted)) {
        return;
      }
      if (HostAndPort.parseAuthority(authority.toString(), -1) == null) {
        headers.remove(Http2Headers.PseudoHeaderName.AUTHORITY.value());
      } else {
        accepted = authority;
      }
    }
  }

  private final HttpConnection connection;
  private final Http2ConnectionHandler http2;
  private final PingRule pings;
  private final @Nullable SilenceRule silence;
  private @Nullable Future<?> nextCheck;
  private @Nullable Future<?> stalledClose;

  private ConnectionGuard(
      HttpConnection connection, Http2ConnectionHandler http2, EndpointOptions options) {
    super(MAX_FLUSHES_COMBINED, true);
    this.connection = connection;
    this.http2 = http2;
    this.pings =
        new PingRule(
            TimeUnit.MILLISECONDS.toNanos(options.grpcKeepaliveMinTimeMillis()), System::nanoTime);
    this.silence =
        options.pingsSilentClients()
            ? new SilenceRule(
                TimeUnit.MILLISECONDS.toNanos(options.grpcKeepaliveIntervalMillis()),
                TimeUnit.MILLISECONDS.toNanos(options.grpcKeepaliveTimeoutMillis()),
                System::nanoTime)
            : null;
  }

  /**
   * The channel context of the HTTP handler of a connection. Vert.x has no public API for it; only
   * this method depends on the internal one.
   */
  private static ChannelHandlerContext contextOf(HttpConnection connection) {
    if (connection instanceof ConnectionBase base) {
      return base.channelHandlerContext();
    }
    throw new IllegalStateException("no channel in a " + connection.getClass());
  }

  /** Guards an HTTP/2 connection; for HTTP/1.1, only the time for a request's header is bounded. */
  static void guard(HttpConnection connection, EndpointOptions options) {
    ChannelHandlerContext context = contextOf(connection);
    if (context.handler() instanceof Http2ConnectionHandler http2) {
      ConnectionGuard guard = new ConnectionGuard(connection, http2, options);
      ChannelPipeline pipeline = context.pipeline();
      ChannelConfig config = context.channel().config();
      config.setWriteBufferWaterMark(WATER_MARK);
      if (config.getRecvByteBufAllocator() instanceof MaxMessagesRecvByteBufAllocator reads) {
        reads.maxMessagesPerRead(BUFFERS_PER_TURN);
      }
      pipeline.addBefore(context.name(), "quorate-guard", guard);
      connection.pingHandler(data -> guard.pinged());
      // Netty enforces the setting only once the client has confirmed it, which is up to the client
      http2
          .connection()
          .remote()
          .maxActiveStreams((int) Math.min(Integer.MAX_VALUE, options.maxConcurrentStreams()));
      http2.decoder().frameListener(new AnyAuthority(http2.decoder().frameListener()));
      if (pipeline.get(VERTX_IDLE) != null) {
        // the HTTP/2 settings have been received; from now on keep-alive detects a dead client
        pipeline.remove(VERTX_IDLE);
      }
    } else {
      context
          .pipeline()
          .replace(VERTX_IDLE, VERTX_IDLE, new RequestTimeout(options.handshakeTimeoutMillis()));
    }
  }

  /** HTTP/2 stream operations for the RPCs. */
  static final RpcServer.Streams STREAMS =
      new RpcServer.Streams() {
        /**
         * Not by way of Vert.x: it regards a fully written answer as ended, and would not reset it.
         */
        @Override
        public void drop(HttpServerRequest request) {
          ChannelHandlerContext context = contextOf(request.connection());
          if (context.handler() instanceof Http2ConnectionHandler http2) {
            int stream = request.response().streamId();
            http2.resetStream(context, stream, CANCEL, context.newPromise());
            context.flush();
          } else {
            request.connection().close();
          }
        }

        @Override
        public boolean isWritable(HttpServerRequest request) {
          if (contextOf(request.connection()).handler() instanceof Http2ConnectionHandler http2) {
            Http2Stream stream = http2.connection().stream(request.response().streamId());
            return stream != null && http2.encoder().flowController().isWritable(stream);
          }
          return false;
        }
      };

  @Override
  public void handlerAdded(ChannelHandlerContext context) throws Exception {
    super.handlerAdded(context);
    if (silence != null) {
      scheduleCheck(context, silence);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) throws Exception {
    if (nextCheck != null) {
      nextCheck.cancel(false);
      nextCheck = null;
    }
    cancelStalledClose();
    super.handlerRemoved(context);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
    boolean writable = context.channel().isWritable();
    context.channel().config().setAutoRead(writable);
    cancelStalledClose();
    if (!writable) {
      stalledClose =
          context
              .executor()
              .schedule(() -> closeStalled(context), STALLED_SECONDS, TimeUnit.SECONDS);
    }
    super.channelWritabilityChanged(context);
  }

  private void cancelStalledClose() {
    if (stalledClose != null) {
      stalledClose.cancel(false);
      stalledClose = null;
    }
  }

  private void closeStalled(ChannelHandlerContext context) {
    LOG.info(
        "{}: closed, its socket took nothing for {} s",
        connection.remoteAddress(),
        STALLED_SECONDS);
    context.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (silence != null) {
      silence.received();
    }
    super.channelRead(context, message);
  }

  private void scheduleCheck(ChannelHandlerContext context, SilenceRule rule) {
    nextCheck =
        context
            .executor()
            .schedule(() -> check(context, rule), rule.waitNanos(), TimeUnit.NANOSECONDS);
  }

  private void check(ChannelHandlerContext context, SilenceRule rule) {
    switch (rule.next()) {
      case WAIT -> scheduleCheck(context, rule);
      case PING -> {
        connection
            .ping(PING)
            .onFailure(
                e -> LOG.debug("{}: ping failed, {}", connection.remoteAddress(), e.toString()));
        scheduleCheck(context, rule);
      }
      case CLOSE -> {
        LOG.info("{}: closed, it does not answer pings", connection.remoteAddress());
        // Without a GOAWAY frame, since nobody would read it.
        context.close();
      }
    }
  }

  private void pinged() {
    if (pings.ping(http2.connection().numActiveStreams() > 0)) {
      LOG.info("{}: closed, it pings too often", connection.remoteAddress());
      connection.goAway(ENHANCE_YOUR_CALM, -1, Buffer.buffer("too_many_pings"));
      connection.close();
    }
  }

  /**
   * Detects data that is sent to the client: every frame begins with a write of its header. A
   * payload that looks like a header counts as data, which it is.
   */
  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    if (message instanceof ByteBuf buf && buf.readableBytes() >= FRAME_HEADER_BYTES) {
      byte type = buf.getByte(buf.readerIndex() + FRAME_TYPE_OFFSET);
      if (type == Http2FrameTypes.HEADERS || type == Http2FrameTypes.DATA) {
        pings.sent();
      }
    }
    super.write(context, message, promise);
  }
}
