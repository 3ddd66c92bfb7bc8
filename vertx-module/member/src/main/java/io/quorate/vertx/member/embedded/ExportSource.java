package io.quorate.vertx.member.embedded;

import io.quorate.command.Bytes;
import io.quorate.node.SnapshotExports;
import io.quorate.snapshot.SnapshotFile;
import io.quorate.vertx.member.store.SnapshotSource;
import io.vertx.core.Future;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.concurrent.Callable;

/** Reads a file that the node has made, on the node's threads for that. */
final class ExportSource implements SnapshotSource {

  /** Where it reads. */
  interface Readers {
    /** Completes with what {@code read} returns, or throws. */
    Future<Bytes> read(Callable<Bytes> read);

    /** Runs {@code task} in any case. */
    void run(Runnable task);
  }

  private final SnapshotExports.Export file;
  private final Readers readers;

  /** Used by one read after the other. */
  private final MessageDigest digest = SnapshotFile.sha256();

  private long position;

  ExportSource(SnapshotExports.Export file, Readers readers) {
    this.file = file;
    this.readers = readers;
  }

  @Override
  public long sizeBytes() {
    return file.sizeBytes();
  }

  @Override
  public Future<Bytes> next(int maxBytes) {
    long from = position;
    int length = (int) Math.min(maxBytes, file.sizeBytes() - from);
    if (length == 0) {
      return Future.succeededFuture(Bytes.EMPTY);
    }
    position += length;
    return readers.read(() -> read(from, length));
  }

  private Bytes read(long from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (file.channel().read(bytes, from + bytes.position()) < 0) {
        throw new EOFException("the snapshot became shorter while it was read");
      }
    }
    digest.update(bytes.array());
    return Bytes.of(bytes.array());
  }

  @Override
  public Bytes sha256() {
    return Bytes.of(digest.digest());
  }

  @Override
  public void close() {
    readers.run(file::close); // to free a large file takes a disk some time
  }
}
