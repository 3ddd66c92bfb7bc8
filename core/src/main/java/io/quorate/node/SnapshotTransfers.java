package io.quorate.node;

import io.quorate.apply.StateStore;
import io.quorate.codec.PeerMessage;
import io.quorate.log.LoggerSource;
import io.quorate.raft.Message;
import io.quorate.raft.SnapshotMeta;
import java.io.IOException;
import java.io.UncheckedIOException;
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
 * Sends and receives snapshots, in chunks with a checksum each. At most a window of them is on its
 * way, so that neither side holds more than a few. Node loop only; files are read and written on
 * other executors.
 */
final class SnapshotTransfers {
  private static final System.Logger LOG = LoggerSource.loggerOf(SnapshotTransfers.class);
  private static final int CHUNK_BYTES = 256 * 1024;
  private static final int WINDOW_BYTES = 4 * CHUNK_BYTES;

  /** What transfers need of the node. */
  interface Host {
    /** The transfer to {@code peer} has ended. */
    void sent(long peer, boolean arrived);
  }

  private final NodeConfig config;
  private final ApplyLoop applyLoop;
  private final Executor loop;
  private final Executor readers;
  private final Executor writer;
  private final Outbox outbox;
  private final SnapshotInstaller installer;
  private final Host host;
  private final TreeMap<Long, Outgoing> outgoing = new TreeMap<>();
  private @Nullable Incoming incoming;
  private long nextTransfer;
  private long nowTick;

  private static final class Outgoing {
    final long peer;
    final long transfer;

    /** The term in which this member led when the transfer began. */
    final long term;

    final Path file;
    @Nullable SnapshotMeta meta;
    @Nullable FileChannel channel;
    long totalBytes;
    long sentBytes;
    long ackedBytes;
    boolean reading;

    /** The link has refused a chunk; the transfer goes on at the next tick. */
    boolean stalled;

    long progressTick;
    long resentTick;

    Outgoing(long peer, long transfer, long term, Path file) {
      this.peer = peer;
      this.transfer = transfer;
      this.term = term;
      this.file = file;
    }
  }

  private static final class Incoming {
    final long from;
    final long transfer;
    final SnapshotMeta meta;
    final long totalBytes;
    final Path file;
    @Nullable FileChannel channel;
    long expectedOffset;
    long writtenOffset;
    long progressTick;

    Incoming(long from, PeerMessage.SnapshotChunk first, Path file) {
      this.from = from;
      this.transfer = first.transfer();
      this.meta = first.meta();
      this.totalBytes = first.totalBytes();
      this.file = file;
    }
  }

  SnapshotTransfers(
      NodeConfig config,
      ApplyLoop applyLoop,
      NodeThreads threads,
      Outbox outbox,
      SnapshotInstaller installer,
      Host host) {
    this.config = config;
    this.applyLoop = applyLoop;
    this.loop = threads.loop();
    this.readers = threads.readers();
    this.writer = threads.writer();
    this.outbox = outbox;
    this.installer = installer;
    this.host = host;
    nextTransfer = config.incarnation();
  }

  /** Begins to send the present state to {@code peer}, unless a transfer to it is under way. */
  void start(long peer, long term) {
    if (outgoing.containsKey(peer)) {
      return;
    }
    long transfer = nextTransfer++;
    Path file =
        config.snapshotDirectory().resolve("out-" + Long.toHexString(transfer) + ".snapshot");
    Outgoing out = new Outgoing(peer, transfer, term, file);
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
                  out.progressTick = nowTick;
                  out.resentTick = nowTick;
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
            loop.execute(() -> cannotRead(out, e));
          }
        });
  }

  private void cannotRead(Outgoing out, IOException e) {
    out.reading = false;
    if (outgoing.get(out.peer) == out) {
      end(out, false, "cannot read " + out.file + ": " + e.getMessage());
    } else {
      discard(out);
    }
  }

  private void discard(Outgoing out) {
    if (out.channel != null) {
      close(out.channel);
    }
    delete(out.file);
  }

  private void pump(Outgoing out) {
    FileChannel channel = out.channel;
    if (out.reading || channel == null) {
      return;
    }
    if (outgoing.get(out.peer) != out) {
      discard(out);
      return;
    }
    if (out.stalled
        || out.sentBytes >= out.totalBytes
        || out.sentBytes - out.ackedBytes >= WINDOW_BYTES) {
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
            loop.execute(() -> cannotRead(out, e));
            return;
          }
          int crc = crc32c(data);
          loop.execute(
              () -> {
                out.reading = false;
                SnapshotMeta meta = out.meta;
                if (outgoing.get(out.peer) == out && meta != null && out.sentBytes == offset) {
                  out.sentBytes = offset + length;
                  outbox.sendNow(
                      out.peer,
                      new PeerMessage.SnapshotChunk(
                          out.transfer, out.term, meta, out.totalBytes, offset, crc, data));
                }
                pump(out);
              });
        });
  }

  /** A chunk was certainly not sent. */
  void notSent(long peer, PeerMessage.SnapshotChunk chunk) {
    Outgoing out = outgoing.get(peer);
    if (out != null && out.transfer == chunk.transfer()) {
      out.stalled = true;
      out.sentBytes = Math.min(out.sentBytes, chunk.offset());
    }
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
    out.progressTick = nowTick; // the peer is alive, even if it repeats an offset
    if (ack.offset() > out.ackedBytes && ack.offset() <= out.totalBytes) {
      out.ackedBytes = ack.offset();
      out.sentBytes = Math.max(out.sentBytes, out.ackedBytes);
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
    if (!out.reading) {
      discard(out);
    }
    host.sent(out.peer, arrived);
  }

  void onChunk(long from, PeerMessage.SnapshotChunk chunk) {
    Incoming in = incoming;
    if (in == null || in.from != from || in.transfer != chunk.transfer()) {
      if (chunk.offset() != 0) {
        refuse(from, chunk, "this transfer is not under way here");
        return;
      }
      dropIncoming();
      // a new name, as the file of an earlier transfer may still be in use
      Path file =
          config
              .snapshotDirectory()
              .resolve("in-" + Long.toHexString(nextTransfer++) + ".snapshot");
      in = new Incoming(from, chunk, file);
      incoming = in;
    }
    if (!in.meta.equals(chunk.meta()) || in.totalBytes != chunk.totalBytes()) {
      dropIncoming();
      refuse(from, chunk, "began as " + in.totalBytes + " bytes of " + in.meta);
      return;
    }
    in.progressTick = nowTick;
    if (chunk.offset() != in.expectedOffset) {
      // An earlier chunk was lost, or an answer. The sender will go back to the last offset that it
      // has an answer for; this answer shows it that the transfer goes on.
      if (chunk.offset() <= in.writtenOffset) {
        acknowledge(in);
      }
      return;
    }
    if (crc32c(chunk.data()) != chunk.crc32c()) {
      dropIncoming();
      refuse(from, chunk, "checksum mismatch at offset " + chunk.offset());
      return;
    }
    if (chunk.data().length > in.totalBytes - in.expectedOffset) {
      dropIncoming();
      refuse(from, chunk, "more than the " + in.totalBytes + " bytes it was to have");
      return;
    }
    in.expectedOffset += chunk.data().length;
    take(in, chunk, in.expectedOffset == in.totalBytes);
  }

  private void take(Incoming in, PeerMessage.SnapshotChunk chunk, boolean last) {
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
            loop.execute(() -> giveUp(in, chunk, "cannot write " + in.file, e));
            return;
          }
          if (last) {
            try {
              requireAnnounced(in.meta, applyLoop.check(in.file));
            } catch (IOException | UncheckedIOException e) {
              loop.execute(() -> giveUp(in, chunk, "not a snapshot that can be used", e));
              return;
            }
          }
          loop.execute(() -> written(in, chunk, last));
        });
  }

  /** Checked before Raft is told, as it drops its log in exchange for the snapshot's state. */
  private static void requireAnnounced(SnapshotMeta meta, StateStore.Loaded found)
      throws IOException {
    if (!found.applied().equals(meta.position()) || !found.conf().equals(meta.conf())) {
      throw new IOException(
          "it holds the state at " + found.applied() + " with " + found.conf() + ", not " + meta);
    }
  }

  private void giveUp(Incoming in, PeerMessage.SnapshotChunk chunk, String what, Exception e) {
    if (incoming == in) {
      LOG.log(
          System.Logger.Level.WARNING,
          "snapshot from member {0}: {1}: {2}",
          Long.toHexString(in.from),
          what,
          e.getMessage());
      dropIncoming();
      refuse(in.from, chunk, what + ": " + e.getMessage());
    }
  }

  private void written(Incoming in, PeerMessage.SnapshotChunk chunk, boolean last) {
    if (incoming != in) {
      return;
    }
    in.writtenOffset = chunk.offset() + chunk.data().length;
    acknowledge(in);
    if (last) {
      incoming = null;
      installer.received(
          new Message.InstallSnapshot(in.from, config.raft().id(), chunk.term(), in.meta), in.file);
    }
  }

  private void acknowledge(Incoming in) {
    outbox.sendNow(in.from, new PeerMessage.SnapshotAck(in.transfer, in.writtenOffset, null));
  }

  private void refuse(long from, PeerMessage.SnapshotChunk chunk, String why) {
    outbox.sendNow(from, new PeerMessage.SnapshotAck(chunk.transfer(), chunk.offset(), why));
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
    int timeoutTicks = config.ticks(30_000);
    for (Outgoing out : List.copyOf(outgoing.values())) {
      if (out.meta == null) {
        continue; // the state is being exported, for which there is no time-out
      }
      if (tick - out.progressTick > timeoutTicks) {
        end(out, false, "no progress for 30 s");
        continue;
      }
      long since = Math.max(out.progressTick, out.resentTick);
      if (out.sentBytes > out.ackedBytes && tick - since >= config.ticks(1_000)) {
        out.resentTick = tick;
        out.sentBytes = out.ackedBytes;
      }
      out.stalled = false;
      pump(out);
    }
    if (incoming != null && tick - incoming.progressTick > timeoutTicks) {
      dropIncoming();
    }
  }

  /** Ends all transfers to other members, since this one does not lead any more or stops. */
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
