package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.member.http.EndpointOptions;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.grpc.common.GrpcStatus;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Frames of well-behaved and misbehaving clients; the error texts are those of grpc-go. */
@SuppressWarnings("NullAway.Init")
class CompressionTest {
  private static final int MAX_MESSAGE_BYTES = 10_000 + RpcOptions.OVERHEAD_BYTES;
  private static final String RANGE = "/etcdserverpb.KV/Range";
  private static final String WATCH = "/etcdserverpb.Watch/Watch";
  private static final Map<String, String> GZIP = Map.of("grpc-encoding", "gzip");

  private static TestRpc rpc;
  // A field, since Vert.x closes the connections of a client that was garbage-collected.
  private static HttpClientAgent client;
  private static Context context;
  private static HttpClientConnection connection;

  @BeforeAll
  static void start() {
    rpc = new TestRpc(EndpointOptions.of(RpcOptions.of(10_000, 128, 1_000, 1_000)));
    client =
        rpc.vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    context = rpc.vertx.getOrCreateContext();
    Promise<HttpClientConnection> connected = Promise.promise();
    context.runOnContext(
        v ->
            client
                .connect(new HttpConnectOptions().setHost("127.0.0.1").setPort(rpc.port()))
                .onComplete(connected));
    connection = TestRpc.await(connected.future());
    rpc.ask(
        KVGrpcClient.Put, PutRequest.newBuilder().setKey(bytes("k")).setValue(bytes("v")).build());
  }

  @AfterAll
  static void stop() {
    TestRpc.await(client.close());
    rpc.close();
  }

  @Test
  void aCompressedRequestGetsACompressedAnswer() throws IOException {
    Answer answer = call(RANGE, GZIP, frame(1, gzip(range())));
    assertThat(answer.status).isEqualTo(GrpcStatus.OK.toString());
    assertThat(answer.encoding).isEqualTo("gzip");
    assertThat(answer.body.getByte(0)).isEqualTo((byte) 1);
    assertThat(value(gunzip(answer.payload()))).isEqualTo("v");
  }

  @Test
  void aCallThatDeclaresGzipMaySendUncompressedMessages() throws IOException {
    Answer answer = call(RANGE, GZIP, frame(0, range()));
    assertThat(answer.status).isEqualTo(GrpcStatus.OK.toString());
    assertThat(value(gunzip(answer.payload()))).isEqualTo("v");
  }

  @Test
  void aClientThatDoesNotAcceptGzipGetsAnUncompressedAnswer() throws IOException {
    Answer answer =
        call(
            RANGE,
            Map.of("grpc-encoding", "gzip", "grpc-accept-encoding", "identity,deflate"),
            frame(1, gzip(range())));
    assertThat(answer.status).isEqualTo(GrpcStatus.OK.toString());
    assertThat(answer.body.getByte(0)).isZero();
    assertThat(value(answer.payload())).isEqualTo("v");
  }

  @Test
  void anUncompressedRequestGetsAnUncompressedAnswer() throws IOException {
    for (Map<String, String> headers :
        List.of(
            Map.of("grpc-accept-encoding", "gzip"),
            Map.of("grpc-encoding", "identity", "grpc-accept-encoding", "gzip"))) {
      Answer answer = call(RANGE, headers, frame(0, range()));
      assertThat(answer.status).isEqualTo(GrpcStatus.OK.toString());
      assertThat(answer.body.getByte(0)).isZero();
      assertThat(value(answer.payload())).isEqualTo("v");
    }
  }

  @Test
  void aCompressedMessageWithoutADeclaredEncodingIsAnInternalError() {
    for (Map<String, String> headers :
        List.of(
            Map.<String, String>of(),
            Map.of("grpc-encoding", ""),
            Map.of("grpc-encoding", "identity"))) {
      for (String path : List.of(RANGE, WATCH)) {
        assertRefused(
            call(path, headers, frame(1, new byte[] {1, 2, 3})),
            GrpcStatus.INTERNAL,
            "grpc: compressed flag set with identity or empty encoding");
      }
    }
    assertRefused(
        call("/no.Such/Method", Map.of(), frame(1, new byte[] {1, 2, 3})),
        GrpcStatus.UNIMPLEMENTED,
        "unknown service no.Such");
  }

  @Test
  void anUnknownEncodingIsUnimplementedEvenForUncompressedMessages() {
    for (int flag : new int[] {0, 1}) {
      for (String path : List.of(RANGE, WATCH)) {
        assertRefused(
            call(path, Map.of("grpc-encoding", "snappy"), frame(flag, range())),
            GrpcStatus.UNIMPLEMENTED,
            "grpc: Decompressor is not installed for grpc-encoding \"snappy\"");
      }
    }
  }

  @Test
  void invalidGzipDataIsAnInternalError() throws IOException {
    byte[] cut = Arrays.copyOf(gzip(range()), 12);
    byte[] spoilt = gzip(range());
    spoilt[spoilt.length - 6] ^= 1; // a byte of the checksum
    for (byte[] wrong : new byte[][] {{1, 2, 3}, {}, cut, spoilt}) {
      Answer answer = call(RANGE, GZIP, frame(1, wrong));
      assertThat(answer.status).isEqualTo(GrpcStatus.INTERNAL.toString());
      assertThat(answer.message).startsWith("grpc: failed to decompress the message: ");
      assertThat(answer.message).doesNotContain("null");
    }
  }

  @Test
  void aMessageAboveTheLimitAfterDecompressionIsRefused() throws IOException {
    assertRefused(
        call(RANGE, GZIP, frame(1, gzip(new byte[64 << 20]))),
        GrpcStatus.RESOURCE_EXHAUSTED,
        "grpc: received message after decompression larger than max " + MAX_MESSAGE_BYTES);
    assertRefused(
        call(RANGE, GZIP, frame(1, gzip(new byte[MAX_MESSAGE_BYTES + 1]))),
        GrpcStatus.RESOURCE_EXHAUSTED,
        "grpc: received message after decompression larger than max " + MAX_MESSAGE_BYTES);
    Answer atTheLimit = call(RANGE, GZIP, frame(1, gzip(new byte[MAX_MESSAGE_BYTES])));
    assertThat(atTheLimit.message).startsWith("grpc: error unmarshalling request");
  }

  private static void assertRefused(Answer answer, GrpcStatus status, String message) {
    assertThat(answer.status).isEqualTo(status.toString());
    assertThat(answer.message).isEqualTo(message);
  }

  private record Answer(
      @Nullable String status, @Nullable String message, @Nullable String encoding, Buffer body) {
    byte[] payload() {
      assertThat(body.getInt(1)).isEqualTo(body.length() - 5);
      return body.getBytes(5, body.length());
    }
  }

  private static Answer call(String path, Map<String, String> headers, Buffer body) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setURI(path)
            .putHeader("content-type", "application/grpc")
            .putHeader("te", "trailers");
    headers.forEach(options::putHeader);
    Promise<Answer> answer = Promise.promise();
    // On the event loop of the connection, or the answer may end before its handlers are set.
    context.runOnContext(
        v ->
            connection
                .request(options)
                .compose(request -> request.send(body))
                .compose(response -> response.body().map(read -> answer(response, read)))
                .onComplete(answer));
    return TestRpc.await(answer.future());
  }

  private static Answer answer(HttpClientResponse response, Buffer body) {
    String status = response.getHeader("grpc-status");
    String message = response.getHeader("grpc-message");
    return new Answer(
        status == null ? response.getTrailer("grpc-status") : status,
        decode(message == null ? response.getTrailer("grpc-message") : message),
        response.getHeader("grpc-encoding"),
        body);
  }

  private static @Nullable String decode(@Nullable String message) {
    return message == null ? null : URLDecoder.decode(message, StandardCharsets.UTF_8);
  }

  private static Buffer frame(int flag, byte[] message) {
    return Buffer.buffer().appendByte((byte) flag).appendInt(message.length).appendBytes(message);
  }

  private static byte[] range() {
    return RangeRequest.newBuilder().setKey(bytes("k")).build().toByteArray();
  }

  private static String value(byte[] rangeResponse) throws IOException {
    return RangeResponse.parseFrom(rangeResponse).getKvs(0).getValue().toStringUtf8();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] gunzip(byte[] packed) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      return in.readAllBytes();
    }
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
