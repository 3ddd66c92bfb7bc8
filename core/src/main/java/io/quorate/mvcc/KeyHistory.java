package io.quorate.mvcc;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The versions of one key that are not compacted, oldest first: everything about them but the
 * value, of which there is the length. A key that was put once and never again, as most are, takes
 * 32 bytes.
 *
 * <p>What a holder of an instance can see never changes, so readers need no lock. {@link #append}
 * is for the one writer and for the newest instance of a key only, because an instance and its
 * successor may share an array, of which each sees its own part.
 */
abstract sealed class KeyHistory {

  static KeyHistory of(long main, long id, long create, long version, long lease, int valueBytes) {
    if (create == main && version == 1 && lease == 0) {
      return new First(main, id, valueBytes);
    }
    return new Many(new long[] {main, id, create, version, lease, valueBytes}, 1);
  }

  abstract int count();

  /** Revision of the {@code i}-th change. */
  abstract long main(int i);

  /** Id of the record with its value. */
  abstract long id(int i);

  /** 0 in a tombstone. */
  abstract long create(int i);

  /** 0 in a tombstone. */
  abstract long version(int i);

  abstract long lease(int i);

  /** Length of the value, 0 in a tombstone: so the size of an answer is known before it is read. */
  abstract int valueBytes(int i);

  abstract KeyHistory append(
      long main, long id, long create, long version, long lease, int valueBytes);

  /** All from the {@code from}-th on; {@code from < count()}. */
  abstract KeyHistory tail(int from);

  /** Position of the newest change at or before {@code revision}, -1 if there is none. */
  abstract int newestAt(long revision);

  final boolean isTombstone(int i) {
    return version(i) == 0;
  }

  final boolean alive() {
    return !isTombstone(count() - 1);
  }

  /** Position of what the key is at {@code revision}, -1 if it is not alive then. */
  final int liveAt(long revision) {
    int i = newestAt(revision);
    return i >= 0 && isTombstone(i) ? -1 : i;
  }

  /**
   * What remains when {@code revision} becomes the oldest readable one: all changes from there on,
   * and before them the one that still shows at {@code revision} if that is not a tombstone. (etcd:
   * a tombstone at exactly the compacted revision stays, as history.)
   *
   * @param dead takes the ids of what does not remain
   * @return this if all remains, null if nothing does
   */
  final @Nullable KeyHistory compacted(long revision, List<Long> dead) {
    int older = newestAt(revision - 1) + 1;
    if (older == 0) {
      return this;
    }
    boolean replacedThen = older < count() && main(older) == revision;
    int keepFrom = isTombstone(older - 1) || replacedThen ? older : older - 1;
    for (int i = 0; i < keepFrom; i++) {
      dead.add(id(i));
    }
    if (keepFrom == 0) {
      return this;
    }
    return keepFrom == count() ? null : tail(keepFrom);
  }

  /** A single put that created the key, without a lease. */
  private static final class First extends KeyHistory {
    private final long main;
    private final long id;
    private final int valueBytes;

    First(long main, long id, int valueBytes) {
      this.main = main;
      this.id = id;
      this.valueBytes = valueBytes;
    }

    @Override
    int count() {
      return 1;
    }

    @Override
    long main(int i) {
      return main;
    }

    @Override
    long id(int i) {
      return id;
    }

    @Override
    long create(int i) {
      return main;
    }

    @Override
    long version(int i) {
      return 1;
    }

    @Override
    long lease(int i) {
      return 0;
    }

    @Override
    int valueBytes(int i) {
      return valueBytes;
    }

    @Override
    KeyHistory append(long main, long id, long create, long version, long lease, int valueBytes) {
      long[] both = {
        this.main,
        this.id,
        this.main,
        1,
        0,
        this.valueBytes,
        main,
        id,
        create,
        version,
        lease,
        valueBytes
      };
      return new Many(both, 2);
    }

    @Override
    KeyHistory tail(int from) {
      return this;
    }

    @Override
    int newestAt(long revision) {
      return main <= revision ? 0 : -1;
    }
  }

  /** Any other history, six numbers a change in one array. */
  private static final class Many extends KeyHistory {
    private static final int WIDTH = 6;

    private final long[] data;
    private final int count;

    Many(long[] data, int count) {
      this.data = data;
      this.count = count;
    }

    @Override
    int count() {
      return count;
    }

    @Override
    long main(int i) {
      return data[i * WIDTH];
    }

    @Override
    long id(int i) {
      return data[i * WIDTH + 1];
    }

    @Override
    long create(int i) {
      return data[i * WIDTH + 2];
    }

    @Override
    long version(int i) {
      return data[i * WIDTH + 3];
    }

    @Override
    long lease(int i) {
      return data[i * WIDTH + 4];
    }

    @Override
    int valueBytes(int i) {
      return (int) data[i * WIDTH + 5];
    }

    @Override
    KeyHistory append(long main, long id, long create, long version, long lease, int valueBytes) {
      int at = count * WIDTH;
      long[] target =
          at < data.length ? data : Arrays.copyOf(data, (count + 1 + count / 2) * WIDTH);
      target[at] = main;
      target[at + 1] = id;
      target[at + 2] = create;
      target[at + 3] = version;
      target[at + 4] = lease;
      target[at + 5] = valueBytes;
      return new Many(target, count + 1);
    }

    @Override
    KeyHistory tail(int from) {
      if (count - from == 1) {
        return of(main(from), id(from), create(from), version(from), lease(from), valueBytes(from));
      }
      return new Many(Arrays.copyOfRange(data, from * WIDTH, count * WIDTH), count - from);
    }

    @Override
    int newestAt(long revision) {
      int low = 0;
      int high = count - 1;
      if (main(high) <= revision) {
        return high;
      }
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (main(middle) <= revision) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low - 1;
    }
  }
}
