package io.quorate.store.sqlite;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Tells damage in the middle of a write-ahead log from a torn end, which SQLite does not: its
 * recovery stops without a word at the first frame that does not check, and what was committed
 * after it is gone. Reads the raw file (sqlite.org/fileformat2.html, section 4), before SQLite
 * opens it.
 *
 * <pre>
 * | header | a a A | b B | c c C |     a transaction's last frame (capital) carries the commit mark
 *                    ^ bad             and is synced before the next transaction begins
 * </pre>
 *
 * A power cut may leave any part of the <em>last</em> transaction, in any order. So a bad frame is
 * a torn end as long as no frame of a later transaction exists; if one does, the bad frame had been
 * synced and was changed afterwards. This holds only for a database written with synchronous=FULL
 * whose log is emptied at each start.
 *
 * <p>Checksums are chained: a frame is checked against the one before it. After a bad frame the
 * chain is taken up again from the checksum that is stored there. Damage in the very last
 * transaction cannot be told from a torn write.
 */
final class WalAudit {
  private static final int HEADER_BYTES = 32;
  private static final int FRAME_HEADER_BYTES = 24;
  private static final int MAGIC = 0x377f0682;

  private WalAudit() {}

  /** Two running sums; the checksum of a frame starts from that of the frame before. */
  private record Sums(int first, int second) {}

  /**
   * Looks for damage.
   *
   * @return null if there is none, else what is wrong in one line
   */
  static @Nullable String findDamage(Path wal) throws IOException {
    if (!Files.exists(wal)) {
      return null;
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(wal), 1 << 20)) {
      byte[] header = in.readNBytes(HEADER_BYTES);
      if (header.length < HEADER_BYTES) {
        return null; // a frame is written only after its header was synced
      }
      ByteBuffer fields = ByteBuffer.wrap(header);
      int magic = fields.getInt(0);
      ByteOrder order = (magic & 1) == 1 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
      Sums sums = new Sums(fields.getInt(24), fields.getInt(28));
      if ((magic & ~1) != MAGIC
          || !sums.equals(sum(new Sums(0, 0), ByteBuffer.wrap(header, 0, 24), order))) {
        return isAllZero(in) ? null : wal + ": header is damaged, and frames follow it";
      }
      int pageSize = fields.getInt(8);
      Integer bad =
          new Scan(in, order, pageSize, fields.getInt(16), fields.getInt(20), sums).damaged();
      return bad == null
          ? null
          : wal + ": frame " + bad + " is damaged, and transactions committed after it follow";
    }
  }

  private static final class Scan {
    private final InputStream in;
    private final ByteOrder order;
    private final int frameBytes;
    private final int salt1;
    private final int salt2;
    private Sums sums;

    Scan(InputStream in, ByteOrder order, int pageSize, int salt1, int salt2, Sums sums) {
      this.in = in;
      this.order = order;
      this.frameBytes = FRAME_HEADER_BYTES + pageSize;
      this.salt1 = salt1;
      this.salt2 = salt2;
      this.sums = sums;
    }

    /** Number of the first bad frame (from 1) if a later transaction follows it, else null. */
    @Nullable Integer damaged() throws IOException {
      int number = 0;
      ByteBuffer frame = next();
      while (frame != null) {
        number++;
        if (!isOfThisLog(frame) || !checks(frame, sums)) {
          return laterTransactionFollows(frame) ? number : null;
        }
        sums = stored(frame);
        frame = next();
      }
      return null;
    }

    private boolean laterTransactionFollows(ByteBuffer bad) throws IOException {
      Sums previous = isOfThisLog(bad) ? stored(bad) : null;
      boolean previousCommits = previous != null && commits(bad);
      boolean transactionEnded = false;
      for (ByteBuffer frame = next(); frame != null; frame = next()) {
        if (!isOfThisLog(frame)) {
          previous = null;
          continue;
        }
        if (previous != null && checks(frame, previous)) {
          if (transactionEnded || previousCommits) {
            return true;
          }
          transactionEnded |= commits(frame);
        }
        previous = stored(frame);
        previousCommits = commits(frame);
      }
      return false;
    }

    /** The next frame, null at the end or if only a part of one is there. */
    private @Nullable ByteBuffer next() throws IOException {
      byte[] bytes = in.readNBytes(frameBytes);
      return bytes.length == frameBytes ? ByteBuffer.wrap(bytes) : null;
    }

    /** False for a frame from before the log was last started over. */
    private boolean isOfThisLog(ByteBuffer frame) {
      return frame.getInt(8) == salt1 && frame.getInt(12) == salt2;
    }

    private static boolean commits(ByteBuffer frame) {
      return frame.getInt(4) != 0;
    }

    private static Sums stored(ByteBuffer frame) {
      return new Sums(frame.getInt(16), frame.getInt(20));
    }

    private boolean checks(ByteBuffer frame, Sums seed) {
      Sums head = sum(seed, frame.duplicate().position(0).limit(8), order);
      Sums all = sum(head, frame.duplicate().position(FRAME_HEADER_BYTES), order);
      return frame.getInt(0) != 0 && stored(frame).equals(all);
    }
  }

  private static Sums sum(Sums seed, ByteBuffer bytes, ByteOrder order) {
    ByteBuffer words = bytes.slice().order(order);
    int first = seed.first();
    int second = seed.second();
    while (words.remaining() >= 8) {
      first += words.getInt() + second;
      second += words.getInt() + first;
    }
    return new Sums(first, second);
  }

  private static boolean isAllZero(InputStream in) throws IOException {
    for (byte[] block = in.readNBytes(1 << 16); block.length > 0; block = in.readNBytes(1 << 16)) {
      for (byte b : block) {
        if (b != 0) {
          return false;
        }
      }
    }
    return true;
  }
}
