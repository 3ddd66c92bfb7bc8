package io.quorate.snapshot;

import io.quorate.bbolt.BoltException;
import io.quorate.bbolt.BoltReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of etcd 3.4 or later, or of Quorate: a database, usually with its SHA-256 behind it.
 * One thread at a time; blocks on the disk.
 */
public final class SnapshotFile implements AutoCloseable {
  /** Length of the checksum. */
  public static final int DIGEST_BYTES = 32;

  /**
   * A database is a multiple of this long. So the length of a file shows whether it has a checksum.
   */
  public static final int BLOCK_BYTES = 512;

  private static final int BUFFER_BYTES = 256 << 10;

  /** What is demanded of the checksum. */
  public enum Check {
    /** There must be one, and it must be right. */
    REQUIRED,
    /** If there is one, it must be right. */
    IF_PRESENT,
    /** It is not looked at. A file that was copied out of a data directory has none. */
    SKIPPED
  }

  private final FileChannel channel;
  private final BoltReader database;

  private SnapshotFile(FileChannel channel, BoltReader database) {
    this.channel = channel;
    this.database = database;
  }

  /**
   * Opens the file, having read all of it if its checksum is to be checked.
   *
   * @throws SnapshotException it is not there, or it is not a sound snapshot
   */
  public static SnapshotFile open(Path file, Check check) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw new SnapshotException(file + ": there is no such file", e);
    }
    try {
      long sizeBytes = channel.size();
      boolean hasDigest = sizeBytes % BLOCK_BYTES == DIGEST_BYTES;
      long databaseBytes = hasDigest ? sizeBytes - DIGEST_BYTES : sizeBytes;
      if (hasDigest && check != Check.SKIPPED) {
        requireDigest(file, channel, databaseBytes);
      }
      BoltReader database;
      try {
        database = BoltReader.open(channel, databaseBytes);
      } catch (BoltException e) {
        throw new SnapshotException(file + ": " + e.getMessage(), e);
      }
      if (!hasDigest && check == Check.REQUIRED) {
        throw new SnapshotException(
            file
                + ": there is no checksum at its end, so it was copied from a data directory, or it"
                + " is truncated; --skip-hash-check takes it all the same");
      }
      return new SnapshotFile(channel, database);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static void requireDigest(Path file, FileChannel channel, long databaseBytes)
      throws IOException {
    MessageDigest digest = sha256();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    long position = 0;
    while (position < databaseBytes) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), databaseBytes - position));
      readFully(channel, buffer, position);
      position += buffer.flip().remaining();
      digest.update(buffer);
    }
    ByteBuffer stored = ByteBuffer.allocate(DIGEST_BYTES);
    readFully(channel, stored, databaseBytes);
    if (!Arrays.equals(digest.digest(), stored.array())) {
      throw new SnapshotException(
          file + ": the checksum at its end is wrong: the file is damaged, or parts are missing");
    }
  }

  private static void readFully(FileChannel channel, ByteBuffer target, long at)
      throws IOException {
    long position = at;
    while (target.hasRemaining()) {
      int read = channel.read(target, position);
      if (read < 0) {
        throw new EOFException("the file became shorter while it was read");
      }
      position += read;
    }
  }

  /** The digest that stands at the end of a snapshot. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  BoltReader database() {
    return database;
  }

  /** One value; null if it is not there. */
  byte @Nullable [] value(byte[] bucket, byte[] key) throws IOException {
    byte[][] found = new byte[1][];
    database.forEach(
        bucket,
        (name, value) -> {
          if (Arrays.equals(name, key)) {
            found[0] = value;
          }
        });
    return found[0];
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
