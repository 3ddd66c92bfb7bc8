package io.quorate.vertx.client.remote;

import io.quorate.command.EtcdError;
import io.quorate.command.Event;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.client.StoreClosedException;
import io.quorate.vertx.client.api.ByteStrings;
import io.quorate.vertx.client.proto.rpc.WatchCancelRequest;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import io.quorate.vertx.client.proto.rpc.WatchGrpcClient;
import io.quorate.vertx.client.proto.rpc.WatchProgressRequest;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.internal.ContextInternal;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One {@code Watch} call for each channel, so HTTP/2 flow control is separate and a slow channel
 * does not delay others. The call requires a leader, so a member that is cut off from the others
 * ends it. On one context.
 */
final class RemoteWatch implements QuorateStore.WatchChannel {
  private final Connections connections;
  private final Endpoints endpoints;
  private final Endpoints.Endpoint endpoint;
  private final Login login;
  private final ContextInternal context;
  private final Handler<WatchResponse> handler;
  private final Queue<WatchRequest> unsent = new ArrayDeque<>();
  private @Nullable Handler<Throwable> closeHandler;
  private @Nullable GrpcClientRequest<WatchRequest, io.quorate.vertx.client.proto.rpc.WatchResponse>
      request;
  private @Nullable
      GrpcClientResponse<WatchRequest, io.quorate.vertx.client.proto.rpc.WatchResponse>
      response;
  private @Nullable HttpConnection connection;
  private String token = Login.NO_TOKEN;
  private boolean paused;
  private boolean over;

  RemoteWatch(
      Connections connections,
      Endpoints endpoints,
      Login login,
      ContextInternal context,
      Handler<WatchResponse> handler) {
    this.connections = connections;
    this.endpoints = endpoints;
    this.endpoint = endpoints.current();
    this.login = login;
    this.context = context;
    this.handler = handler;
  }

  void open() {
    login.token(context, this::open, this::lost);
  }

  private void open(String with) {
    token = with;
    if (over) {
      return;
    }
    connections
        .request(endpoint, WatchGrpcClient.Watch, with)
        .onFailure(this::lost)
        .onSuccess(this::opened);
  }

  private void opened(
      GrpcClientRequest<WatchRequest, io.quorate.vertx.client.proto.rpc.WatchResponse> opened) {
    if (over) {
      opened.cancel();
      return;
    }
    request = opened;
    HttpConnection carrier = opened.connection();
    connection = carrier;
    connections.streamOpened(carrier);
    opened.headers().set("hasleader", "true");
    opened.response().onFailure(this::lost).onSuccess(this::answers);
    WatchRequest next;
    while ((next = unsent.poll()) != null) {
      opened.write(next);
    }
  }

  private void answers(
      GrpcClientResponse<WatchRequest, io.quorate.vertx.client.proto.rpc.WatchResponse> answers) {
    response = answers;
    answers.handler(this::heard);
    answers
        .end()
        .onComplete(
            (end, failure) ->
                lost(
                    failure == null
                        ? new IllegalStateException("the member ended the watch")
                        : Failure.of("watch", answers, failure).cause()));
    if (over) {
      release();
    } else if (paused) {
      answers.pause();
    }
  }

  private void heard(io.quorate.vertx.client.proto.rpc.WatchResponse message) {
    if (over) {
      return;
    }
    WatchResponse response = response(message);
    EtcdError refusal =
        response instanceof WatchResponse.Refused refused
            ? EtcdError.ofStatusText(refused.reason())
            : null;
    if (refusal != null && login.isWorthAnother(refusal, token)) {
      lost(refusal.exception()); // whoever opens another one does it with another token
    } else {
      handler.handle(response);
    }
  }

  private static WatchResponse response(io.quorate.vertx.client.proto.rpc.WatchResponse message) {
    long id = message.getWatchId();
    long revision = message.getHeader().getRevision();
    if (message.getCreated()) {
      return message.getCanceled()
          ? new WatchResponse.Refused(id, revision, message.getCancelReason())
          : new WatchResponse.Created(id, revision);
    }
    if (message.getCanceled()) {
      return new WatchResponse.Canceled(
          id, revision, message.getCompactRevision(), message.getCancelReason());
    }
    if (message.getEventsCount() == 0) {
      return new WatchResponse.Progress(id, revision);
    }
    List<Event> events = new ArrayList<>(message.getEventsCount());
    for (io.quorate.vertx.client.proto.mvcc.Event event : message.getEventsList()) {
      events.add(RemoteMapping.event(event));
    }
    return new WatchResponse.Events(id, revision, events, false);
  }

  private void lost(Throwable cause) {
    if (over) {
      return;
    }
    over = true;
    release();
    endpoints.failed(endpoint);
    Handler<Throwable> hears = closeHandler;
    if (hears != null) {
      hears.handle(connections.isClosed() ? new StoreClosedException(cause) : cause);
    }
  }

  private void release() {
    unsent.clear();
    HttpConnection carrier = connection;
    connection = null;
    if (carrier != null) {
      connections.streamClosed(carrier);
    }
    GrpcClientRequest<?, ?> open = request;
    request = null;
    if (open != null) {
      open.cancel();
    }
  }

  private void send(WatchRequest message) {
    if (over) {
      return;
    }
    if (request == null) {
      unsent.add(message);
    } else {
      request.write(message);
    }
  }

  @Override
  public void closeHandler(Handler<Throwable> handler) {
    closeHandler = handler;
  }

  /** Does not request fragments, so that each message holds whole revisions. */
  @Override
  public void create(WatchSpec spec) {
    WatchCreateRequest.Builder create =
        WatchCreateRequest.newBuilder()
            .setKey(ByteStrings.of(spec.range().start()))
            .setRangeEnd(ByteStrings.of(spec.range().end()))
            .setStartRevision(spec.startRevision())
            .setPrevKv(spec.prevKv())
            .setProgressNotify(spec.progressNotify())
            .setWatchId(spec.watchId());
    if (spec.noPut()) {
      create.addFilters(WatchCreateRequest.FilterType.NOPUT);
    }
    if (spec.noDelete()) {
      create.addFilters(WatchCreateRequest.FilterType.NODELETE);
    }
    send(WatchRequest.newBuilder().setCreateRequest(create).build());
  }

  @Override
  public void cancel(long watchId) {
    send(
        WatchRequest.newBuilder()
            .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(watchId))
            .build());
  }

  @Override
  public void requestProgress() {
    send(
        WatchRequest.newBuilder()
            .setProgressRequest(WatchProgressRequest.getDefaultInstance())
            .build());
  }

  /** Does nothing: the member has its own timer. */
  @Override
  public void progressTick() {}

  @Override
  public void pause() {
    paused = true;
    if (response != null) {
      response.pause();
    }
  }

  @Override
  public void resume() {
    paused = false;
    if (response != null) {
      response.resume();
    }
  }

  @Override
  public void close() {
    if (!over) {
      over = true;
      if (context.isRunningOnContext()) {
        release();
      } else {
        context.runOnContext(v -> release());
      }
    }
  }
}
