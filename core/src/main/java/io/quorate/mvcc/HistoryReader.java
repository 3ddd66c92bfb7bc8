package io.quorate.mvcc;

import java.util.ArrayList;
import java.util.List;

/** Reads changes in order, from the disk and then from what is pinned. */
final class HistoryReader {
  private static final int SCAN_RECORDS = 256;

  /** No further revision is begun once this much has been gathered. */
  static final long ENOUGH_BYTES = 8 << 20;

  private final RecordReader disk;
  private final long fromRevision;
  private final long toRevision;
  private final int maxRevisions;

  private final List<Record> gathered = new ArrayList<>();
  private long bytes;
  private int revisions;
  private long lastMain = -1;

  HistoryReader(RecordReader disk, long fromRevision, long toRevision, int maxRevisions) {
    this.disk = disk;
    this.fromRevision = fromRevision;
    this.toRevision = toRevision;
    this.maxRevisions = maxRevisions;
  }

  /**
   * @param young what is pinned of {@code fromRevision} and later; taken before the disk is read,
   *     so that a record that is flushed meanwhile is found in one of the two
   */
  List<Record> read(PinnedRecords.Tail young) {
    if (young.complete() || scanDisk(young.firstId())) {
      for (Record record : young.records()) {
        if (!gather(record)) {
          break;
        }
      }
    }
    return gathered;
  }

  /** False if enough was found before {@code endId}. */
  private boolean scanDisk(long endId) {
    long id = disk.firstIdAtOrAfter(fromRevision);
    while (id < endId) {
      List<Record> batch = disk.scan(id, SCAN_RECORDS);
      for (Record record : batch) {
        if (record.id() >= endId) {
          return true;
        }
        if (!gather(record)) {
          return false;
        }
      }
      if (batch.size() < SCAN_RECORDS) {
        return true;
      }
      id = batch.get(batch.size() - 1).id() + 1;
    }
    return true;
  }

  private boolean gather(Record record) {
    if (record.main() > toRevision) {
      return false;
    }
    if (record.main() != lastMain) {
      if (revisions == maxRevisions || bytes >= ENOUGH_BYTES) {
        return false;
      }
      revisions++;
      lastMain = record.main();
    }
    gathered.add(record);
    bytes += record.kv().key().length() + record.kv().value().length();
    return true;
  }
}
