package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.quorate.command.Caller;
import io.quorate.command.EtcdError;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.client.api.EtcdApi;
import io.quorate.vertx.client.api.Rpc;
import io.quorate.vertx.client.api.RpcException;
import io.quorate.vertx.member.auth.Credentials;
import io.quorate.vertx.member.lock.Contender;
import io.quorate.vertx.member.store.MemberStore;
import io.quorate.vertx.member.tls.PeerName;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcProtocol;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The etcd v3 services, and Quorate's own, on one event loop; created, used and closed there.
 * Handles any HTTP/2 request whose content type begins with {@code application/grpc}.
 */
public final class RpcServer implements Handler<HttpServerRequest> {
  private final MemberStore client;
  private final RpcOptions options;
  private final GrpcServer grpc;
  private final Deadlines deadlines;
  private final PendingWrites pendingWrites;
  private final LeaderWatch leaderWatch;
  private final Set<String> services = new HashSet<>();
  private final Set<Rpc> bound = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<RpcCall<?>> lasting = new LinkedHashSet<>();
  private final AnswerBudget budget;
  private final WaitLimit waitLimit;
  private final Map<HttpConnection, AnswerBudget.Account> accounts = new IdentityHashMap<>();
  private final Map<HttpConnection, Caller> certificates = new IdentityHashMap<>();
  private final Map<HttpConnection, MemberStore> stores = new IdentityHashMap<>();
  private final Streams http2;
  private int openCalls;
  private boolean stopped;

  /** Operations on the HTTP/2 stream of a request that Vert.x does not offer. */
  public interface Streams {
    /** Resets the stream, whatever has been written to it. */
    void drop(HttpServerRequest request);

    /** Whether the next write leaves at once; false also if the stream is closed. */
    boolean isWritable(HttpServerRequest request);
  }

  /** The request that is being dispatched; Vert.x's gRPC handlers have no access to it. */
  private @Nullable HttpServerRequest arriving;

  /** Must be called on the event loop that serves the calls. */
  public RpcServer(Vertx vertx, MemberStore client, RpcOptions options, Streams http2) {
    this.client = client;
    this.options = options;
    this.http2 = http2;
    this.budget = new AnswerBudget(options.answerBytes(), options.answerBytes() / 4);
    this.waitLimit = new WaitLimit(options.maxOpenCalls() / 2, options.answerBytes() / 4);
    this.deadlines = new Deadlines(vertx);
    this.pendingWrites = new PendingWrites(vertx);
    this.leaderWatch =
        new LeaderWatch(
            vertx, () -> client.memberStatus().leader() != 0, options.electionTimeoutMillis());
    this.grpc =
        GrpcServer.server(
            vertx,
            new GrpcServerOptions()
                .setMaxMessageSize(options.maxMessageBytes())
                .removeEnabledProtocol(GrpcProtocol.WEB)
                .removeEnabledProtocol(GrpcProtocol.WEB_TEXT)
                .removeEnabledProtocol(GrpcProtocol.TRANSCODING));
    registerOneRequest(EtcdApi.RANGE, (request, decoder) -> new RangeCall(this, request, decoder));
    registerOneRequest(
        EtcdApi.RANGE_STREAM,
        EtcdApi.RANGE_STREAM.parser(),
        (request, decoder) -> new RangeStreamCall(this, request, decoder));
    registerStream(
        EtcdApi.WATCH, (request, decoder) -> new WatchCall(vertx, this, request, decoder));
    registerStream(
        EtcdApi.LEASE_KEEP_ALIVE, (request, decoder) -> new KeepAliveCall(this, request, decoder));
    registerStream(
        EtcdApi.HEALTH_WATCH, (request, decoder) -> new HealthWatchCall(this, request, decoder));
    registerStream(
        EtcdApi.SNAPSHOT, (request, decoder) -> new SnapshotCall(this, request, decoder));
    registerStream(EtcdApi.OBSERVE, (request, decoder) -> new ObserveCall(this, request, decoder));
    registerWaiting(EtcdApi.LOCK, LockMapping::lock, LockMapping::locked);
    registerWaiting(EtcdApi.CAMPAIGN, LockMapping::campaign, LockMapping::elected);
    registerRecipe(EtcdApi.UNLOCK, LockMapping::unlock, LockMapping::unlocked);
    registerRecipe(EtcdApi.PROCLAIM, LockMapping::proclaim, LockMapping::proclaimed);
    registerRecipe(EtcdApi.LEADER, LockMapping::leader, LockMapping::leader);
    registerRecipe(EtcdApi.RESIGN, LockMapping::resign, LockMapping::resigned);
    EtcdApi.ROWS.forEach(this::bind);
    grpc.callHandler(this::unimplemented);
  }

  @Override
  public void handle(HttpServerRequest request) {
    Compression.declare(request.headers());
    arriving = request;
    try {
      grpc.handle(request);
    } finally {
      arriving = null;
    }
  }

  /** Forgets a connection that has been closed; its calls are notified separately. */
  public void closed(HttpConnection connection) {
    accounts.remove(connection);
    stores.remove(connection);
    certificates.remove(connection);
  }

  /** Memory for answers that are being made or have not left yet, in bytes; for metrics. */
  public long answerBytes() {
    return budget.heldBytes();
  }

  /**
   * Refuses new calls, and ends the streams and the calls that wait for others; the rest may still
   * finish.
   */
  public void stop() {
    stopped = true;
    new ArrayList<>(lasting).forEach(RpcCall::serverStopped);
  }

  /** Stops the timers; to be called once the connections are closed. */
  public void close() {
    stop();
    deadlines.close();
    pendingWrites.close();
    leaderWatch.close();
  }

  // used by the calls

  RpcOptions options() {
    return options;
  }

  Deadlines deadlines() {
    return deadlines;
  }

  PendingWrites pendingWrites() {
    return pendingWrites;
  }

  LeaderWatch leaderWatch() {
    return leaderWatch;
  }

  HttpServerRequest arriving() {
    HttpServerRequest request = arriving;
    if (request == null) {
      throw new IllegalStateException("a call is made while its request arrives");
    }
    return request;
  }

  AnswerBudget.Account accountOf(HttpConnection connection) {
    return accounts.computeIfAbsent(connection, c -> budget.open());
  }

  /**
   * The store for a caller on this connection.
   *
   * @param token null for a caller who is known by the connection's certificate, if at all
   */
  MemberStore storeFor(HttpConnection connection, @Nullable String token) {
    Caller certificate =
        certificates.computeIfAbsent(connection, c -> PeerName.callerOf(c.sslSession()));
    if (token != null) {
      return client.as(new Credentials(token, certificate));
    }
    return stores.computeIfAbsent(connection, c -> client.as(new Credentials(null, certificate)));
  }

  WaitLimit waitLimit() {
    return waitLimit;
  }

  /** Whether calls wait for memory that other calls hold. */
  boolean isContended() {
    return budget.isContended();
  }

  Streams http2() {
    return http2;
  }

  void opened() {
    openCalls++;
  }

  void ended() {
    openCalls--;
  }

  /** A call that does not end by itself. */
  void opened(RpcCall<?> call) {
    lasting.add(call);
  }

  void closed(RpcCall<?> call) {
    lasting.remove(call);
  }

  /**
   * The checks that etcd makes for every call before it looks at the request, in etcd's order.
   *
   * @throws io.quorate.command.EtcdException if the call is refused
   */
  void admit(MultiMap headers, boolean onLearner) {
    if (stopped) {
      throw EtcdError.STOPPED.exception();
    }
    MemberStatus status = client.memberStatus();
    if (status.isLearner() && !onLearner) {
      throw EtcdError.NOT_SUPPORTED_FOR_LEARNER.exception();
    }
    Metadata.checkClientApiVersion(headers);
    if (status.leader() == 0 && Metadata.requiresLeader(headers)) {
      throw EtcdError.NO_LEADER.exception();
    }
  }

  // ---- the table of RPCs

  /** Registers a method that needs no call class of its own. */
  private void bind(Rpc rpc) {
    if (bound.contains(rpc)) {
      return;
    }
    if (rpc instanceof Rpc.Unary<?, ?> unary) {
      bindUnary(unary);
    } else if (rpc instanceof Rpc.Local<?> local) {
      bindLocal(local);
    } else if (rpc instanceof Rpc.Streaming<?> || rpc instanceof Rpc.Recipe<?>) {
      throw new IllegalStateException("nobody serves " + rpc.name());
    }
  }

  private <Q extends MessageLite, R> void bindUnary(Rpc.Unary<Q, R> rpc) {
    registerOneRequest(
        rpc,
        (request, decoder) ->
            switch (rpc.weight()) {
              case LIGHT -> new UnaryCall<>(this, request, decoder, rpc);
              case HEAVY -> new EstimatedCall<>(this, request, decoder, rpc);
            });
  }

  private <Q extends MessageLite> void bindLocal(Rpc.Local<Q> rpc) {
    registerOneRequest(
        rpc, rpc.parser(), (request, decoder) -> new LocalCall<>(this, request, decoder, rpc));
  }

  /** Creates the object that handles one call. */
  private interface Opener<Q extends MessageLite, C extends RpcCall<Q>> {
    C open(GrpcServerRequest<Q, MessageLite> request, GrpcMessageDecoder<Q> decoder);
  }

  private <Q extends MessageLite> void registerOneRequest(
      Rpc.Unary<Q, ?> rpc, Opener<Q, OneRequestCall<Q>> opener) {
    registerOneRequest(rpc, rpc.parser(), opener);
  }

  private <Q extends MessageLite> void registerOneRequest(
      Rpc rpc, Parser<Q> parser, Opener<Q, OneRequestCall<Q>> opener) {
    GrpcMessageDecoder<Q> decoder = ProtoCodec.decoder(parser);
    register(rpc, decoder, request -> opener.open(request, decoder).listen());
  }

  private <Q extends MessageLite> void registerStream(
      Rpc.Streaming<Q> rpc, Opener<Q, StreamCall<Q>> opener) {
    GrpcMessageDecoder<Q> decoder = ProtoCodec.decoder(rpc.parser());
    register(rpc, decoder, request -> opener.open(request, decoder).start());
  }

  private <Q extends MessageLite, R> void registerRecipe(
      Rpc.Recipe<Q> rpc, RecipeCall.Steps<Q, R> steps, Rpc.Unary.Out<R> out) {
    registerOneRequest(
        rpc,
        rpc.parser(),
        (request, decoder) -> new RecipeCall<>(this, request, decoder, steps, out));
  }

  private <Q extends MessageLite> void registerWaiting(
      Rpc.Recipe<Q> rpc, WaitingCall.Line<Q> line, Rpc.Unary.Out<Contender.Turn> out) {
    GrpcMessageDecoder<Q> decoder = ProtoCodec.decoder(rpc.parser());
    register(rpc, decoder, request -> new WaitingCall<>(this, request, decoder, line, out).start());
  }

  private <Q extends MessageLite> void register(
      Rpc rpc, GrpcMessageDecoder<Q> decoder, Handler<GrpcServerRequest<Q, MessageLite>> handler) {
    bound.add(rpc);
    ServiceName service = ServiceName.create(rpc.name().service());
    services.add(service.fullyQualifiedName());
    grpc.callHandler(
        ServiceMethod.server(service, rpc.name().method(), ProtoCodec.ENCODER, decoder),
        request -> {
          try {
            Compression.check(request.headers());
          } catch (RpcException e) {
            refuse(request, e.status(), String.valueOf(e.getMessage()));
            return;
          }
          if (openCalls >= options.maxOpenCalls()) {
            EtcdError error = EtcdError.TOO_MANY_REQUESTS;
            refuse(request, GrpcStatus.valueOf(error.code().number()), error.message());
            return;
          }
          if (Compression.compressesAnswers(request.headers())) {
            request.response().encoding("gzip");
          }
          handler.handle(request);
        });
  }

  private void unimplemented(GrpcServerRequest<Buffer, Buffer> request) {
    String service = request.serviceName().fullyQualifiedName();
    String message =
        services.contains(service)
            ? "unknown method " + request.methodName() + " for service " + service
            : "unknown service " + service;
    refuse(request, GrpcStatus.UNIMPLEMENTED, message);
  }

  private static void refuse(GrpcServerRequest<?, ?> request, GrpcStatus status, String message) {
    request.response().status(status).statusMessage(message).end();
  }
}
