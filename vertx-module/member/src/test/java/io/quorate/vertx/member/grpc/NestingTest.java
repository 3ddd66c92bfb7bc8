package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import io.quorate.codec.CommandCodec;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.Result;
import io.quorate.command.Validation;
import io.quorate.vertx.client.api.ProtoMapping;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.TxnResponse;
import io.quorate.vertx.member.http.EndpointOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.common.WireFormat;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Deeply nested and malformed requests; the expected answers are etcd's. */
@SuppressWarnings("NullAway.Init")
class NestingTest {
  private static final int SMALL_STACK_BYTES = 256 << 10;
  private static final String UNREADABLE = "grpc: error unmarshalling request: ";
  private static final String GARBAGE = UNREADABLE + "proto: cannot parse invalid wire-format data";
  private static final byte[] KEY = {0x0a, 1, 'k'};

  private static TestRpc rpc;

  @BeforeAll
  static void start() {
    rpc = new TestRpc(EndpointOptions.defaults());
  }

  @AfterAll
  static void stop() {
    rpc.close();
  }

  /** The limit is 127 transactions inside the outermost one; a further one must be empty. */
  @ParameterizedTest
  @ValueSource(ints = {1, 49, 60, 127, 128})
  void transactionsMayBeNestedAsDeepAsInEtcd(int depth) throws Exception {
    TxnRequest innermost = putting("deep" + depth);
    TxnResponse answer = transaction(raw("Txn", nested(depth, innermost)).answer());
    for (int i = 1; i < depth; i++) {
      answer = answer.getResponses(0).getResponseTxn();
    }
    assertThat(answer.getResponses(0).hasResponsePut()).isTrue();
  }

  @Test
  void theDeepestTransactionIsAcceptedOnlyIfItIsEmpty() throws Exception {
    byte[] deepest = nested(129, TxnRequest.getDefaultInstance());
    assertThat(transaction(raw("Txn", deepest).answer()).getSucceeded()).isTrue();
    tooMany(nested(129, putting("k")));
    tooMany(nested(130, TxnRequest.getDefaultInstance()));
  }

  @ParameterizedTest
  @ValueSource(ints = {130, 200, 255, 256, 257, 300, 4_999})
  void aDeeperTransactionHasTooManyOperations(int depth) {
    tooMany(nested(depth, putting("k")));
  }

  @Test
  void aTransactionTooDeepForEtcdsParserIsUnreadable() {
    for (byte[] request :
        List.of(nested(5_000, putting("k")), nested(5_001, TxnRequest.getDefaultInstance()))) {
      assertThat(raw("Txn", request).end())
          .isEqualTo(
              new TestRpc.End(
                  GrpcStatus.INTERNAL, UNREADABLE + "proto: exceeded maximum recursion depth"));
    }
  }

  private static void tooMany(byte[] request) {
    assertThat(raw("Txn", request).end())
        .isEqualTo(new TestRpc.End(GrpcStatus.INVALID_ARGUMENT, EtcdError.TOO_MANY_OPS.message()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 101, 200, ProtoCodec.MAX_NESTING})
  void unknownGroupsAreSkipped(int depth) {
    assertThat(raw("Range", groups(KEY, depth)).end().status()).isEqualTo(GrpcStatus.OK);
    byte[] txn = groups(nested(60, putting("k")), depth);
    assertThat(raw("Txn", txn).end().status()).isEqualTo(GrpcStatus.OK);
  }

  @ParameterizedTest
  @ValueSource(ints = {ProtoCodec.MAX_NESTING + 1, 20_000, 400_000})
  void groupsNestedTooDeepAreRefused(int depth) {
    TestRpc.End tooDeep =
        new TestRpc.End(
            GrpcStatus.INTERNAL, UNREADABLE + "proto: exceeded maximum recursion depth");
    assertThat(raw("Range", groups(KEY, depth)).end()).isEqualTo(tooDeep);
    assertThat(raw("Txn", groups(nested(3, putting("k")), depth)).end()).isEqualTo(tooDeep);
  }

  @Test
  void unreadableRequestsGetEtcdsErrorTexts() {
    garbage(0x0a, 10, 'k'); // ends too early
    garbage(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1); // a negative length
    garbage(0x02, 0); // field 0
    garbage(0x0f, 0); // wire type 7
    garbage(0x0a, 1, 'k', 0x0c); // end of a group without its start
    garbage(0x0a, 1, 'k', 0x0b); // a group without its end
    garbage(0x0a, 1, 'k', 0xa3, 0x06, 0xac, 0x06); // a group with the end of another one
    garbage(0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1); // 77 bits
    assertThat(call("etcdserverpb.Cluster", "MemberAdd", bytes(0x0a, 2, 0xff, 0xfe)).end())
        .isEqualTo(
            new TestRpc.End(
                GrpcStatus.INTERNAL, UNREADABLE + "string field contains invalid UTF-8"));
  }

  private static void garbage(int... request) {
    assertThat(raw("Range", bytes(request)).end())
        .isEqualTo(new TestRpc.End(GrpcStatus.INTERNAL, GARBAGE));
  }

  /** The deepest request is handled with a quarter of the stack of an event loop. */
  @Test
  void theDeepestRequestNeedsOnlyASmallStack() throws Exception {
    byte[] deepest = nested(129, TxnRequest.getDefaultInstance());
    byte[] wide = groups(deepest, ProtoCodec.MAX_NESTING);
    CompletableFuture<byte[]> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            null,
            () -> done.completeAsync(() -> through(wide), Runnable::run),
            "",
            SMALL_STACK_BYTES);
    thread.start();
    assertThat(done.get(20, TimeUnit.SECONDS)).hasSizeGreaterThan(129);
    thread.join();
  }

  private static byte[] through(byte[] request) {
    TxnRequest read =
        ProtoCodec.decoder(TxnRequest.parser())
            .decode(GrpcMessage.message("identity", Buffer.buffer(request)));
    Command.Txn txn = ProtoMapping.txn(read, 128);
    Validation.check(txn, 128);
    byte[] encoded = CommandCodec.encode(txn);
    assertThat(CommandCodec.encode(CommandCodec.decode(encoded))).isEqualTo(encoded);
    Result.TxnDone result = new Result.TxnDone(1, true, List.of());
    for (int depth = 1; depth < Validation.MAX_TXN_DEPTH; depth++) {
      result = new Result.TxnDone(1, true, List.of(result));
    }
    return ProtoCodec.ENCODER
        .encode(
            ProtoMapping.txnDone(ResponseHeader.getDefaultInstance(), result), WireFormat.PROTOBUF)
        .payload()
        .getBytes();
  }

  // ---- helpers

  private record Asked(TestRpc.Call<Buffer, Buffer> call) {
    TestRpc.End end() {
      return call.end();
    }

    byte[] answer() {
      return call.next().getBytes();
    }
  }

  private static Asked raw(String method, byte[] request) {
    return call(KVGrpcClient.Range.serviceName().fullyQualifiedName(), method, request);
  }

  private static Asked call(String service, String method, byte[] request) {
    ServiceMethod<Buffer, Buffer> raw =
        ServiceMethod.client(
            ServiceName.create(service),
            method,
            GrpcMessageEncoder.IDENTITY,
            GrpcMessageDecoder.IDENTITY);
    return new Asked(rpc.start(raw, Buffer.buffer(request), Map.of()));
  }

  private static TxnResponse transaction(byte[] answer) throws Exception {
    CodedInputStream in = CodedInputStream.newInstance(answer);
    in.setRecursionLimit(1_000);
    return TxnResponse.parseFrom(in);
  }

  private static TxnRequest putting(String key) {
    return TxnRequest.newBuilder()
        .addSuccess(
            RequestOp.newBuilder()
                .setRequestPut(
                    PutRequest.newBuilder()
                        .setKey(ByteString.copyFrom(key, StandardCharsets.UTF_8))))
        .build();
  }

  /** Encoded by hand, from the inside out: a builder would recurse as deep as the message. */
  private static byte[] nested(int depth, TxnRequest innermost) {
    byte[] txn = innermost.toByteArray();
    for (int i = 1; i < depth; i++) {
      txn = field(TxnRequest.SUCCESS_FIELD_NUMBER, field(4, txn));
    }
    return txn;
  }

  private static byte[] field(int number, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 6);
    out.write(number << 3 | 2);
    int length = content.length;
    while (length >= 0x80) {
      out.write(length & 0x7f | 0x80);
      length >>>= 7;
    }
    out.write(length);
    out.writeBytes(content);
    return out.toByteArray();
  }

  /** {@code message} followed by nested groups of field 100. */
  private static byte[] groups(byte[] message, int depth) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(message.length + 4 * depth);
    out.writeBytes(message);
    for (int i = 0; i < depth; i++) {
      out.writeBytes(new byte[] {(byte) 0xa3, 6});
    }
    for (int i = 0; i < depth; i++) {
      out.writeBytes(new byte[] {(byte) 0xa4, 6});
    }
    return out.toByteArray();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
