package io.quorate.vertx.testing.member;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.WatchOptions;
import io.quorate.vertx.client.WatchStream;
import io.quorate.vertx.client.api.EtcdApi;
import io.quorate.vertx.client.api.Rpc;
import io.quorate.vertx.client.proto.rpc.AuthGrpcClient;
import io.quorate.vertx.client.proto.rpc.AuthRoleRevokePermissionRequest;
import io.quorate.vertx.client.proto.rpc.AuthStatusRequest;
import io.quorate.vertx.client.proto.rpc.AuthUserChangePasswordRequest;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.quorate.vertx.client.remote.RemoteStore;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.member.RawRpc.Call;
import io.quorate.vertx.testing.member.RawRpc.End;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Quorate promises beyond the contract that it shares with Debian's etcd, 3.4. */
class MemberAuthTest extends RecentAuthContract {
  /** RPCs that need no token. */
  private static final Set<String> FOR_EVERYBODY =
      Set.of(
          "etcdserverpb.Auth/Authenticate",
          "etcdserverpb.Auth/AuthStatus",
          "grpc.health.v1.Health/Check",
          "grpc.health.v1.Health/List",
          "grpc.health.v1.Health/Watch");

  @SuppressWarnings("NullAway.Init")
  private OneMember member;

  @SuppressWarnings("NullAway.Init")
  private Path data;

  @BeforeAll
  void start(@TempDir Path directory) {
    data = directory.resolve("data");
    member = new OneMember(data, options -> options.setBcryptCost(4));
    open(member.clientUrl());
  }

  @AfterAll
  void stop() {
    member.close();
  }

  @Override
  void knowsUsers() {
    Await.untilTrue(
        "the feature level",
        () -> end(AuthGrpcClient.RoleAdd, role("probe"), "").status() == GrpcStatus.OK);
    ok(
        AuthGrpcClient.RoleDelete,
        io.quorate.vertx.client.proto.rpc.AuthRoleDeleteRequest.newBuilder()
            .setRole("probe")
            .build(),
        "");
  }

  /** Every RPC of the table, so that one which is added without a rule is found here. */
  @Test
  void no_rpc_is_served_without_a_token_but_those_that_are_for_everybody() {
    for (Rpc rpc : EtcdApi.ROWS) {
      if (FOR_EVERYBODY.contains(rpc.name().toString())) {
        continue;
      }
      assertThat(endOf(rpc, "")).as("%s", rpc.name()).isNotEqualTo(GrpcStatus.OK);
      assertThat(endOf(rpc, "x.1")).as("%s", rpc.name()).isNotEqualTo(GrpcStatus.OK);
    }
  }

  /** With a request that is as good as it can be without knowing anything: one key or id. */
  private GrpcStatus endOf(Rpc row, String token) {
    Buffer request = Buffer.buffer(new byte[] {10, 1, 'b'}); // field 1: the key, or the name
    ServiceMethod<Buffer, Buffer> method =
        ServiceMethod.client(
            ServiceName.create(row.name().service()),
            row.name().method(),
            GrpcMessageEncoder.IDENTITY,
            GrpcMessageDecoder.IDENTITY);
    Call<Buffer, Buffer> call =
        rpc.start(method, request, token.isEmpty() ? Map.of() : Map.of("token", token));
    if (row.type() != Rpc.Type.BIDI_STREAM) {
      return call.end().status();
    }
    Await.untilTrue("an answer", () -> call.hasEnded() || !call.messages.isEmpty());
    GrpcStatus end =
        call.messages.isEmpty() ? call.end().status() : refusedWatch(call.messages.remove());
    call.cancel();
    return end;
  }

  private static GrpcStatus refusedWatch(Buffer answer) {
    try {
      return WatchResponse.parseFrom(answer.getBytes()).getCanceled()
          ? GrpcStatus.PERMISSION_DENIED
          : GrpcStatus.OK;
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void everybody_may_ask_whether_callers_are_checked() {
    ok(AuthGrpcClient.AuthStatus, AuthStatusRequest.getDefaultInstance(), "");
  }

  /** In etcd it would go on. */
  @Test
  void a_watch_ends_when_its_user_may_not_read_any_more() {
    Call<WatchRequest, WatchResponse> call = watching(watch("b", "f"), ann);
    assertThat(call.next().getCreated()).isTrue();
    Call<WatchRequest, WatchResponse> stays = watching(watch("b", "d"), ann);
    assertThat(stays.next().getCreated()).isTrue();
    ok(
        AuthGrpcClient.RoleRevokePermission,
        AuthRoleRevokePermissionRequest.newBuilder()
            .setRole("some")
            .setKey(ByteString.copyFromUtf8("d"))
            .setRangeEnd(ByteString.copyFromUtf8("f"))
            .build(),
        root);
    ok(KVGrpcClient.Put, put("d", "secret"), root);
    ok(KVGrpcClient.Put, put("b", "1"), root);
    WatchResponse ended = call.next();
    assertThat(ended.getCanceled()).isTrue();
    assertThat(ended.getCancelReason())
        .isEqualTo("rpc error: code = PermissionDenied desc = " + DENIED);
    assertThat(stays.next().getEvents(0).getKv().getKey().toStringUtf8()).isEqualTo("b");
    call.cancel();
    stays.cancel();
  }

  @Test
  void a_store_logs_in_and_again_when_its_token_is_not_accepted_any_more() {
    Vertx vertx = Vertx.vertx();
    RemoteStore store =
        new RemoteStore(vertx, new RemoteOptions(List.of(member.clientUrl())).setUser("ann", "a"));
    try {
      Object unused = await(store.put(Command.Put.of(Bytes.utf8("b"), Bytes.utf8("1"))));
      long lease = await(store.leaseGrant(0, 100)).id();
      unused = await(store.leaseKeepAlive(lease));
      QuorateClient client = QuorateClient.over(vertx, store);
      CompletableFuture<String> seen = new CompletableFuture<>();
      WatchStream watch = client.watch(WatchOptions.of(KeyRange.single(Bytes.utf8("b"))));
      watch.handler(batch -> seen.complete(batch.events().get(0).kv().value().utf8()));
      unused = await(watch.started());
      ok(
          AuthGrpcClient.UserChangePassword,
          AuthUserChangePasswordRequest.newBuilder().setName("ann").setPassword("a").build(),
          root);
      unused = await(store.leaseKeepAlive(lease));
      unused = await(store.put(Command.Put.of(Bytes.utf8("b"), Bytes.utf8("2"))));
      assertThat(seen).succeedsWithin(java.time.Duration.ofSeconds(20)).isEqualTo("2");
      assertThatThrownBy(() -> await(store.put(Command.Put.of(Bytes.utf8("g"), Bytes.utf8("1")))))
          .isInstanceOf(EtcdException.class)
          .hasMessageContaining(DENIED);
      unused = await(client.close());
    } finally {
      Void unused = await(store.close());
      unused = await(vertx.close());
    }
  }

  @Test
  void a_wrong_password_fails_the_request_and_says_so() {
    Vertx vertx = Vertx.vertx();
    RemoteStore store =
        new RemoteStore(
            vertx, new RemoteOptions(List.of(member.clientUrl())).setUser("ann", "wrong"));
    try {
      assertThatThrownBy(() -> await(store.put(Command.Put.of(Bytes.utf8("b"), Bytes.utf8("1")))))
          .hasMessageContaining(EtcdError.AUTH_FAILED.message());
    } finally {
      Void unused = await(store.close());
      unused = await(vertx.close());
    }
  }

  /** The log, the state and what SQLite keeps beside them. */
  @Test
  void neither_passwords_nor_tokens_are_on_the_disk() throws Exception {
    ok(AuthGrpcClient.UserAdd, user("carl", "a-very-long-secret"), root);
    String token = login("carl", "a-very-long-secret");
    String letters = token.substring(0, token.indexOf('.'));
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String content =
            new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(content.contains("a-very-long-secret")).as("%s", file).isFalse();
        assertThat(content.contains(letters)).as("%s", file).isFalse();
      }
    }
  }

  /** bcrypt takes long; whoever tries many passwords of one user does not hold up another one. */
  @Test
  void a_flood_of_wrong_passwords_holds_up_nobody_else() {
    List<Call<?, ?>> flood = new java.util.ArrayList<>();
    for (int i = 0; i < 200; i++) {
      flood.add(
          rpc.start(
              AuthGrpcClient.Authenticate,
              io.quorate.vertx.client.proto.rpc.AuthenticateRequest.newBuilder()
                  .setName("ann")
                  .setPassword("wrong" + i)
                  .build(),
              Map.of()));
    }
    assertThat(login("none", "n")).isNotEmpty();
    ok(KVGrpcClient.Range, range("b", ""), ann);
    int tried = 0;
    for (Call<?, ?> each : flood) {
      End end = each.end();
      assertThat(end.status()).isIn(GrpcStatus.INVALID_ARGUMENT, GrpcStatus.UNKNOWN);
      tried += end.status() == GrpcStatus.INVALID_ARGUMENT ? 1 : 0;
    }
    assertThat(tried).isPositive();
  }
}
