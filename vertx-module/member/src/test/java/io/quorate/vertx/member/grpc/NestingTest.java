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

/** Requests nested deeply, and requests that are none; the expected answers are those of etcd. */
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

  /** 127 in the outermost one; at 129 the innermost may hold nothing. */
  @ParameterizedTest
  @ValueSource(ints = {1, 49, 60, 127, 128})
  void transactionsAreNestedAsDeepAsWithEtcd(int depth) throws Exception {
    TxnRequest innermost = putting("deep" + depth);
    TxnResponse answer = transaction(raw("Txn", nested(depth, innermost)).answer());
    for (int i = 1; i < depth; i++) {
      answer = answer.getResponses(0).getResponseTxn();
    }
    assertThat(answer.getResponses(0).hasResponsePut()).isTrue();
  }

  @Test
  void theDeepestOfAllHoldsNothing() throws Exception {
    byte[] deepest = nested(129, TxnRequest.getDefaultInstance());
    assertThat(transaction(raw("Txn", deepest).answer()).getSucceeded()).isTrue();
    tooMany(nested(129, putting("k")));
    tooMany(nested(130, TxnRequest.getDefaultInstance()));
  }

  @ParameterizedTest
  @ValueSource(ints = {130, 200, 255, 256, 257, 300, 4_999})
  void oneThatIsDeeperHasTooManyOperations(int depth) {
    tooMany(nested(depth, putting("k")));
  }

  @Test
  void oneThatIsTooDeepForEtcdsParserCannotBeRead() {
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
  void groupsThatAreNotKnownArePassedOver(int depth) {
    assertThat(raw("Range", groups(KEY, depth)).end().status()).isEqualTo(GrpcStatus.OK);
    byte[] txn = groups(nested(60, putting("k")), depth);
    assertThat(raw("Txn", txn).end().status()).isEqualTo(GrpcStatus.OK);
  }

  @ParameterizedTest
  @ValueSource(ints = {ProtoCodec.MAX_NESTING + 1, 20_000, 400_000})
  void groupsBeyondMeasureAreRefused(int depth) {
    TestRpc.End tooDeep =
        new TestRpc.End(
            GrpcStatus.INTERNAL, UNREADABLE + "proto: exceeded maximum recursion depth");
    assertThat(raw("Range", groups(KEY, depth)).end()).isEqualTo(tooDeep);
    assertThat(raw("Txn", groups(nested(3, putting("k")), depth)).end()).isEqualTo(tooDeep);
  }

  @Test
  void whatCannotBeReadIsSaidInEtcdsWords() {
    garbage(0x0a, 10, 'k'); // ends too early
    garbage(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1); // a negative length
    garbage(0x02, 0); // field 0
    garbage(0x0f, 0); // wire type 7
    garbage(0x0a, 1, 'k', 0x0c); // the end of a group that never began
    garbage(0x0a, 1, 'k', 0x0b); // a group that never ends
    garbage(0x0a, 1, 'k', 0xa3, 0x06, 0xac, 0x06); // one that ends as another
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

  /** A quarter of what an event loop has, for all that is done with the deepest request. */
  @Test
  void aSmallStackIsEnough() throws Exception {
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

  // ---- how

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

  /** By hand, from the inside out: a builder would go as deep as the message. */
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

  /** {@code message} and groups of field 100 in each other. */
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
