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
 * Sits between an HTTP/2 connection and its socket and does six things.
 *
 * <p>It gathers flushes: a unary answer is written in three pieces, each followed by a flush, and
 * many answers are written in one turn of the loop. One system call carries them all.
 *
 * <p>It holds clients to gRPC's keep-alive rule as etcd does: a ping sooner than the minimum time
 * after the last one, with nothing sent to the client in between, is a strike (answers make clients
 * ping to measure their bandwidth, which is welcome); the third strike ends the connection with
 * {@code ENHANCE_YOUR_CALM}, {@code too_many_pings}.
 *
 * <p>It pings a client that has been silent for long, and cuts one that does not answer ({@link
 * SilenceRule}): a client whose machine or network is gone says no goodbye, and its streams would
 * be served for ever.
 *
 * <p>It stops reading while the socket takes nothing, since each request that was read would bring
 * an answer that waits in memory, if only of a few bytes; and it cuts a client whose socket takes
 * nothing for long.
 *
 * <p>It reads little of a connection a turn, so that connections of one loop take turns.
 *
 * <p>It lets clients call the server what they like, as etcd does.
 *
 * <p>Event loop of the connection only.
 */
final class ConnectionGuard extends FlushConsolidationHandler {
  private static final Logger LOG = Logger.getLogger(ConnectionGuard.class);

  private static final int MAX_FLUSHES_GATHERED = 256;
  private static final int MAX_STRIKES = 2;
  private static final long STUCK_SECONDS = 60;

  /** Bytes that wait for the socket: from where on nothing more is read, and until when. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(256 << 10, 1 << 20);

  /**
   * Read of one connection before the next one of the loop has its turn, each of up to 64 KiB: of
   * calls that are reset at once, that is a thousand each. Netty's 16 made others wait half a
   * second.
   */
  private static final int BUFFERS_A_TURN = 2;

  private static final long IDLE_MIN_TIME_NANOS = 7_200_000_000_000L;
  private static final long CANCEL = 0x08;
  private static final long ENHANCE_YOUR_CALM = 0x0b;
  private static final int FRAME_HEADER_BYTES = 9;
  private static final int FRAME_TYPE_OFFSET = 3;

  /** The name of Vert.x's handler for idle connections. */
  private static final String VERTX_IDLE = "idle";

  private static final Buffer PING = Buffer.buffer("quorate?");

  /** Strikes of one client; apart from the connection so that it can be tested by the clock. */
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

    /** True if the client has pinged too often. */
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
   * Takes an {@code :authority} away that is not {@code host:port}. etcdctl 3.4 sends a whole URL
   * when it asks a single endpoint; Vert.x would reset that stream, and nothing here reads it.
   */
  private static final class AnyAuthority extends Http2FrameListenerDecorator {
    /** The last one that may stay: a client sends the same with each request. */
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
  private @Nullable Future<?> nextLook;
  private @Nullable Future<?> cut;

  private ConnectionGuard(
      HttpConnection connection, Http2ConnectionHandler http2, EndpointOptions options) {
    super(MAX_FLUSHES_GATHERED, true);
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
   * The place of HTTP in the channel of a connection. That Vert.x's connections know it is not
   * public API: this is the one place that depends on it.
   */
  private static ChannelHandlerContext contextOf(HttpConnection connection) {
    if (connection instanceof ConnectionBase base) {
      return base.channelHandlerContext();
    }
    throw new IllegalStateException("no channel in a " + connection.getClass());
  }

  /** Guards {@code connection}; of HTTP/1.1 only the time it takes to ask is bounded. */
  static void guard(HttpConnection connection, EndpointOptions options) {
    ChannelHandlerContext context = contextOf(connection);
    if (context.handler() instanceof Http2ConnectionHandler http2) {
      ConnectionGuard guard = new ConnectionGuard(connection, http2, options);
      ChannelPipeline pipeline = context.pipeline();
      ChannelConfig config = context.channel().config();
      config.setWriteBufferWaterMark(WATER_MARK);
      if (config.getRecvByteBufAllocator() instanceof MaxMessagesRecvByteBufAllocator reads) {
        reads.maxMessagesPerRead(BUFFERS_A_TURN);
      }
      pipeline.addBefore(context.name(), "quorate-guard", guard);
      connection.pingHandler(data -> guard.pinged());
      http2.decoder().frameListener(new AnyAuthority(http2.decoder().frameListener()));
      if (pipeline.get(VERTX_IDLE) != null) {
        // Its settings have come, or it would not be here; from now on there is keep-alive.
        pipeline.remove(VERTX_IDLE);
      }
    } else {
      context
          .pipeline()
          .replace(VERTX_IDLE, VERTX_IDLE, new RequestTimeout(options.handshakeTimeoutMillis()));
    }
  }

  /** For the calls. */
  static final RpcServer.Streams STREAMS =
      new RpcServer.Streams() {
        /** Vert.x takes an answer that is all written for ended, and lets it wait for ever. */
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
      lookLater(context, silence);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) throws Exception {
    if (nextLook != null) {
      nextLook.cancel(false);
      nextLook = null;
    }
    endCut();
    super.handlerRemoved(context);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
    boolean writable = context.channel().isWritable();
    context.channel().config().setAutoRead(writable);
    endCut();
    if (!writable) {
      cut =
          context
              .executor()
              .schedule(() -> cutUnlessTaken(context), STUCK_SECONDS, TimeUnit.SECONDS);
    }
    super.channelWritabilityChanged(context);
  }

  private void endCut() {
    if (cut != null) {
      cut.cancel(false);
      cut = null;
    }
  }

  private void cutUnlessTaken(ChannelHandlerContext context) {
    LOG.info(
        "{}: closed, its socket took nothing for {} s", connection.remoteAddress(), STUCK_SECONDS);
    context.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (silence != null) {
      silence.heard();
    }
    super.channelRead(context, message);
  }

  private void lookLater(ChannelHandlerContext context, SilenceRule rule) {
    nextLook =
        context
            .executor()
            .schedule(() -> look(context, rule), rule.waitNanos(), TimeUnit.NANOSECONDS);
  }

  private void look(ChannelHandlerContext context, SilenceRule rule) {
    switch (rule.look()) {
      case WAIT -> lookLater(context, rule);
      case PING -> {
        connection
            .ping(PING)
            .onFailure(
                e -> LOG.debug("{}: ping failed, {}", connection.remoteAddress(), e.toString()));
        lookLater(context, rule);
      }
      case CLOSE -> {
        LOG.info("{}: closed, it does not answer pings", connection.remoteAddress());
        // Straight to the socket: there is nobody who would read a goodbye.
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
   * Every frame begins with a write of its header. A payload that looks like one is taken for an
   * answer, which it is a part of.
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
