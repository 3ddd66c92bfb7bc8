package io.quorate.vertx.grpc;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result.MemberStatus;
import io.quorate.vertx.client.MemberStore;
import io.quorate.vertx.proto.rpc.ResponseHeader;
import io.vertx.core.Future;
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
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The etcd v3 services, and Quorate's own, on one event loop: made there, called there, closed
 * there. Takes any HTTP/2 request whose content type begins with {@code application/grpc}.
 */
public final class RpcServer implements Handler<HttpServerRequest> {
  private final MemberStore client;
  private final RpcOptions options;
  private final GrpcServer grpc;
  private final Deadlines deadlines;
  private final UntakenAnswers untaken;
  private final LeaderWatch leaderWatch;
  private final Set<String> services = new HashSet<>();
  private final Set<StreamCall<?>> streams = new LinkedHashSet<>();
  private final AnswerBudget budget;
  private final Map<HttpConnection, AnswerBudget.Account> accounts = new IdentityHashMap<>();
  private final Consumer<HttpServerRequest> drop;
  private int openCalls;
  private boolean stopped;

  /** The request that is being handed on; Vert.x's gRPC does not show it to its handlers. */
  private @Nullable HttpServerRequest arriving;

  /**
   * To be called on the event loop that will serve.
   *
   * @param drop resets the stream of a request, whatever of its answer has been written
   */
  public RpcServer(
      Vertx vertx, MemberStore client, RpcOptions options, Consumer<HttpServerRequest> drop) {
    this.client = client;
    this.options = options;
    this.drop = drop;
    this.budget = new AnswerBudget(options.answerBytes(), options.answerBytes() / 4);
    this.deadlines = new Deadlines(vertx);
    this.untaken = new UntakenAnswers(vertx);
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
    new KvRpcs(options).bind(this);
    new WatchRpcs(vertx).bind(this);
    new LeaseRpcs().bind(this);
    new ClusterRpcs().bind(this);
    new MaintenanceRpcs().bind(this);
    new QuorateRpcs().bind(this);
    new HealthRpcs().bind(this);
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

  /** A connection has ended; its calls hear of it by themselves. */
  public void closed(HttpConnection connection) {
    accounts.remove(connection);
  }

  /** Memory that answers take, made and not yet taken, in bytes; for metrics. */
  public long answerBytes() {
    return budget.heldBytes();
  }

  /** Refuses new calls and ends the streams; unary calls may still finish. */
  public void stop() {
    stopped = true;
    new ArrayList<>(streams).forEach(StreamCall::serverStopped);
  }

  /** Stops the timers; to be called once the connections are closed. */
  public void close() {
    stop();
    deadlines.close();
    untaken.close();
    leaderWatch.close();
  }

  /** Streams that are open; for metrics. */
  public int openStreams() {
    return streams.size();
  }

  // for the calls

  MemberStore client() {
    return client;
  }

  RpcOptions options() {
    return options;
  }

  Deadlines deadlines() {
    return deadlines;
  }

  UntakenAnswers untaken() {
    return untaken;
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

  /** True while calls wait for memory that others hold. */
  boolean isContended() {
    return budget.isContended();
  }

  void drop(HttpServerRequest request) {
    drop.accept(request);
  }

  void opened() {
    openCalls++;
  }

  void ended() {
    openCalls--;
  }

  void opened(StreamCall<?> call) {
    streams.add(call);
  }

  void closed(StreamCall<?> call) {
    streams.remove(call);
  }

  /**
   * What etcd checks of every call before it looks at the request, in its order.
   *
   * @throws io.quorate.command.EtcdException if the call is to be refused
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

  static ResponseHeader header(MemberStatus status, long revision) {
    return ResponseHeader.newBuilder()
        .setClusterId(status.clusterId())
        .setMemberId(status.memberId())
        .setRaftTerm(status.raftTerm())
        .setRevision(revision)
        .build();
  }

  // for the services

  <Q extends MessageLite, R> void unary(
      ServiceName service,
      String name,
      Parser<Q> parser,
      Predicate<Q> onLearner,
      BiFunction<MemberStore, Q, Future<R>> call,
      BiFunction<MemberStatus, R, MessageLite> answer) {
    GrpcMessageDecoder<Q> decoder = ProtoCodec.decoder(parser);
    UnaryCall.Method<Q, R> method = new UnaryCall.Method<>(decoder, onLearner, call, answer);
    register(service, name, decoder, request -> new UnaryCall<>(this, request, method).listen());
  }

  <Q extends MessageLite, R> void unary(
      ServiceName service,
      String name,
      Parser<Q> parser,
      BiFunction<MemberStore, Q, Future<R>> call,
      BiFunction<MemberStatus, R, MessageLite> answer) {
    unary(service, name, parser, request -> false, call, answer);
  }

  <Q extends MessageLite, C extends Command.Op, R> void weighed(
      ServiceName service,
      String name,
      Parser<Q> parser,
      Function<Q, C> command,
      BiFunction<MemberStore, C, Future<R>> call,
      BiFunction<MemberStatus, R, MessageLite> answer) {
    GrpcMessageDecoder<Q> decoder = ProtoCodec.decoder(parser);
    WeighedCall.Method<Q, C, R> method = new WeighedCall.Method<>(decoder, command, call, answer);
    register(service, name, decoder, request -> new WeighedCall<>(this, request, method).listen());
  }

  <Q extends MessageLite> void one(
      ServiceName service,
      String name,
      Parser<Q> parser,
      BiFunction<GrpcServerRequest<Q, MessageLite>, GrpcMessageDecoder<Q>, OneRequestCall<Q>>
          call) {
    GrpcMessageDecoder<Q> decoder = ProtoCodec.decoder(parser);
    register(service, name, decoder, request -> call.apply(request, decoder).listen());
  }

  <Q extends MessageLite> void stream(
      ServiceName service,
      String name,
      Parser<Q> parser,
      BiFunction<GrpcServerRequest<Q, MessageLite>, GrpcMessageDecoder<Q>, StreamCall<Q>> call) {
    GrpcMessageDecoder<Q> decoder = ProtoCodec.decoder(parser);
    register(service, name, decoder, request -> call.apply(request, decoder).start());
  }

  private <Q extends MessageLite> void register(
      ServiceName service,
      String name,
      GrpcMessageDecoder<Q> decoder,
      Handler<GrpcServerRequest<Q, MessageLite>> handler) {
    services.add(service.fullyQualifiedName());
    grpc.callHandler(
        ServiceMethod.server(service, name, ProtoCodec.ENCODER, decoder),
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
