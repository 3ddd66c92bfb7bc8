package io.quorate.vertx.member.grpc;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import io.quorate.command.Event;
import io.quorate.vertx.client.QuorateStore.WatchChannel;
import io.quorate.vertx.client.api.ProtoMapping;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import io.vertx.core.Vertx;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.concurrent.ThreadLocalRandom;

/**
 * {@code Watch}: requests go to a watch channel of the store, its responses to the client in their
 * order. While the client does not read, neither events nor further requests are taken; the channel
 * reads the missed events from history later.
 *
 * <p>A half-close by the client has no effect; the stream lives until it is cancelled.
 */
final class WatchCall extends StreamCall<WatchRequest> {
  private static final long NONE = -1;

  private final Vertx vertx;
  private final WatchChannel channel;
  private long progressTimer = NONE;

  WatchCall(
      Vertx vertx,
      RpcServer server,
      GrpcServerRequest<WatchRequest, MessageLite> request,
      GrpcMessageDecoder<WatchRequest> decoder) {
    super(server, request, decoder);
    this.vertx = vertx;
    this.channel = store.watch(this::forward);
  }

  @Override
  void received(WatchRequest message) {
    switch (message.getRequestUnionCase()) {
      case CREATE_REQUEST -> create(message.getCreateRequest());
      case CANCEL_REQUEST -> channel.cancel(message.getCancelRequest().getWatchId());
      case PROGRESS_REQUEST -> channel.requestProgress();
      case REQUESTUNION_NOT_SET -> {}
    }
  }

  private void create(WatchCreateRequest create) {
    if (create.getProgressNotify() && progressTimer == NONE) {
      long interval = server.options().watchProgressIntervalMillis();
      long jitter = ThreadLocalRandom.current().nextLong(interval / 10 + 1);
      progressTimer = vertx.setPeriodic(interval + jitter, id -> channel.progressTick());
    }
    channel.create(ProtoMapping.watchSpec(create));
  }

  private void forward(io.quorate.command.WatchResponse response) {
    if (isOver()) {
      return;
    }
    try {
      send(response);
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private void send(io.quorate.command.WatchResponse response) {
    if (response instanceof io.quorate.command.WatchResponse.Events r) {
      sendEvents(r);
    } else if (response instanceof io.quorate.command.WatchResponse.Created) {
      send(head(response).setCreated(true).build());
    } else if (response instanceof io.quorate.command.WatchResponse.Refused r) {
      send(head(r).setCreated(true).setCanceled(true).setCancelReason(r.reason()).build());
    } else if (response instanceof io.quorate.command.WatchResponse.Canceled r) {
      send(
          head(r)
              .setCanceled(true)
              .setCompactRevision(r.compactRevision())
              .setCancelReason(r.reason())
              .build());
    } else if (response instanceof io.quorate.command.WatchResponse.Progress) {
      send(head(response).build());
    } else {
      throw new IllegalStateException("watch response " + response);
    }
  }

  private WatchResponse.Builder head(io.quorate.command.WatchResponse response) {
    ResponseHeader header = ProtoMapping.header(store.memberStatus(), response.revision());
    return WatchResponse.newBuilder().setHeader(header).setWatchId(response.watchId());
  }

  /**
   * Sends the events as one message if it is small, has a single event, or the watcher does not
   * accept fragments; else in fragments below the threshold. A single event above the threshold is
   * a fragment of its own.
   */
  private void sendEvents(io.quorate.command.WatchResponse.Events events) {
    WatchResponse.Builder whole = head(events);
    for (Event event : events.events()) {
      whole.addEvents(ProtoMapping.event(event));
    }
    WatchResponse message = whole.build();
    int threshold = server.options().maxMessageBytes();
    if (!events.fragment()
        || message.getEventsCount() < 2
        || message.getSerializedSize() < threshold) {
      send(message);
      return;
    }
    WatchResponse empty = head(events).setFragment(true).build();
    WatchResponse.Builder piece = empty.toBuilder();
    int size = empty.getSerializedSize();
    for (io.quorate.vertx.client.proto.mvcc.Event event : message.getEventsList()) {
      int added = CodedOutputStream.computeMessageSize(WatchResponse.EVENTS_FIELD_NUMBER, event);
      if (piece.getEventsCount() > 0 && size + added >= threshold) {
        send(piece.build());
        piece = empty.toBuilder();
        size = empty.getSerializedSize();
      }
      piece.addEvents(event);
      size += added;
    }
    send(piece.setFragment(false).build());
  }

  @Override
  void halfClosed() {}

  @Override
  void flowChanged(boolean flowing) {
    if (flowing) {
      channel.resume();
      request.resume();
    } else {
      channel.pause();
      request.pause();
    }
  }

  @Override
  void onEnd() {
    super.onEnd();
    if (progressTimer != NONE) {
      vertx.cancelTimer(progressTimer);
    }
    channel.close();
  }
}
