package io.quorate.bbolt;

import io.quorate.bbolt.BoltFormat.Meta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads a bbolt file that nobody writes meanwhile. Nothing in the file is believed before it is
 * checked: a damaged one ends in a {@link BoltException}, and neither in a loop nor in more memory
 * than a page, a key and a value need. The pages themselves have no checksums, so that damage
 * inside of a key or a value is not seen here.
 *
 * <p>One thread at a time; blocks on the disk.
 */
public final class BoltReader {
  /** Longer values are refused; etcd advises against requests of more than 10 MiB. */
  public static final int MAX_VALUE_BYTES = 128 << 20;

  private static final int MIN_PAGE_BYTES = 1 << 9;
  private static final int MAX_PAGE_BYTES = 1 << 16;

  /** Even with two children a branch, no file can be so large. */
  private static final int MAX_DEPTH = 48;

  private final FileChannel channel;
  private final long sizeBytes;
  private final Meta meta;

  private BoltReader(FileChannel channel, long sizeBytes, Meta meta) {
    this.channel = channel;
    this.sizeBytes = sizeBytes;
    this.meta = meta;
  }

  /**
   * @param channel stays open
   * @param sizeBytes how much of the file belongs to the database
   * @throws BoltException it is none, or it is truncated
   */
  public static BoltReader open(FileChannel channel, long sizeBytes) throws IOException {
    Meta meta = newestMeta(channel, sizeBytes);
    if (meta.end() < 0 || meta.end() > Long.MAX_VALUE / meta.pageBytes()) {
      throw new BoltException(
          "the meta page tells of " + Long.toUnsignedString(meta.end()) + " pages");
    }
    long usedBytes = meta.end() * meta.pageBytes();
    if (usedBytes > sizeBytes) {
      throw new BoltException(
          "the file is truncated: it has " + sizeBytes + " bytes, and should have " + usedBytes);
    }
    if (meta.freeList() != BoltFormat.NO_FREE_LIST
        && (meta.freeList() < 2 || meta.freeList() >= meta.end())) {
      throw new BoltException("the free list is at page " + Long.toUnsignedString(meta.freeList()));
    }
    return new BoltReader(channel, usedBytes, meta);
  }

  /** Of two that are sound, the one that was written last. */
  private static Meta newestMeta(FileChannel channel, long sizeBytes) throws IOException {
    BoltException wrong = null;
    Meta first = null;
    try {
      first = meta(channel, sizeBytes, 0, 0);
    } catch (BoltException e) {
      wrong = e;
    }
    Meta newest = first;
    int smallest = first == null ? MIN_PAGE_BYTES : first.pageBytes();
    int largest = first == null ? MAX_PAGE_BYTES : first.pageBytes();
    for (int pageBytes = smallest; pageBytes <= largest; pageBytes *= 2) {
      try {
        Meta second = meta(channel, sizeBytes, 1, pageBytes);
        if (second.pageBytes() == pageBytes
            && (newest == null
                || Long.compareUnsigned(second.transaction(), newest.transaction()) > 0)) {
          newest = second;
        }
      } catch (BoltException e) {
        wrong = wrong == null ? e : wrong;
      }
    }
    if (newest == null) {
      throw wrong == null ? new BoltException("neither meta page fits") : wrong;
    }
    return newest;
  }

  private static Meta meta(FileChannel channel, long sizeBytes, long id, int pageBytes)
      throws IOException {
    int bytes = BoltFormat.PAGE_HEADER_BYTES + BoltFormat.META_BYTES;
    long at = id * pageBytes;
    if (at + bytes > sizeBytes) {
      throw new BoltException("the file is truncated: it has only " + sizeBytes + " bytes");
    }
    ByteBuffer page = read(channel, at, bytes);
    page.position(BoltFormat.PAGE_HEADER_BYTES);
    Meta meta = Meta.get(page);
    if (meta.pageBytes() < MIN_PAGE_BYTES
        || meta.pageBytes() > MAX_PAGE_BYTES
        || Integer.bitCount(meta.pageBytes()) != 1) {
      throw new BoltException("pages of " + meta.pageBytes() + " bytes");
    }
    return meta;
  }

  /** Part of the file that the database uses, in bytes. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Takes in what a bucket holds, in order. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * @param value null for a bucket inside of the bucket
     */
    void visit(byte[] key, byte @Nullable [] value) throws IOException;
  }

  /** Names the buckets, in order. */
  public void forEachBucket(NameVisitor visitor) throws IOException {
    new Walk(
            (key, leaf, element) -> {
              if (leaf.isBucket(element)) {
                visitor.visit(key);
              }
              return true;
            })
        .page(meta.root(), 0);
  }

  /** Takes in a name. */
  @FunctionalInterface
  public interface NameVisitor {
    void visit(byte[] name) throws IOException;
  }

  /**
   * Visits all of a bucket.
   *
   * @return false if there is no such bucket
   * @throws BoltException it is damaged; what came before it has been visited
   */
  public boolean forEach(byte[] bucket, Visitor visitor) throws IOException {
    Walk pairs =
        new Walk(
            (key, leaf, element) -> {
              visitor.visit(key, leaf.isBucket(element) ? null : leaf.value(element));
              return true;
            });
    boolean[] found = {false};
    new Walk(
            (key, leaf, element) -> {
              if (!Arrays.equals(key, bucket)) {
                return true;
              }
              if (!leaf.isBucket(element)) {
                throw leaf.damaged("holds a value in place of a bucket");
              }
              found[0] = true;
              walkBucket(leaf, element, pairs);
              return false;
            })
        .page(meta.root(), 0);
    return found[0];
  }

  private static void walkBucket(Page leaf, int element, Walk walk) throws IOException {
    int bytes = leaf.valueBytes(element);
    if (bytes < BoltFormat.BUCKET_HEADER_BYTES) {
      throw leaf.damaged("holds a bucket of only " + bytes + " bytes");
    }
    long at = leaf.valueAt(element);
    long root = leaf.bytes(at, Long.BYTES).getLong();
    if (root != 0) {
      walk.page(root, 0);
      return;
    }
    byte[] inline = new byte[bytes - BoltFormat.BUCKET_HEADER_BYTES];
    leaf.bytes(at + BoltFormat.BUCKET_HEADER_BYTES, inline.length).get(inline);
    walk.leaf(new InlinePage(leaf.id, inline));
  }

  /** What is done with an element of a leaf; false ends the walk. */
  @FunctionalInterface
  private interface Step {
    boolean take(byte[] key, Page leaf, int element) throws IOException;
  }

  /** Goes through a tree once, and through no page twice. */
  private final class Walk {
    private final Step step;
    private final BitSet visited = new BitSet();
    private byte @Nullable [] lastKey;

    Walk(Step step) {
      this.step = step;
    }

    boolean page(long id, int depth) throws IOException {
      Page page = new FilePage(id);
      if (depth > MAX_DEPTH) {
        throw page.damaged("is more than " + MAX_DEPTH + " levels deep");
      }
      for (long i = id; i < id + page.pages(); i++) {
        if (visited.get((int) i)) {
          throw page.damaged("is reached twice");
        }
        visited.set((int) i);
      }
      if (page.flags == BoltFormat.LEAF) {
        return leaf(page);
      }
      if (page.flags != BoltFormat.BRANCH) {
        throw page.damaged("is neither a leaf nor a branch: " + Integer.toHexString(page.flags));
      }
      if (page.count == 0) {
        throw page.damaged("is a branch without children");
      }
      for (int i = 0; i < page.count; i++) {
        byte[] key = page.key(i);
        if (lastKey != null && Arrays.compareUnsigned(lastKey, key) >= 0) {
          throw page.damaged("has keys that do not ascend");
        }
        if (!page(page.child(i), depth + 1)) {
          return false;
        }
      }
      return true;
    }

    boolean leaf(Page leaf) throws IOException {
      if (leaf.flags != BoltFormat.LEAF) {
        throw leaf.damaged("is not a leaf: " + Integer.toHexString(leaf.flags));
      }
      for (int i = 0; i < leaf.count; i++) {
        byte[] key = leaf.key(i);
        if (lastKey != null && Arrays.compareUnsigned(lastKey, key) >= 0) {
          throw leaf.damaged("has keys that do not ascend");
        }
        lastKey = key;
        if (!step.take(key, leaf, i)) {
          return false;
        }
      }
      return true;
    }
  }

  /** A page and those that it overflows into. */
  private abstract static class Page {
    final long id;
    int flags;
    int count;
    long extentBytes;

    Page(long id) {
      this.id = id;
    }

    /**
     * Bytes of this page; the caller has made sure that they are inside of it.
     *
     * @param at from its beginning
     */
    abstract ByteBuffer bytes(long at, int length) throws IOException;

    abstract long pages();

    final BoltException damaged(String what) {
      return new BoltException("page " + Long.toUnsignedString(id) + " " + what);
    }

    private long elementAt(int element) {
      return BoltFormat.PAGE_HEADER_BYTES + (long) BoltFormat.ELEMENT_BYTES * element;
    }

    private int number(int element, int field) throws IOException {
      return bytes(elementAt(element) + (long) Integer.BYTES * field, Integer.BYTES).getInt();
    }

    final void requireElements() throws BoltException {
      if (elementAt(count) > extentBytes) {
        throw damaged("has no room for its " + count + " elements");
      }
    }

    final boolean isBucket(int element) throws IOException {
      return (number(element, 0) & BoltFormat.BUCKET) != 0;
    }

    final byte[] key(int element) throws IOException {
      boolean leaf = flags == BoltFormat.LEAF;
      long at = elementAt(element) + Integer.toUnsignedLong(number(element, leaf ? 1 : 0));
      int length = number(element, leaf ? 2 : 1);
      if (length < 0 || length > BoltFormat.MAX_KEY_BYTES) {
        throw damaged("has a key of " + Integer.toUnsignedString(length) + " bytes");
      }
      return copy(at, length);
    }

    final long child(int element) throws IOException {
      return bytes(elementAt(element) + 2L * Integer.BYTES, Long.BYTES).getLong();
    }

    final long valueAt(int element) throws IOException {
      return elementAt(element)
          + Integer.toUnsignedLong(number(element, 1))
          + Integer.toUnsignedLong(number(element, 2));
    }

    /** Makes sure that the value is inside of the page. */
    final int valueBytes(int element) throws IOException {
      int length = number(element, 3);
      if (length < 0 || length > MAX_VALUE_BYTES) {
        throw damaged("has a value of " + Integer.toUnsignedString(length) + " bytes");
      }
      requireInside(valueAt(element), length);
      return length;
    }

    final byte[] value(int element) throws IOException {
      int length = valueBytes(element);
      return copy(valueAt(element), length);
    }

    private byte[] copy(long at, int length) throws IOException {
      requireInside(at, length);
      byte[] copy = new byte[length];
      bytes(at, length).get(copy);
      return copy;
    }

    private void requireInside(long at, int length) throws BoltException {
      if (at < elementAt(count) || at + length > extentBytes) {
        throw damaged("has a key or value that is not inside of it");
      }
    }

    final void readHeader(ByteBuffer header) {
      header.getLong();
      flags = Short.toUnsignedInt(header.getShort());
      count = Short.toUnsignedInt(header.getShort());
    }
  }

  /** Its first page is in memory; what it overflows into is read when it is needed. */
  private final class FilePage extends Page {
    private final ByteBuffer first;
    private final long offset;
    private final long pages;

    FilePage(long id) throws IOException {
      super(id);
      if (id < 2 || id >= meta.end() || id > Integer.MAX_VALUE) {
        throw damaged("is not one of the " + meta.end() + " in the file");
      }
      offset = id * meta.pageBytes();
      first = read(channel, offset, meta.pageBytes());
      if (first.getLong(0) != id) {
        throw damaged("says that it is page " + Long.toUnsignedString(first.getLong(0)));
      }
      readHeader(first);
      pages = 1 + Integer.toUnsignedLong(first.getInt());
      if (pages > meta.end() - id || id + pages > Integer.MAX_VALUE) {
        throw damaged("ends after the file, with its " + pages + " pages");
      }
      extentBytes = pages * meta.pageBytes();
      requireElements();
    }

    @Override
    long pages() {
      return pages;
    }

    @Override
    ByteBuffer bytes(long at, int length) throws IOException {
      if (at + length <= first.capacity()) {
        return first.duplicate().order(ByteOrder.LITTLE_ENDIAN).position((int) at);
      }
      return read(channel, offset + at, length);
    }
  }

  /** A page inside of a value. */
  private static final class InlinePage extends Page {
    private final byte[] page;

    InlinePage(long outer, byte[] page) throws BoltException {
      super(outer);
      this.page = page;
      if (page.length < BoltFormat.PAGE_HEADER_BYTES) {
        throw damaged("holds a bucket of only " + page.length + " bytes");
      }
      readHeader(ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN));
      extentBytes = page.length;
      requireElements();
    }

    @Override
    long pages() {
      return 0;
    }

    @Override
    ByteBuffer bytes(long at, int length) {
      return ByteBuffer.wrap(page, (int) at, length).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  private static ByteBuffer read(FileChannel channel, long at, int length) throws IOException {
    ByteBuffer bytes = BoltFormat.buffer(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw new BoltException("the file ends at byte " + (at + bytes.position()));
      }
    }
    return bytes.flip();
  }
}
