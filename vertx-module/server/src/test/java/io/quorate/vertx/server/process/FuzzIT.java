package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.quorate.vertx.client.api.EtcdApi;
import io.quorate.vertx.client.proto.election.ElectionProto;
import io.quorate.vertx.client.proto.health.HealthProto;
import io.quorate.vertx.client.proto.lock.LockProto;
import io.quorate.vertx.client.proto.quorate.QuorateProto;
import io.quorate.vertx.client.proto.rpc.RpcProto;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random messages to every RPC of a cluster of three, some of them cancelled at once, while members
 * are killed: no member may end, hang, log an error or differ from the others. {@code
 * -Dquorate.fuzz.rounds=20 -Dquorate.fuzz.from=100} runs more of it.
 */
@ExtendWith(LogTails.class)
class FuzzIT {
  private static final int ROUNDS = Integer.getInteger("quorate.fuzz.rounds", 3);
  private static final long FROM = Long.getLong("quorate.fuzz.from", 1);
  private static final int MESSAGES_AN_RPC = 40;
  private static final int AT_ONCE = 32;

  /** Far above the time that a request may take without a leader. */
  private static final long HANGS_SECONDS = 60;

  private static final long LASTING_MILLIS = 50;

  /** Unary RPCs that may wait for other clients for as long as their own waits. */
  private static final Set<String> WAITING = Set.of("Lock", "Campaign");

  /**
   * @param lasts whether it may not end by itself
   */
  private record Rpc(ServiceName service, String method, Descriptor request, boolean lasts) {}

  private static final List<Rpc> RPCS =
      Stream.of(
              RpcProto.getDescriptor(),
              LockProto.getDescriptor(),
              ElectionProto.getDescriptor(),
              QuorateProto.getDescriptor(),
              HealthProto.getDescriptor())
          .flatMap(file -> file.getServices().stream())
          .flatMap(service -> service.getMethods().stream())
          .map(FuzzIT::rpc)
          .toList();

  private static Rpc rpc(MethodDescriptor method) {
    return new Rpc(
        ServiceName.create(method.getService().getFullName()),
        method.getName(),
        method.getInputType(),
        method.isClientStreaming()
            || method.isServerStreaming()
            || WAITING.contains(method.getName()));
  }

  @Test
  void randomMessagesToEveryRpcLeaveMembersRunningAndConsistent() throws Exception {
    assertThat(RPCS).hasSameSizeAs(EtcdApi.ROWS);
    try (ProcessCluster cluster = ProcessCluster.start("fuzz", 3)) {
      Set<String> names =
          cluster.members().stream().map(MemberProcess::name).collect(Collectors.toSet());
      for (long seed = FROM; seed < FROM + ROUNDS; seed++) {
        Random random = new Random(seed);
        MemberProcess victim = cluster.member(random.nextInt(3));
        round(cluster.members(), seed);
        cleanUp(cluster, names); // with an added voter, two of the three would be no quorum
        requireNoErrorsInLog(victim);
        victim.kill();
        round(cluster.others(victim), -seed);
        victim.start();
        victim.awaitReady();
        cleanUp(cluster, names);
        requireConsistent(cluster, seed);
      }
      cluster.members().forEach(FuzzIT::requireNoErrorsInLog);
    }
  }

  /** Sends messages from {@code seed} to each RPC in a random order, to these members in turn. */
  private static void round(List<MemberProcess> members, long seed) throws Exception {
    Random random = new Random(seed);
    MessageFuzzer fuzzer = new MessageFuzzer(seed);
    Vertx vertx = Vertx.vertx();
    List<GrpcClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < members.size(); i++) {
        clients.add(
            GrpcClient.client(
                vertx,
                new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false)));
      }
      List<Future<Void>> open = new ArrayList<>();
      for (int i = 0; i < MESSAGES_AN_RPC * RPCS.size(); i++) {
        Rpc rpc = RPCS.get(random.nextInt(RPCS.size()));
        int member = random.nextInt(members.size());
        open.add(
            call(
                vertx,
                clients.get(member),
                SocketAddress.inetSocketAddress(members.get(member).clientPort(), "127.0.0.1"),
                rpc,
                fuzzer.message(rpc.request()),
                random.nextInt(5) == 0));
        if (open.size() == AT_ONCE) {
          settle(open, seed);
        }
      }
      settle(open, seed);
    } finally {
      clients.forEach(GrpcClient::close);
      Abuse.await(vertx.close());
    }
  }

  private static void settle(List<Future<Void>> open, long seed) throws Exception {
    Future.join(open)
        .otherwiseEmpty()
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(HANGS_SECONDS, TimeUnit.SECONDS)
        .exceptionally(
            hangs -> {
              throw new AssertionError("seed " + seed + ": a call that has no end");
            })
        .get();
    open.clear();
  }

  /** Completes when the call has ended in any way. */
  private static Future<Void> call(
      Vertx vertx,
      GrpcClient client,
      SocketAddress address,
      Rpc rpc,
      byte[] message,
      boolean givesUp) {
    ServiceMethod<Buffer, Buffer> method =
        ServiceMethod.client(
            rpc.service(), rpc.method(), GrpcMessageEncoder.IDENTITY, GrpcMessageDecoder.IDENTITY);
    return client
        .request(address, method)
        .compose(
            (GrpcClientRequest<Buffer, Buffer> request) -> {
              Promise<Void> ended = Promise.promise();
              request
                  .response()
                  .onFailure(ended::tryFail)
                  .onSuccess(
                      response -> {
                        response.exceptionHandler(ended::tryFail);
                        response.endHandler(v -> ended.tryComplete());
                      });
              if (givesUp) {
                var unused = request.write(Buffer.buffer(message));
                request.cancel();
                ended.tryComplete();
              } else if (rpc.lasts()) {
                var unused = request.write(Buffer.buffer(message));
                long timer =
                    vertx.setTimer(
                        LASTING_MILLIS,
                        t -> {
                          request.cancel();
                          ended.tryComplete();
                        });
                ended.future().onComplete(done -> vertx.cancelTimer(timer));
              } else {
                var unused = request.end(Buffer.buffer(message));
              }
              return ended.future();
            })
        .otherwiseEmpty();
  }

  /** Undoes changes to the cluster that a random message has made. */
  private static void cleanUp(ProcessCluster cluster, Set<String> names) {
    Client client = cluster.awaitLeader().client();
    int unused = client.clearAlarms();
    client.removeOthersThan(names);
  }

  private static void requireConsistent(ProcessCluster cluster, long seed) {
    long revision = cluster.awaitLeader().client().put("after", "seed " + seed);
    int expected = hashAt(revision, cluster.member(0));
    for (MemberProcess member : cluster.members()) {
      assertThat(member.isAlive()).as("seed %d: %s", seed, member.name()).isTrue();
      assertThat(hashAt(revision, member))
          .as("seed %d: %s", seed, member.name())
          .isEqualTo(expected);
    }
  }

  /** After a linearizable read, the member has applied the revision. */
  private static int hashAt(long revision, MemberProcess member) {
    assertThat(member.client().countAll(false).getHeader().getRevision())
        .isGreaterThanOrEqualTo(revision);
    return member.client().hashKv(revision).getHash();
  }

  /** Vert.x logs this itself for a connection whose other end was killed. */
  private static final String KILLED = "\"caller\":\"ConnectionBase\",\"msg\":\"Connection reset\"";

  private static void requireNoErrorsInLog(MemberProcess member) {
    assertThat(member.isAlive()).as(member.name()).isTrue();
    assertThat(
            member
                .log()
                .matching(
                    line ->
                        line.contains("\"level\":\"error\"") && !line.contains(KILLED)
                            || line.contains("\"level\":\"fatal\"")
                            || line.contains("Exception")))
        .as(member.name())
        .isEmpty();
  }
}
