package io.quorate.store.sqlite;

import java.util.Arrays;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many rows each table of {@code state.db} has and what their checksums add up to. It is
 * written with every commit; so rows that are missing, too many or of another time are found, which
 * each by itself look sound: a page that is as it was before its last write, or a WAL that ends
 * early over pages that were moved into the file already.
 *
 * <p>One thread at a time.
 */
final class ContentDigest {
  /** A table, with the name it has in the file. */
  enum Table {
    RECORD,
    LEASE,
    MEMBER,
    REMOVED_MEMBER,
    ALARM,
    WALL_CLOCK,
    AUTH_USER,
    AUTH_ROLE;

    /** Whether it is mentioned even if it is empty: earlier releases know no others. */
    boolean isInEveryFormat() {
      return compareTo(WALL_CLOCK) <= 0;
    }

    String sqlName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Table[] TABLES = Table.values();
  private static final Pattern PART = Pattern.compile("([a-z_]+)=(\\d{1,18}):([0-9a-f]{1,16})");

  private final long[] rows = new long[TABLES.length];
  private final long[] sums = new long[TABLES.length];

  void add(Table table, long crc) {
    rows[table.ordinal()]++;
    sums[table.ordinal()] += crc;
  }

  void remove(Table table, long crc) {
    rows[table.ordinal()]--;
    sums[table.ordinal()] -= crc;
  }

  boolean isSameFor(Table table, ContentDigest other) {
    int i = table.ordinal();
    return rows[i] == other.rows[i] && sums[i] == other.sums[i];
  }

  long rows(Table table) {
    return rows[table.ordinal()];
  }

  ContentDigest copy() {
    ContentDigest copy = new ContentDigest();
    System.arraycopy(rows, 0, copy.rows, 0, rows.length);
    System.arraycopy(sums, 0, copy.sums, 0, sums.length);
    return copy;
  }

  /** For example {@code record=2:13f0a2b77 lease=0:0 ...}: rows, and the sum in hex. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(" ");
    for (int i = 0; i < TABLES.length; i++) {
      if (!TABLES[i].isInEveryFormat() && rows[i] == 0 && sums[i] == 0) {
        continue;
      }
      text.add(TABLES[i].sqlName() + "=" + rows[i] + ":" + Long.toHexString(sums[i]));
    }
    return text.toString();
  }

  /** The reverse of {@link #toString()}; throws IllegalArgumentException for other text. */
  static ContentDigest parse(String text) {
    ContentDigest digest = new ContentDigest();
    String[] parts = text.split(" ");
    int next = 0;
    for (int i = 0; i < TABLES.length; i++) {
      Matcher part = next < parts.length ? PART.matcher(parts[next]) : null;
      if (part == null || !part.matches() || !part.group(1).equals(TABLES[i].sqlName())) {
        if (TABLES[i].isInEveryFormat()) {
          throw new IllegalArgumentException("not a digest of the content: " + text);
        }
        continue;
      }
      digest.rows[i] = Long.parseLong(part.group(2));
      digest.sums[i] = Long.parseUnsignedLong(part.group(3), 16);
      next++;
    }
    return digest;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ContentDigest that
        && Arrays.equals(rows, that.rows)
        && Arrays.equals(sums, that.sums);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(rows) * 31 + Arrays.hashCode(sums);
  }
}
