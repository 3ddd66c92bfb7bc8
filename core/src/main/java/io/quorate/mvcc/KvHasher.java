package io.quorate.mvcc;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * CRC-32C over records as etcd stores them: the name of its bucket, then each {@link EtcdRecord}.
 */
final class KvHasher {
  private final CRC32C crc = new CRC32C();

  KvHasher() {
    crc.update("key".getBytes(StandardCharsets.US_ASCII));
  }

  void add(Record record) {
    crc.update(EtcdRecord.key(record));
    crc.update(EtcdRecord.value(record));
  }

  int hash() {
    return (int) crc.getValue();
  }
}
