package io.quorate.mvcc;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * CRC-32C over records as etcd stores them: the name of its bucket, then for each record the
 * revision as key ({@code main '_' sub}, both 8 bytes big-endian, a {@code t} behind it if it is a
 * tombstone) and the pair as a serialized {@code mvccpb.KeyValue}.
 */
final class KvHasher {
  private static final int KEY = 1;
  private static final int CREATE_REVISION = 2;
  private static final int MOD_REVISION = 3;
  private static final int VERSION = 4;
  private static final int VALUE = 5;
  private static final int LEASE = 6;
  private static final int WIRE_VARINT = 0;
  private static final int WIRE_BYTES = 2;

  private final CRC32C crc = new CRC32C();

  KvHasher() {
    crc.update("key".getBytes(StandardCharsets.US_ASCII));
  }

  void add(Record record) {
    KeyValue kv = record.kv();
    ByteBuffer key = ByteBuffer.allocate(18);
    key.putLong(record.main()).put((byte) '_').putLong(record.sub());
    if (kv.isTombstone()) {
      key.put((byte) 't');
    }
    crc.update(key.flip());
    bytes(KEY, kv.key());
    if (kv.isTombstone()) {
      return;
    }
    number(CREATE_REVISION, kv.createRevision());
    number(MOD_REVISION, kv.modRevision());
    number(VERSION, kv.version());
    bytes(VALUE, kv.value());
    number(LEASE, kv.lease());
  }

  int hash() {
    return (int) crc.getValue();
  }

  private void bytes(int field, Bytes value) {
    if (!value.isEmpty()) {
      crc.update(field << 3 | WIRE_BYTES);
      varint(value.length());
      crc.update(value.array());
    }
  }

  private void number(int field, long value) {
    if (value != 0) {
      crc.update(field << 3 | WIRE_VARINT);
      varint(value);
    }
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      crc.update((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    crc.update((int) rest);
  }
}
