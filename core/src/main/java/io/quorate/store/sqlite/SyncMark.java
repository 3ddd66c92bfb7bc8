package io.quorate.store.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * {@code log.synced}: how many commits of the log had been synced when it was last written. SQLite
 * takes a damaged end of its WAL for one that was torn, and a WAL that is gone for an empty one;
 * this file knows better.
 *
 * <p>It is written after each sync and not synced itself. So it never says too much; after a power
 * cut it may say less than it could, and what it says was synced before. It is one write of a few
 * bytes into one sector, which is there whole or not at all.
 *
 * <pre>
 * | 0 magic, 4 | 4 commits, 8 | 12 CRC32C of those, 4 |
 * </pre>
 *
 * One thread at a time.
 */
final class SyncMark implements AutoCloseable {
  private static final int MAGIC = 0x51725379; // "QrSy"
  private static final int LENGTH_BYTES = 16;

  private final FileChannel channel;
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(LENGTH_BYTES);

  private SyncMark(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Reads the mark.
   *
   * @throws DamagedException if it is not there, or not as it was written
   */
  static long read(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new DamagedException(file + ": the file is missing");
    }
    byte[] found = Files.readAllBytes(file);
    ByteBuffer fields = ByteBuffer.wrap(found);
    if (found.length != LENGTH_BYTES
        || fields.getInt(0) != MAGIC
        || fields.getInt(12) != crc(fields.duplicate())) {
      throw new DamagedException(
          file + ": damaged: no mark of a sync but " + found.length + " bytes of something else");
    }
    return fields.getLong(4);
  }

  /** Makes a mark of {@code commits} that survives a power cut. */
  static SyncMark open(Path file, long commits) throws IOException {
    if (!Files.exists(file)) {
      StoreFiles.createPrivateFile(file);
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
    try {
      SyncMark mark = new SyncMark(channel);
      mark.write(commits);
      channel.force(true);
      StoreFiles.fsyncDirectoryOf(file);
      return mark;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** To be called once that many commits have been synced. */
  void write(long commits) throws IOException {
    bytes.clear().putInt(MAGIC).putLong(commits);
    bytes.putInt(crc(bytes.duplicate())).flip();
    channel.write(bytes, 0);
    if (bytes.hasRemaining()) {
      throw new IOException("the mark of the last sync could not be written whole");
    }
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.position(0).limit(12));
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
