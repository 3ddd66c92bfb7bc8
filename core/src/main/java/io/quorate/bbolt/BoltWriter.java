package io.quorate.bbolt;

import io.quorate.bbolt.BoltFormat.Meta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a whole bbolt file: buckets in ascending order of their names, and the pairs of each in
 * ascending order of their keys. It holds one page of each level of the tree, however much is
 * written. Pages are written once and in order; only the first three, which say where the rest is,
 * are written at the end.
 *
 * <p>One thread at a time; blocks on the disk. After an exception the file is worthless.
 */
public final class BoltWriter {
  static final int PAGE_BYTES = 4096;

  /** The bound up to which bbolt puts the pairs of a bucket beside its name. */
  private static final int MAX_INLINE_BYTES = PAGE_BYTES / 4;

  private static final int FREE_LIST_PAGE = 2;
  private static final int FIRST_PAGE = 3;
  private static final int BUFFER_BYTES = 64 * PAGE_BYTES;

  private final FileChannel channel;
  private final ByteBuffer buffer = BoltFormat.buffer(BUFFER_BYTES);
  private final Tree buckets = new Tree();
  private long nextPage = FIRST_PAGE;
  private long position = (long) FIRST_PAGE * PAGE_BYTES;
  private @Nullable Tree bucket;
  private byte[] bucketName = {};

  /**
   * @param channel an empty file, open for writing; it stays open
   */
  public BoltWriter(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Begins a bucket, which ends where the next one begins.
   *
   * @throws IllegalArgumentException the name does not follow that of the bucket before
   */
  public void beginBucket(byte[] name) throws IOException {
    endBucket();
    bucket = new Tree();
    bucketName = name.clone();
  }

  /**
   * Adds a pair to the bucket.
   *
   * @param key 1 to 32768 bytes; kept, as is the value, until its page is written
   * @throws IllegalArgumentException the key has another length, or does not follow the one before
   */
  public void put(byte[] key, byte[] value) throws IOException {
    if (bucket == null) {
      throw new IllegalStateException("no bucket has begun");
    }
    bucket.add(key, value, 0);
  }

  /** Writes what is left. Durable only once the channel is forced. */
  public void finish() throws IOException {
    endBucket();
    long root = buckets.finish();
    flush();
    position = 0;
    for (long transaction = 0; transaction < 2; transaction++) {
      BoltFormat.putHeader(buffer, transaction, BoltFormat.META, 0, 0);
      new Meta(PAGE_BYTES, root, FREE_LIST_PAGE, nextPage, transaction).put(buffer);
      padPage();
    }
    BoltFormat.putHeader(buffer, FREE_LIST_PAGE, BoltFormat.FREE_LIST, 0, 0);
    padPage();
    flush();
  }

  private void endBucket() throws IOException {
    Tree ended = bucket;
    if (ended == null) {
      return;
    }
    bucket = null;
    byte[] inline = ended.inlinePage();
    ByteBuffer value =
        BoltFormat.buffer(BoltFormat.BUCKET_HEADER_BYTES + (inline == null ? 0 : inline.length));
    value.putLong(inline == null ? ended.finish() : 0).putLong(0);
    if (inline != null) {
      value.put(inline);
    }
    buckets.add(bucketName, value.array(), BoltFormat.BUCKET);
  }

  /** A tree that grows to the right: of each level only the last page is not written yet. */
  private final class Tree {
    private final List<Node> levels = new ArrayList<>();
    private byte[] lastKey = {};

    Tree() {
      levels.add(new Node(0));
    }

    void add(byte[] key, byte[] value, int flags) throws IOException {
      if (key.length == 0 || key.length > BoltFormat.MAX_KEY_BYTES) {
        throw new IllegalArgumentException("a key of " + key.length + " bytes");
      }
      if (Arrays.compareUnsigned(lastKey, key) >= 0) {
        throw new IllegalArgumentException("keys do not ascend");
      }
      lastKey = key;
      Node leaf = levels.get(0);
      if (!leaf.isEmpty() && leaf.bytesWith(key, value) > PAGE_BYTES) {
        close(leaf);
      }
      leaf.add(key, value, flags);
      if (leaf.bytes > PAGE_BYTES) {
        close(leaf); // a large value has pages of its own, and is let go at once
      }
    }

    /** Writes a page, and notes it one level higher. */
    private void close(Node node) throws IOException {
      if (node.level + 1 == levels.size()) {
        levels.add(new Node(node.level + 1));
      }
      byte[] firstKey = node.keys.get(0);
      byte[] page = pageNumber(write(node));
      Node parent = levels.get(node.level + 1);
      if (parent.keys.size() > 1 && parent.bytesWith(firstKey, page) > PAGE_BYTES) {
        // bbolt's branches have two children at least, so one goes over to the next page
        Node.Last moved = parent.keys.size() > 2 ? parent.removeLast() : null;
        close(parent);
        if (moved != null) {
          parent.add(moved.key, moved.value, 0);
        }
      }
      parent.add(firstKey, page, 0);
    }

    /** The only page of a small tree; null if it has more, or a large one. */
    byte @Nullable [] inlinePage() {
      Node leaf = levels.get(0);
      if (levels.size() > 1 || leaf.bytes > MAX_INLINE_BYTES) {
        return null;
      }
      ByteBuffer page = BoltFormat.buffer(leaf.bytes);
      BoltFormat.putHeader(page, 0, BoltFormat.LEAF, leaf.keys.size(), 0);
      leaf.putElements(page);
      for (int i = 0; i < leaf.keys.size(); i++) {
        page.put(leaf.keys.get(i)).put(leaf.values.get(i));
      }
      return page.array();
    }

    /** Writes what is left; returns the page of the root. */
    long finish() throws IOException {
      for (int level = 0; level < levels.size() - 1; level++) {
        Node node = levels.get(level);
        if (!node.isEmpty()) {
          close(node);
        }
      }
      Node top = levels.get(levels.size() - 1);
      return top.level > 0 && top.keys.size() == 1
          ? ByteBuffer.wrap(top.values.get(0)).getLong()
          : write(top);
    }
  }

  /** In a branch, the value of a key is the number of its page. */
  private static byte[] pageNumber(long page) {
    return ByteBuffer.allocate(Long.BYTES).putLong(page).array();
  }

  /** A page that is being filled. */
  private static final class Node {
    final int level;
    final List<byte[]> keys = new ArrayList<>();
    final List<byte[]> values = new ArrayList<>();
    final List<Integer> flags = new ArrayList<>();
    int bytes = BoltFormat.PAGE_HEADER_BYTES;

    record Last(byte[] key, byte[] value) {}

    Node(int level) {
      this.level = level;
    }

    boolean isEmpty() {
      return keys.isEmpty();
    }

    int bytesWith(byte[] key, byte[] value) {
      return Math.addExact(bytes, elementBytes(key, value));
    }

    private int elementBytes(byte[] key, byte[] value) {
      int data = level == 0 ? Math.addExact(key.length, value.length) : key.length;
      return Math.addExact(BoltFormat.ELEMENT_BYTES, data);
    }

    void add(byte[] key, byte[] value, int flag) {
      bytes = bytesWith(key, value);
      keys.add(key);
      values.add(value);
      flags.add(flag);
    }

    Last removeLast() {
      int last = keys.size() - 1;
      flags.remove(last);
      Last removed = new Last(keys.remove(last), values.remove(last));
      bytes -= elementBytes(removed.key, removed.value);
      return removed;
    }

    void putElements(ByteBuffer page) {
      int data = BoltFormat.ELEMENT_BYTES * keys.size();
      for (int i = 0; i < keys.size(); i++) {
        byte[] key = keys.get(i);
        byte[] value = values.get(i);
        int fromHere = data - BoltFormat.ELEMENT_BYTES * i;
        if (level == 0) {
          page.putInt(flags.get(i)).putInt(fromHere).putInt(key.length).putInt(value.length);
          data += key.length + value.length;
        } else {
          page.putInt(fromHere).putInt(key.length).putLong(ByteBuffer.wrap(value).getLong());
          data += key.length;
        }
      }
    }

    void clear() {
      keys.clear();
      values.clear();
      flags.clear();
      bytes = BoltFormat.PAGE_HEADER_BYTES;
    }
  }

  /** Writes the page, and empties the node. */
  private long write(Node node) throws IOException {
    int pages = (int) (((long) node.bytes + PAGE_BYTES - 1) / PAGE_BYTES);
    long id = nextPage;
    nextPage += pages;
    int flags = node.level == 0 ? BoltFormat.LEAF : BoltFormat.BRANCH;
    int count = node.keys.size();
    ByteBuffer head =
        BoltFormat.buffer(BoltFormat.PAGE_HEADER_BYTES + BoltFormat.ELEMENT_BYTES * count);
    BoltFormat.putHeader(head, id, flags, count, pages - 1);
    node.putElements(head);
    write(head.array());
    for (int i = 0; i < count; i++) {
      write(node.keys.get(i));
      if (node.level == 0) {
        write(node.values.get(i));
      }
    }
    padPage();
    node.clear();
    return id;
  }

  private void write(byte[] bytes) throws IOException {
    int done = 0;
    while (done < bytes.length) {
      if (!buffer.hasRemaining()) {
        flush();
      }
      int some = Math.min(buffer.remaining(), bytes.length - done);
      buffer.put(bytes, done, some);
      done += some;
    }
  }

  private void padPage() throws IOException {
    int over = (int) ((position + buffer.position()) % PAGE_BYTES);
    if (over != 0) {
      write(new byte[PAGE_BYTES - over]);
    }
  }

  private void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      position += channel.write(buffer, position);
    }
    buffer.clear();
  }
}
