package io.quorate.snapshot;

import io.quorate.bbolt.BoltException;
import io.quorate.command.Bytes;
import io.quorate.mvcc.EtcdRecord;
import io.quorate.mvcc.Record;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What a snapshot holds, in the numbers that {@code etcdutl snapshot status} shows.
 *
 * @param hash CRC-32C over the names of all buckets and what they hold
 * @param revision of the newest record
 * @param totalKeys live keys
 * @param totalBytes size of the database, without the checksum behind it
 * @param version of the storage; empty before etcd 3.6
 */
public record SnapshotStatus(
    int hash, long revision, long totalKeys, long totalBytes, String version) {

  /**
   * Reads all of the file, and checks its checksum if it has one. Memory: 16 bytes for each key.
   *
   * @throws SnapshotException it is not a sound snapshot
   */
  public static SnapshotStatus of(Path path) throws IOException {
    try (SnapshotFile file = SnapshotFile.open(path, SnapshotFile.Check.IF_PRESENT)) {
      CRC32C hash = new CRC32C();
      LiveKeys keys = new LiveKeys();
      long[] revision = {0};
      List<byte[]> buckets = new ArrayList<>();
      file.database().forEachBucket(buckets::add);
      for (byte[] bucket : buckets) {
        hash.update(bucket);
        boolean isKeys = Arrays.equals(bucket, Buckets.KEY);
        file.database()
            .forEach(
                bucket,
                (key, value) -> {
                  hash.update(key);
                  if (value != null) {
                    hash.update(value);
                  }
                  if (isKeys) {
                    Record record = EtcdRecord.of(1, key, value == null ? new byte[0] : value);
                    revision[0] = EtcdRecord.main(key);
                    if (record == null) {
                      keys.see(Bytes.EMPTY, true); // as etcdutl counts it
                    } else {
                      keys.see(record.kv().key(), !record.kv().isTombstone());
                    }
                  }
                });
      }
      byte[] version = file.value(Buckets.META, Buckets.STORAGE_VERSION);
      return new SnapshotStatus(
          (int) hash.getValue(),
          revision[0],
          keys.count(),
          file.database().sizeBytes(),
          version == null ? "" : new String(version, StandardCharsets.UTF_8));
    } catch (BoltException | IllegalArgumentException e) {
      throw new SnapshotException(path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Which keys are alive, by 64 bits of a hash: among a million keys there are two with the same in
   * one of thirty million files, and then the count is one too low.
   */
  private static final class LiveKeys {
    /** Takes the place of a key that died, so that those behind it are found. */
    private static final long GRAVE = 1;

    private long[] slots = new long[1 << 10];
    private int used;
    private long alive;

    void see(Bytes key, boolean lives) {
      long hash = hash(key);
      int slot = find(hash);
      if (slots[slot] == hash) {
        if (!lives) {
          slots[slot] = GRAVE;
          alive--;
        }
      } else if (lives) {
        slots[slot] = hash;
        alive++;
        if (++used > slots.length / 2) {
          rebuild();
        }
      }
    }

    long count() {
      return alive;
    }

    private int find(long hash) {
      int slot = (int) (hash >>> 33) & (slots.length - 1);
      while (slots[slot] != 0 && slots[slot] != hash) {
        slot = (slot + 1) & (slots.length - 1);
      }
      return slot;
    }

    private void rebuild() {
      long[] old = slots;
      slots = new long[alive > old.length / 4 ? old.length * 2 : old.length];
      used = 0;
      for (long hash : old) {
        if (hash != 0 && hash != GRAVE) {
          slots[find(hash)] = hash;
          used++;
        }
      }
    }

    private static long hash(Bytes key) {
      byte[] digest = SnapshotFile.sha256().digest(key.array());
      long hash = ByteBuffer.wrap(digest).getLong();
      return hash == 0 || hash == GRAVE ? 2 : hash;
    }
  }
}
