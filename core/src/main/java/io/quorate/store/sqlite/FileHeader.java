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
 *
 * @param lastRootPage 0 unless the file can be shortened page by page
 * @param incremental 1 if it is shortened on demand, else 0
 * @param oddOffset where something stands that is in no database of ours, -1 if nowhere
 */
record FileHeader(
    int pageSizeBytes,
    int userVersion,
    int applicationId,
    int lastRootPage,
    int incremental,
    int oddOffset) {
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final int LENGTH_BYTES = 100;

  /** How a file is written; a copy that SQLite made begins with the first. */
  private static final int ROLLBACK = 1;

  private static final int WAL = 2;

  private static final int LAST_ROOT_PAGE = 52;
  private static final int INCREMENTAL = 64;

  /**
   * What never changes in a database of ours, by offset: fractions of a payload, schema format,
   * UTF-8, and what is reserved.
   */
  private static final int[][] FIXED = {
    {20, 0x00402020},
    {44, 4},
    {48, 0},
    {56, 1},
    {72, 0},
    {76, 0},
    {80, 0},
    {84, 0},
    {88, 0}
  };

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
    return new FileHeader(
        pageSize == 1 ? 65536 : pageSize,
        header.getInt(60),
        header.getInt(68),
        header.getInt(LAST_ROOT_PAGE),
        header.getInt(INCREMENTAL),
        oddOffset(header));
  }

  private static int oddOffset(ByteBuffer header) {
    byte written = header.get(18);
    if (written != header.get(19) || (written != ROLLBACK && written != WAL)) {
      return 18;
    }
    for (int[] fixed : FIXED) {
      if (header.getInt(fixed[0]) != fixed[1]) {
        return fixed[0];
      }
    }
    return -1;
  }

  /**
   * The header of a database that was made for {@code applicationId} in a format from {@code
   * oldest} to {@code newest} and with pages of {@code pageSizeBytes}.
   *
   * @throws DamagedException if it is no such database any more
   * @throws StoreException if it was made for something else, or by another version
   */
  static FileHeader require(Path file, int applicationId, int oldest, int newest, int pageSizeBytes)
      throws IOException {
    FileHeader header = read(file);
    if (header == null) {
      throw new DamagedException(
          file + ": not a SQLite database (" + Files.size(file) + " bytes long)");
    }
    if (header.applicationId != applicationId) {
      throw new StoreException(
          String.format(
              "%s: application id is %08x, expected %08x: this file was made for something else,"
                  + " or its header is damaged",
              file, header.applicationId, applicationId));
    }
    if (header.userVersion < oldest || header.userVersion > newest) {
      throw new StoreException(
          file
              + ": format version is "
              + header.userVersion
              + ", this version knows "
              + (oldest == newest ? "" : oldest + " to ")
              + newest
              + ": start it with the version that wrote it; if that is this one, the header is"
              + " damaged");
    }
    if (header.pageSizeBytes != pageSizeBytes) {
      throw new DamagedException(
          file
              + ": header: page size is "
              + header.pageSizeBytes
              + " bytes, it was made with "
              + pageSizeBytes);
    }
    if (header.oddOffset >= 0) {
      throw neverWritten(file, header.oddOffset);
    }
    return header;
  }

  /**
   * Checks what the header says about shortening the file.
   *
   * @param allowedRootPage the last root page if it is shortened page by page; 0 if it must not be
   * @throws DamagedException if that was never written
   */
  void requireVacuum(Path file, int allowedRootPage) throws DamagedException {
    if (lastRootPage != 0 && lastRootPage != allowedRootPage) {
      throw neverWritten(file, LAST_ROOT_PAGE);
    }
    if (incremental != (lastRootPage == 0 ? 0 : 1)) {
      throw neverWritten(file, INCREMENTAL);
    }
  }

  private static DamagedException neverWritten(Path file, int offset) {
    return new DamagedException(
        file + ": header: what stands at byte " + offset + " was never written");
  }
}
