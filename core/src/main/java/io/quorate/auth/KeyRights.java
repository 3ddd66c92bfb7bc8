package io.quorate.auth;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import io.quorate.command.Permission;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The keys that somebody may read and those that they may write. Ranges of several permissions that
 * overlap or touch are one, so a request may reach over all of them. Immutable, any thread.
 */
final class KeyRights {
  static final KeyRights NONE = of(List.of());

  private final Keys readable;
  private final Keys writable;

  private KeyRights(Keys readable, Keys writable) {
    this.readable = readable;
    this.writable = writable;
  }

  static KeyRights of(List<Permission> permissions) {
    return new KeyRights(
        Keys.of(permissions, p -> p.type().reads()), Keys.of(permissions, p -> p.type().writes()));
  }

  boolean mayRead(KeyRange keys) {
    return readable.cover(keys);
  }

  boolean mayWrite(KeyRange keys) {
    return writable.cover(keys);
  }

  /**
   * Ranges that neither overlap nor touch: their ends by their starts. An end is exclusive, and
   * null stands for none.
   */
  private record Keys(TreeMap<Bytes, End> ranges) {
    private record End(@Nullable Bytes exclusive) {
      boolean reaches(End other) {
        return exclusive == null
            || (other.exclusive != null && exclusive.compareTo(other.exclusive) >= 0);
      }
    }

    static Keys of(List<Permission> permissions, Predicate<Permission> wanted) {
      List<KeyRange> granted = new ArrayList<>();
      permissions.stream().filter(wanted).map(Permission::keys).forEach(granted::add);
      granted.sort(Comparator.comparing(KeyRange::start));
      TreeMap<Bytes, End> ranges = new TreeMap<>();
      Map.Entry<Bytes, End> last = null;
      for (KeyRange keys : granted) {
        End end = end(keys);
        if (last != null && last.getValue().reaches(new End(keys.start()))) {
          if (!last.getValue().reaches(end)) {
            ranges.put(last.getKey(), end);
            last = Map.entry(last.getKey(), end);
          }
        } else {
          ranges.put(keys.start(), end);
          last = Map.entry(keys.start(), end);
        }
      }
      return new Keys(ranges);
    }

    /** Only a range that itself is without end covers one that is. */
    boolean cover(KeyRange keys) {
      Map.Entry<Bytes, End> range = ranges.floorEntry(keys.start());
      return range != null
          && range.getValue().reaches(new End(successor(keys.start())))
          && range.getValue().reaches(end(keys));
    }

    private static End end(KeyRange keys) {
      if (keys.isSingle()) {
        return new End(successor(keys.start()));
      }
      return new End(keys.isOpenEnded() ? null : keys.end());
    }

    private static Bytes successor(Bytes key) {
      return Bytes.of(java.util.Arrays.copyOf(key.array(), key.length() + 1));
    }
  }
}
