package io.quorate.bbolt;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The layout of a file: pages of one size, the first two of which are meta pages.
 *
 * <pre>
 * page     id u64, flags u16, count u16, overflow u32; then as many elements as count says, then
 *          their keys and values. With overflow, this many further pages belong to it.
 * leaf     element: flags u32 (1: the value is a bucket), position u32, key u32, value u32
 * branch   element: position u32, key u32, page u64
 * bucket   root page u64, sequence u64; if root is 0, a leaf page follows at once (inline)
 * meta     magic u32, version u32, page size u32, flags u32, root bucket, free list page u64,
 *          end of the pages in use u64, transaction u64, FNV-1a of all before it u64
 * </pre>
 *
 * Numbers are little-endian, as on every machine that etcd supports; positions count from the
 * beginning of the element, sizes are in bytes.
 */
final class BoltFormat {
  static final int MAGIC = 0xED0CDAED;
  static final int VERSION = 2;

  static final int BRANCH = 0x01;
  static final int LEAF = 0x02;
  static final int META = 0x04;
  static final int FREE_LIST = 0x10;

  /** Flag of a leaf element. */
  static final int BUCKET = 0x01;

  static final int PAGE_HEADER_BYTES = 16;
  static final int ELEMENT_BYTES = 16;
  static final int BUCKET_HEADER_BYTES = 16;
  static final int META_BYTES = 64;
  static final int MAX_KEY_BYTES = 32768;

  /** Stands for the page of the free list in a file that has none. */
  static final long NO_FREE_LIST = -1;

  private static final int CHECKSUM_AT = META_BYTES - Long.BYTES;

  private BoltFormat() {}

  static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Puts a header; {@code flags} and {@code count} are unsigned. */
  static void putHeader(ByteBuffer page, long id, int flags, int count, int overflow) {
    page.putLong(id).putShort((short) flags).putShort((short) count).putInt(overflow);
  }

  /**
   * What a meta page says.
   *
   * @param root page of the bucket that holds the others
   * @param end id after the last page in use
   */
  record Meta(int pageBytes, long root, long freeList, long end, long transaction) {

    void put(ByteBuffer target) {
      ByteBuffer meta = buffer(META_BYTES);
      meta.putInt(MAGIC).putInt(VERSION).putInt(pageBytes).putInt(0);
      meta.putLong(root).putLong(0).putLong(freeList).putLong(end).putLong(transaction);
      meta.putLong(fnv1a(meta.array(), CHECKSUM_AT));
      target.put(meta.array());
    }

    /**
     * @param meta positioned at its beginning
     * @throws BoltException it is none, of another version, or damaged
     */
    static Meta get(ByteBuffer meta) throws BoltException {
      byte[] bytes = new byte[META_BYTES];
      meta.get(bytes);
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      if (in.getInt() != MAGIC) {
        throw new BoltException("not a bbolt file: its magic number is another");
      }
      int version = in.getInt();
      if (version != VERSION) {
        throw new BoltException("version " + version + " of bbolt's format is not known");
      }
      int pageBytes = in.getInt();
      in.getInt();
      long root = in.getLong();
      in.getLong();
      Meta found = new Meta(pageBytes, root, in.getLong(), in.getLong(), in.getLong());
      if (in.getLong() != fnv1a(bytes, CHECKSUM_AT)) {
        throw new BoltException("the checksum of the meta page is wrong");
      }
      return found;
    }
  }

  private static long fnv1a(byte[] bytes, int length) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < length; i++) {
      hash = (hash ^ (bytes[i] & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }
}
