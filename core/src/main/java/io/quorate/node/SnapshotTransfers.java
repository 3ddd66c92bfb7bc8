package io.quorate.node;

import io.quorate.codec.PeerMessage;
import io.quorate.raft.LogPosition;
import io.quorate.raft.SnapshotMeta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots on their way, out and in: chunks with a checksum each and a window of credit, so that
 * neither side holds more than a few of them. Node loop only; files are touched on other executors.
 */
final class SnapshotTransfers {
  private static final System.Logger LOG = System.getLogger(SnapshotTransfers.class.getName());
  private static final int CHUNK_BYTES = 256 * 1024;
  private static final int WINDOW_BYTES = 4 * CHUNK_BYTES;

  /** What the node does for, and hears of, a transfer. */
  interface Host {
    void send(long to, PeerMessage message);

    long term();

    /** The transfer to {@code peer} ended. */
    void sent(long peer, boolean arrived);

    /** All of a snapshot is in {@code file}, which is the host's from now on. */
    void received(long from, long term, SnapshotMeta meta, Path file);
  }

  private final NodeConfig config;
  private final ApplyLoop applyLoop;
  private final Executor loop;
  private final Executor readers;
  private final Executor writer;
  private final Host host;
  private final TreeMap<Long, Outgoing> outgoing = new TreeMap<>();
  private @Nullable Incoming incoming;
  private long nextTransfer;
  private long nowTick;

  private static final class Outgoing {
    final long peer;
    final long transfer;
    final Path file;
    @Nullable SnapshotMeta meta;
    @Nullable FileChannel channel;
    long totalBytes;
    long sentBytes;
    long ackedBytes;
    boolean reading;
    long progressTick;

    Outgoing(long peer, long transfer, Path file) {
      this.peer = peer;
      this.transfer = transfer;
      this.file = file;
    }
  }

  private static final class Incoming {
    final long from;
    final long transfer;
    final LogPosition position;
    final Path file;
    @Nullable FileChannel channel;
    long expectedOffset;
    long progressTick;

    Incoming(long from, long transfer, LogPosition position, Path file) {
      this.from = from;
      this.transfer = transfer;
      this.position = position;
      this.file = file;
    }
  }

  SnapshotTransfers(NodeConfig config, ApplyLoop applyLoop, NodeThreads threads, Host host) {
    this.config = config;
    this.applyLoop = applyLoop;
    this.loop = threads.loop();
    this.readers = threads.readers();
    this.writer = threads.writer();
    this.host = host;
    nextTransfer = config.incarnation();
  }

  /** Begins to send the present state to {@code peer}, unless that is under way. */
  void start(long peer) {
    if (outgoing.containsKey(peer)) {
      return;
    }
    long transfer = nextTransfer++;
    Path file =
        config.snapshotDirectory().resolve("out-" + Long.toHexString(transfer) + ".snapshot");
    Outgoing out = new Outgoing(peer, transfer, file);
    out.progressTick = nowTick;
    outgoing.put(peer, out);
    applyLoop.export(
        file,
        exported ->
            loop.execute(
                () -> {
                  if (outgoing.get(peer) != out) {
                    delete(file);
                    return;
                  }
                  out.meta = new SnapshotMeta(exported.position(), exported.conf());
                  LOG.log(
                      System.Logger.Level.INFO,
                      "sending snapshot at index {0} to member {1}",
                      Long.toString(exported.position().index()),
                      Long.toHexString(peer));
                  open(out);
                }),
        failure ->
            loop.execute(
                () -> end(out, false, "cannot export the state: " + failure.getMessage())));
  }

  private void open(Outgoing out) {
    out.reading = true;
    readers.execute(
        () -> {
          try {
            FileChannel channel = FileChannel.open(out.file, StandardOpenOption.READ);
            long size = channel.size();
            loop.execute(
                () -> {
                  out.channel = channel;
                  out.totalBytes = size;
                  out.reading = false;
                  pump(out);
                });
          } catch (IOException e) {
            loop.execute(() -> end(out, false, "cannot read " + out.file + ": " + e.getMessage()));
          }
        });
  }

  private void pump(Outgoing out) {
    FileChannel channel = out.channel;
    if (out.reading
        || channel == null
        || out.sentBytes >= out.totalBytes
        || out.sentBytes - out.ackedBytes >= WINDOW_BYTES) {
      return;
    }
    if (outgoing.get(out.peer) != out) {
      close(channel);
      delete(out.file);
      return;
    }
    out.reading = true;
    long offset = out.sentBytes;
    int length = (int) Math.min(CHUNK_BYTES, out.totalBytes - offset);
    readers.execute(
        () -> {
          byte[] data = new byte[length];
          try {
            ByteBuffer buffer = ByteBuffer.wrap(data);
            while (buffer.hasRemaining()) {
              if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new IOException("it ended at " + (offset + buffer.position()));
              }
            }
          } catch (IOException e) {
            loop.execute(() -> end(out, false, "cannot read " + out.file + ": " + e.getMessage()));
            return;
          }
          int crc = crc32c(data);
          loop.execute(
              () -> {
                out.reading = false;
                SnapshotMeta meta = out.meta;
                if (outgoing.get(out.peer) != out || meta == null) {
                  close(channel);
                  delete(out.file);
                  return;
                }
                out.sentBytes = offset + length;
                host.send(
                    out.peer,
                    new PeerMessage.SnapshotChunk(
                        out.transfer, host.term(), meta, out.totalBytes, offset, crc, data));
                pump(out);
              });
        });
  }

  void onAck(long from, PeerMessage.SnapshotAck ack) {
    Outgoing out = outgoing.get(from);
    if (out == null || out.transfer != ack.transfer()) {
      return;
    }
    if (ack.refused() != null) {
      end(out, false, "refused: " + ack.refused());
      return;
    }
    if (ack.offset() > out.ackedBytes && ack.offset() <= out.sentBytes) {
      out.ackedBytes = ack.offset();
      out.progressTick = nowTick;
    }
    if (out.totalBytes > 0 && out.ackedBytes == out.totalBytes) {
      end(out, true, "arrived");
    } else {
      pump(out);
    }
  }

  private void end(Outgoing out, boolean arrived, String why) {
    if (!outgoing.remove(out.peer, out)) {
      return;
    }
    LOG.log(
        arrived ? System.Logger.Level.INFO : System.Logger.Level.WARNING,
        "snapshot to member {0}: {1}",
        Long.toHexString(out.peer),
        why);
    FileChannel channel = out.channel;
    if (!out.reading) {
      if (channel != null) {
        close(channel);
      }
      delete(out.file);
    }
    host.sent(out.peer, arrived);
  }

  void onChunk(long from, PeerMessage.SnapshotChunk chunk) {
    LogPosition position = chunk.meta().position();
    if (chunk.offset() == 0) {
      dropIncoming();
      Path file =
          config
              .snapshotDirectory()
              .resolve("in-" + Long.toHexString(chunk.transfer()) + ".snapshot");
      incoming = new Incoming(from, chunk.transfer(), position, file);
    }
    Incoming in = incoming;
    if (in == null || in.from != from || in.transfer != chunk.transfer()) {
      refuse(from, chunk, "this transfer is not under way here");
      return;
    }
    if (!in.position.equals(position) || chunk.offset() != in.expectedOffset) {
      dropIncoming();
      refuse(from, chunk, "expected offset " + in.expectedOffset + ", got " + chunk.offset());
      return;
    }
    if (crc32c(chunk.data()) != chunk.crc32c()) {
      dropIncoming();
      refuse(from, chunk, "checksum mismatch at offset " + chunk.offset());
      return;
    }
    in.expectedOffset += chunk.data().length;
    in.progressTick = nowTick;
    boolean last = in.expectedOffset == chunk.totalBytes();
    writer.execute(
        () -> {
          try {
            FileChannel channel = in.channel;
            if (channel == null) {
              channel =
                  FileChannel.open(
                      in.file,
                      StandardOpenOption.CREATE,
                      StandardOpenOption.TRUNCATE_EXISTING,
                      StandardOpenOption.WRITE);
              in.channel = channel;
            }
            ByteBuffer data = ByteBuffer.wrap(chunk.data());
            while (data.hasRemaining()) {
              channel.write(data);
            }
            if (last) {
              channel.force(true);
              channel.close();
            }
          } catch (IOException e) {
            loop.execute(
                () -> {
                  dropIncoming();
                  refuse(from, chunk, "cannot write " + in.file + ": " + e.getMessage());
                });
            return;
          }
          loop.execute(() -> written(in, chunk, last));
        });
  }

  private void written(Incoming in, PeerMessage.SnapshotChunk chunk, boolean last) {
    if (incoming != in) {
      return;
    }
    host.send(
        in.from,
        new PeerMessage.SnapshotAck(in.transfer, chunk.offset() + chunk.data().length, null));
    if (last) {
      incoming = null;
      host.received(in.from, chunk.term(), chunk.meta(), in.file);
    }
  }

  private void refuse(long from, PeerMessage.SnapshotChunk chunk, String why) {
    host.send(from, new PeerMessage.SnapshotAck(chunk.transfer(), chunk.offset(), why));
  }

  private void dropIncoming() {
    Incoming in = incoming;
    incoming = null;
    if (in != null) {
      writer.execute(
          () -> {
            if (in.channel != null) {
              close(in.channel);
            }
            delete(in.file);
          });
    }
  }

  void tick(long tick) {
    nowTick = tick;
    int patienceTicks = config.ticks(30_000);
    for (Outgoing out : List.copyOf(outgoing.values())) {
      if (tick - out.progressTick > patienceTicks) {
        end(out, false, "no progress for 30 s");
      }
    }
    if (incoming != null && tick - incoming.progressTick > patienceTicks) {
      dropIncoming();
    }
  }

  /** Leadership is gone, or the member stops: nothing is sent any more. */
  void cancelOutgoing() {
    for (Outgoing out : List.copyOf(outgoing.values())) {
      end(out, false, "given up");
    }
  }

  void close() {
    cancelOutgoing();
    dropIncoming();
  }

  private void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot close a snapshot: {0}", e.getMessage());
    }
  }

  static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot delete {0}: {1}", file, e.getMessage());
    }
  }

  private static int crc32c(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return (int) crc.getValue();
  }
}
