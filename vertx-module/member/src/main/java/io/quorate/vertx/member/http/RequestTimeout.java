package io.quorate.vertx.member.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.quorate.vertx.client.log.Logger;
import java.util.concurrent.TimeUnit;

/**
 * Closes an HTTP/1.1 connection that has no request in progress and has not sent a complete request
 * header for some time. It sits behind the decoder, so single bytes do not count as progress. A
 * connection stays open while an answer is being made, however long that takes.
 *
 * <p>Used on the event loop of the connection only.
 */
final class RequestTimeout extends IdleStateHandler {
  private static final Logger LOG = Logger.getLogger(RequestTimeout.class);

  private int unanswered;

  RequestTimeout(long timeoutMillis) {
    super(timeoutMillis, 0, 0, TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (message instanceof HttpRequest) {
      unanswered++;
    }
    super.channelRead(context, message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    if (message instanceof LastHttpContent) {
      unanswered--;
    }
    super.write(context, message, promise);
  }

  @Override
  protected void channelIdle(ChannelHandlerContext context, IdleStateEvent event) {
    if (unanswered == 0) {
      LOG.debug("{}: closed, no request came in time", context.channel().remoteAddress());
      context.close();
    }
  }
}
