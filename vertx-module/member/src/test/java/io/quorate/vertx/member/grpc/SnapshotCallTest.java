package io.quorate.vertx.member.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.snapshot.SnapshotFile;
import io.quorate.vertx.client.proto.rpc.MaintenanceGrpcClient;
import io.quorate.vertx.client.proto.rpc.SnapshotRequest;
import io.quorate.vertx.client.proto.rpc.SnapshotResponse;
import io.quorate.vertx.member.http.EndpointOptions;
import io.quorate.vertx.member.store.SnapshotSource;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.grpc.common.GrpcStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class SnapshotCallTest {
  private static final int CHUNK_BYTES = 32 << 10;
  private static final SnapshotRequest REQUEST = SnapshotRequest.getDefaultInstance();

  private static TestRpc rpc;

  @BeforeAll
  static void start() {
    rpc = new TestRpc(EndpointOptions.of(RpcOptions.of(10_000, 128, 60, 100)));
  }

  @AfterAll
  static void stop() {
    rpc.close();
  }

  @BeforeEach
  void healthy() {
    rpc.store.learner = false;
  }

  /** A file in memory; it fails at an offset, if there is one. */
  private static final class MemorySource implements SnapshotSource {
    private final byte[] content;
    private final int failsAt;
    private int position;
    private volatile boolean closed;
    private volatile int readBytes;

    MemorySource(int bytes, int failsAt) {
      content = new byte[bytes];
      new Random(bytes).nextBytes(content);
      this.failsAt = failsAt;
    }

    @Override
    public long sizeBytes() {
      return content.length;
    }

    @Override
    public Future<Bytes> next(int maxBytes) {
      if (failsAt >= 0 && position >= failsAt) {
        return Future.failedFuture(new IOException("the disk is gone"));
      }
      int from = position;
      position = Math.min(content.length, position + maxBytes);
      readBytes = position;
      return Future.succeededFuture(Bytes.of(Arrays.copyOfRange(content, from, position)));
    }

    @Override
    public Bytes sha256() {
      return Bytes.of(SnapshotFile.sha256().digest(content));
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void chunksCountDownToZeroAndTheDigestFollows() {
    MemorySource source = serve(new MemorySource(10 * CHUNK_BYTES + 512, -1));

    var call = rpc.start(MaintenanceGrpcClient.Snapshot, REQUEST, Map.of());

    ByteArrayOutputStream received = new ByteArrayOutputStream();
    for (int i = 0; i <= 10; i++) {
      SnapshotResponse chunk = call.next();
      assertThat(chunk.getBlob().size()).isEqualTo(i < 10 ? CHUNK_BYTES : 512);
      assertThat(chunk.getVersion()).isEqualTo("3.7.0");
      received.writeBytes(chunk.getBlob().toByteArray());
      assertThat(chunk.getRemainingBytes()).isEqualTo(source.content.length - received.size());
    }
    SnapshotResponse digest = call.next();
    assertThat(digest.getBlob().toByteArray()).isEqualTo(source.sha256().array());
    assertThat(digest.getRemainingBytes()).isZero();
    assertThat(digest.getVersion()).isEqualTo("3.7.0");
    assertThat(received.toByteArray()).isEqualTo(source.content);
    assertThat(call.end().status()).isEqualTo(GrpcStatus.OK);
    assertThat(source.closed).isTrue();
  }

  @Test
  void aClientThatReadsNothingIsNotReadFor() {
    MemorySource source = serve(new MemorySource(64 << 20, -1));
    var call = rpc.start(MaintenanceGrpcClient.Snapshot, REQUEST, Map.of());
    call.next();
    call.pauseReading();
    rpc.settle();

    int[] before = {-1};
    rpc.until(
        "reading has stopped",
        () -> {
          int now = source.readBytes;
          boolean same = now == before[0];
          before[0] = now;
          return same;
        });
    assertThat(source.readBytes).isLessThan(8 << 20);

    call.resumeReading();
    assertThat(call.end().status()).isEqualTo(GrpcStatus.OK);
    assertThat(source.closed).isTrue();
  }

  @Test
  void aClientThatGoesAwayLeavesNothingOpen() {
    MemorySource source = serve(new MemorySource(64 << 20, -1));
    var call = rpc.start(MaintenanceGrpcClient.Snapshot, REQUEST, Map.of());
    call.next();
    call.pauseReading();

    call.cancel();

    rpc.until("closed", () -> source.closed);
  }

  @Test
  void aClientThatHasGoneBeforeTheFileIsMadeLeavesNothingOpen() {
    Promise<SnapshotSource> making = Promise.promise();
    rpc.store.snapshot = making.future();
    var call = rpc.start(MaintenanceGrpcClient.Snapshot, REQUEST, Map.of());
    rpc.until("asked for", () -> rpc.store.wanted.getAsBoolean());
    call.cancel();
    rpc.until("not wanted any more", () -> !rpc.store.wanted.getAsBoolean());

    MemorySource source = new MemorySource(CHUNK_BYTES, -1);
    making.complete(source);

    rpc.until("closed", () -> source.closed);
  }

  @Test
  void aDiskThatFailsEndsTheCall() {
    MemorySource source = serve(new MemorySource(1 << 20, 256 << 10));

    var call = rpc.start(MaintenanceGrpcClient.Snapshot, REQUEST, Map.of());

    assertThat(call.end())
        .isEqualTo(new TestRpc.End(GrpcStatus.INTERNAL, "quorate: no snapshot: the disk is gone"));
    assertThat(source.closed).isTrue();
  }

  @Test
  void aLearnerAnswers() {
    rpc.store.learner = true;
    serve(new MemorySource(512, -1));

    assertThat(rpc.endOf(MaintenanceGrpcClient.Snapshot, REQUEST).status())
        .isEqualTo(GrpcStatus.OK);
  }

  private static MemorySource serve(MemorySource source) {
    rpc.store.snapshot = Future.succeededFuture(source);
    return source;
  }
}
