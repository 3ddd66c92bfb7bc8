package io.quorate.mvcc;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.wire.ProtoReader;
import io.quorate.wire.ProtoWriter;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A record as etcd stores it: its revision as key ({@code main '_' sub}, both 8 bytes big-endian, a
 * {@code t} behind it for a tombstone), and the pair as a serialized {@code mvccpb.KeyValue}.
 */
public final class EtcdRecord {
  private static final int KEY = 1;
  private static final int CREATE_REVISION = 2;
  private static final int MOD_REVISION = 3;
  private static final int VERSION = 4;
  private static final int VALUE = 5;
  private static final int LEASE = 6;

  private static final int REVISION_BYTES = 17;
  private static final int NUMBERS_BYTES = 64;

  private EtcdRecord() {}

  public static byte[] key(Record record) {
    boolean tombstone = record.kv().isTombstone();
    ByteBuffer key = ByteBuffer.allocate(tombstone ? REVISION_BYTES + 1 : REVISION_BYTES);
    put(key, record.main(), record.sub());
    if (tombstone) {
      key.put((byte) 't');
    }
    return key.array();
  }

  /** A revision without a record, as etcd notes that of a compaction. */
  public static byte[] revision(long main) {
    ByteBuffer revision = ByteBuffer.allocate(REVISION_BYTES);
    put(revision, main, 0);
    return revision.array();
  }

  private static void put(ByteBuffer target, long main, long sub) {
    target.putLong(main).put((byte) '_').putLong(sub);
  }

  public static byte[] value(Record record) {
    KeyValue kv = record.kv();
    ProtoWriter message =
        new ProtoWriter(kv.key().length() + kv.value().length() + NUMBERS_BYTES)
            .bytes(KEY, kv.key().array());
    if (!kv.isTombstone()) {
      message
          .number(CREATE_REVISION, kv.createRevision())
          .number(MOD_REVISION, kv.modRevision())
          .number(VERSION, kv.version())
          .bytes(VALUE, kv.value().array())
          .number(LEASE, kv.lease());
    }
    return message.toBytes();
  }

  /**
   * The main revision of a key, or of what {@link #revision} makes.
   *
   * @throws IllegalArgumentException it is none
   */
  public static long main(byte[] key) {
    boolean tombstone = key.length == REVISION_BYTES + 1 && key[REVISION_BYTES] == 't';
    if ((key.length != REVISION_BYTES && !tombstone) || key[Long.BYTES] != '_') {
      throw new IllegalArgumentException("a key of " + key.length + " bytes is not a revision");
    }
    ByteBuffer revision = ByteBuffer.wrap(key);
    long main = revision.getLong();
    if (main < 0 || revision.getLong(Long.BYTES + 1) < 0) {
      throw new IllegalArgumentException("a revision is negative");
    }
    return main;
  }

  /** True for the key of a tombstone. */
  public static boolean isTombstone(byte[] key) {
    return key.length > REVISION_BYTES;
  }

  /**
   * The reverse of {@link #key} and {@link #value}.
   *
   * @param id of the record
   * @return null if it is only there so that its revision has been used: restoring a snapshot with
   *     a higher revision than it had leaves such a record behind
   * @throws IllegalArgumentException it is none that etcd writes
   */
  public static @Nullable Record of(long id, byte[] key, byte[] value) {
    long main = main(key);
    if (value.length == 0) {
      return null;
    }
    long sub = ByteBuffer.wrap(key).getLong(Long.BYTES + 1);
    Bytes name = Bytes.EMPTY;
    Bytes content = Bytes.EMPTY;
    long createRevision = 0;
    long modRevision = 0;
    long version = 0;
    long lease = 0;
    ProtoReader pair = new ProtoReader(value);
    for (int field = pair.next(); field != 0; field = pair.next()) {
      switch (field) {
        case KEY -> name = Bytes.of(pair.bytes());
        case CREATE_REVISION -> createRevision = pair.number();
        case MOD_REVISION -> modRevision = pair.number();
        case VERSION -> version = pair.number();
        case VALUE -> content = Bytes.of(pair.bytes());
        case LEASE -> lease = pair.number();
        default -> pair.skip();
      }
    }
    if (name.isEmpty()) {
      throw new IllegalArgumentException("revision " + main + " has a pair without a key");
    }
    if (isTombstone(key)) {
      return new Record(id, sub, KeyValue.tombstone(name, main));
    }
    if (modRevision != main || version <= 0 || createRevision <= 0 || createRevision > main) {
      throw new IllegalArgumentException(
          "revision %d has a pair of revision %d, created at %d, version %d"
              .formatted(main, modRevision, createRevision, version));
    }
    return new Record(
        id, sub, new KeyValue(name, content, createRevision, modRevision, version, lease));
  }
}
