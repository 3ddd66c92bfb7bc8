package io.quorate.store.sqlite;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The first 100 bytes of a SQLite database (sqlite.org/fileformat2.html, section 1.3), read without
 * SQLite so that a file that is not ours is left exactly as it was found.
 */
record FileHeader(int pageSizeBytes, int userVersion, int applicationId) {
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final int LENGTH_BYTES = 100;

  /** Null if {@code file} does not begin as a SQLite database does. */
  static @Nullable FileHeader read(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(LENGTH_BYTES);
    }
    if (bytes.length < LENGTH_BYTES || !Arrays.equals(bytes, 0, 16, MAGIC, 0, 16)) {
      return null;
    }
    ByteBuffer header = ByteBuffer.wrap(bytes);
    int pageSize = Short.toUnsignedInt(header.getShort(16));
    return new FileHeader(pageSize == 1 ? 65536 : pageSize, header.getInt(60), header.getInt(68));
  }

  /**
   * The header of a database that was made for {@code applicationId} in a format of at most {@code
   * knownVersion}.
   *
   * @throws StoreException if it is anything else
   */
  static FileHeader require(Path file, int applicationId, int knownVersion) throws IOException {
    FileHeader header = read(file);
    if (header == null) {
      throw new StoreException(
          file + ": not a SQLite database (" + Files.size(file) + " bytes long)");
    }
    if (header.applicationId != applicationId) {
      throw new StoreException(
          String.format(
              "%s: application id is %08x, expected %08x: this file was made for something else",
              file, header.applicationId, applicationId));
    }
    if (header.userVersion < 1 || header.userVersion > knownVersion) {
      throw new StoreException(
          file
              + ": format version is "
              + header.userVersion
              + ", this version knows 1 to "
              + knownVersion);
    }
    return header;
  }
}
