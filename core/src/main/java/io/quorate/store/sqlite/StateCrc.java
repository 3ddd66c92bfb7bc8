package io.quorate.store.sqlite;

import io.quorate.command.KeyValue;
import io.quorate.mvcc.Record;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC32C of each kind of row in {@code state.db}: over its table's tag, the lengths of what has
 * different ones, and all columns. So neither a changed column nor one that slid into its neighbour
 * passes, nor a row that is found in another table.
 */
final class StateCrc {
  private static final int RECORD = 1;
  private static final int LEASE = 2;
  private static final int MEMBER = 3;
  private static final int REMOVED_MEMBER = 4;
  private static final int ALARM = 5;
  private static final int WALL_CLOCK = 6;
  private static final int AUTH_USER = 7;
  private static final int AUTH_ROLE = 8;

  private StateCrc() {}

  static long record(Record record) {
    KeyValue kv = record.kv();
    byte[] key = kv.key().array();
    ByteBuffer head = ByteBuffer.allocate(7 * Long.BYTES);
    head.putLong((long) RECORD << 32 | key.length)
        .putLong(record.id())
        .putLong(kv.modRevision())
        .putLong(record.sub())
        .putLong(kv.createRevision())
        .putLong(kv.version())
        .putLong(kv.lease());
    return crc(head, key, kv.value().array());
  }

  static long lease(long id, long ttlMillis) {
    return crc(head(LEASE, id, ttlMillis));
  }

  /** The texts in UTF-8, as they are in the file. */
  static long member(long id, byte[] name, byte[] peerUrls, byte[] clientUrls, long isLearner) {
    ByteBuffer head = head(MEMBER, id, name.length, peerUrls.length, clientUrls.length, isLearner);
    return crc(head, name, peerUrls, clientUrls);
  }

  static long removedMember(long id) {
    return crc(head(REMOVED_MEMBER, id));
  }

  static long alarm(long memberId, byte[] type) {
    return crc(head(ALARM, memberId), type);
  }

  static long wallClock(long revision, long millis) {
    return crc(head(WALL_CLOCK, revision, millis));
  }

  static long authUser(byte[] name, byte[] password, long noPassword, byte[] roles) {
    ByteBuffer head = head(AUTH_USER, name.length, password.length, roles.length, noPassword);
    return crc(head, name, password, roles);
  }

  static long authRole(byte[] name, byte[] permissions) {
    return crc(head(AUTH_ROLE, name.length, permissions.length), name, permissions);
  }

  private static ByteBuffer head(long... values) {
    ByteBuffer head = ByteBuffer.allocate(values.length * Long.BYTES);
    for (long value : values) {
      head.putLong(value);
    }
    return head;
  }

  private static long crc(ByteBuffer head, byte[]... rest) {
    CRC32C crc = new CRC32C();
    crc.update(head.flip());
    for (byte[] bytes : rest) {
      crc.update(bytes);
    }
    return crc.getValue();
  }
}
