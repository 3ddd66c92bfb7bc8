package io.quorate.vertx.member.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnsafeByteOperations;
import io.quorate.command.Bytes;
import io.quorate.vertx.client.api.ByteStrings;
import io.quorate.vertx.client.api.EtcdVersion;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.client.proto.rpc.SnapshotRequest;
import io.quorate.vertx.client.proto.rpc.SnapshotResponse;
import io.quorate.vertx.member.store.SnapshotSource;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * {@code Maintenance.Snapshot}: a file in etcd's format, in chunks, as fast as the client takes
 * them; its SHA-256 in a message behind it. A learner answers too.
 */
final class SnapshotCall extends StreamCall<SnapshotRequest> {
  private static final Logger LOG = Logger.getLogger(SnapshotCall.class);

  /** As in etcd. */
  private static final int CHUNK_BYTES = 32 << 10;

  /** Read at once. */
  private static final int PIECE_BYTES = 4 * CHUNK_BYTES;

  private boolean begun;
  private boolean reading;
  private @Nullable SnapshotSource source;
  private long remainingBytes;

  SnapshotCall(
      RpcServer server,
      GrpcServerRequest<SnapshotRequest, MessageLite> request,
      GrpcMessageDecoder<SnapshotRequest> decoder) {
    super(server, request, decoder);
  }

  @Override
  boolean isForLearners() {
    return true;
  }

  @Override
  void received(SnapshotRequest message) {
    if (begun) {
      return;
    }
    begun = true;
    store
        .onBehalfOf(account, this::isWanted)
        .snapshot(EtcdVersion.CLUSTER, EtcdVersion.STORAGE)
        .onComplete(this::opened);
  }

  @Override
  void halfClosed() {
    if (!begun) {
      fail(GrpcStatus.INTERNAL, "grpc: request without a message");
    }
  }

  private void opened(@Nullable SnapshotSource opened, @Nullable Throwable failure) {
    if (opened == null) {
      failed(failure);
    } else if (isOver()) {
      opened.close();
    } else {
      source = opened;
      remainingBytes = opened.sizeBytes();
      readOn();
    }
  }

  private void readOn() {
    SnapshotSource from = source;
    if (reading || from == null || isOver() || !isFlowing()) {
      return;
    }
    reading = true;
    from.next(PIECE_BYTES)
        .onComplete(
            (piece, failure) -> {
              reading = false;
              if (isOver()) {
                return;
              }
              if (failure != null) {
                failed(failure);
              } else if (piece.isEmpty()) {
                finish(message(0, ByteStrings.of(from.sha256())));
              } else {
                write(piece);
                readOn();
              }
            });
  }

  private void write(Bytes piece) {
    byte[] bytes = piece.array();
    for (int from = 0; from < bytes.length && !isOver(); from += CHUNK_BYTES) {
      int length = Math.min(CHUNK_BYTES, bytes.length - from);
      remainingBytes -= length;
      send(message(remainingBytes, UnsafeByteOperations.unsafeWrap(bytes, from, length)));
    }
  }

  private static SnapshotResponse message(long remainingBytes, ByteString blob) {
    return SnapshotResponse.newBuilder()
        .setRemainingBytes(remainingBytes)
        .setBlob(blob)
        .setVersion(EtcdVersion.STORAGE)
        .build();
  }

  /** A disk that is full or fails is told to the operator, and no more than that. */
  private void failed(@Nullable Throwable failure) {
    if (failure instanceof IOException) {
      if (!isOver()) {
        LOG.warn("no snapshot was sent: {}", failure.getMessage());
      }
      fail(GrpcStatus.INTERNAL, "quorate: no snapshot: " + failure.getMessage());
    } else {
      fail(failure == null ? new IllegalStateException("no snapshot") : failure);
    }
  }

  @Override
  void flowChanged(boolean flowing) {
    if (flowing) {
      readOn();
    }
  }

  @Override
  void onEnd() {
    super.onEnd();
    if (source != null) {
      source.close();
    }
  }
}
