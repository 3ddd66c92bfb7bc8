package io.quorate.store.sqlite;

import io.quorate.apply.StateBatch;
import io.quorate.command.FeatureLevel;
import io.quorate.raft.ConfState;
import io.quorate.raft.LogPosition;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The table {@code meta}: what there is to know beside the rows of the other tables. It is written
 * whole with each commit, with a checksum over all of it in a row of its own.
 *
 * @param featureLevel the {@link FeatureLevel} in force; the first one has no row, as the first
 *     release wrote none
 * @param authEnabled only written from {@link FeatureLevel#AUTH} on, as is {@code authRevision}
 * @param content what the other tables hold
 */
record StateMeta(
    LogPosition applied,
    ConfState conf,
    long revision,
    long compactRevision,
    long nextRecordId,
    int featureLevel,
    boolean authEnabled,
    long authRevision,
    ContentDigest content) {

  private static final String CRC = "crc";
  private static final String FEATURE_LEVEL = "feature_level";
  private static final String AUTH_ENABLED = "auth_enabled";
  private static final String AUTH_REVISION = "auth_revision";

  /** One row; the value is a Long or a String. */
  record Row(String key, Object value) {}

  /** What a batch leaves behind; an empty one stands for a fresh state. */
  static StateMeta after(StateBatch batch, ContentDigest content) {
    return new StateMeta(
        batch.applied,
        batch.conf,
        batch.revision,
        batch.compactRevision,
        batch.nextRecordId,
        batch.featureLevel,
        batch.authEnabled,
        batch.authRevision,
        content.copy());
  }

  List<Row> rows() {
    List<Row> rows = new ArrayList<>(11);
    rows.add(new Row("applied_index", applied.index()));
    rows.add(new Row("applied_term", applied.term()));
    rows.add(new Row("conf_state", StateText.of(conf)));
    rows.add(new Row("revision", revision));
    rows.add(new Row("compact_revision", compactRevision));
    rows.add(new Row("next_record_id", nextRecordId));
    if (featureLevel > FeatureLevel.FIRST) {
      rows.add(new Row(FEATURE_LEVEL, (long) featureLevel));
    }
    if (featureLevel >= FeatureLevel.AUTH) {
      rows.add(new Row(AUTH_ENABLED, authEnabled ? 1L : 0L));
      rows.add(new Row(AUTH_REVISION, authRevision));
    }
    rows.add(new Row("content", content.toString()));
    rows.add(new Row(CRC, crc(rows)));
    return rows;
  }

  /**
   * The reverse of {@link #rows()}, each value as text.
   *
   * @throws DamagedException if this is not what was written
   */
  static StateMeta of(Path file, Map<String, String> found) throws DamagedException {
    int featureLevel = featureLevel(file, found);
    boolean hasAuth = featureLevel >= FeatureLevel.AUTH;
    StateMeta meta =
        new StateMeta(
            new LogPosition(
                number(file, found, "applied_term"), number(file, found, "applied_index")),
            conf(file, found),
            number(file, found, "revision"),
            number(file, found, "compact_revision"),
            number(file, found, "next_record_id"),
            featureLevel,
            hasAuth && number(file, found, AUTH_ENABLED) != 0,
            hasAuth ? number(file, found, AUTH_REVISION) : 1,
            content(file, found));
    List<Row> written = meta.rows();
    for (Row row : written) {
      String value = text(file, found, row.key());
      if (!value.equals(row.value().toString())) {
        throw new DamagedException(
            String.format(
                "%s: meta: %s is '%s', which does not fit the others: '%s'",
                file, row.key(), value, row.value()));
      }
    }
    return meta;
  }

  private static long crc(List<Row> rows) {
    CRC32C crc = new CRC32C();
    for (Row row : rows) {
      crc.update((row.key() + "=" + row.value() + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return crc.getValue();
  }

  private static String text(Path file, Map<String, String> found, String key)
      throws DamagedException {
    String value = found.get(key);
    if (value == null) {
      throw new DamagedException(file + ": meta: " + key + " is missing");
    }
    return value;
  }

  private static long number(Path file, Map<String, String> found, String key)
      throws DamagedException {
    String value = text(file, found, key);
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new DamagedException(file + ": meta: " + key + " is not a number: " + value, e);
    }
  }

  private static int featureLevel(Path file, Map<String, String> found) throws DamagedException {
    if (!found.containsKey(FEATURE_LEVEL)) {
      return FeatureLevel.FIRST;
    }
    long level = number(file, found, FEATURE_LEVEL);
    if (level <= FeatureLevel.FIRST || level > FeatureLevel.NEWEST) {
      throw new DamagedException(
          file + ": meta: " + FEATURE_LEVEL + " is " + level + ", which the header contradicts");
    }
    return (int) level;
  }

  private static ConfState conf(Path file, Map<String, String> found) throws DamagedException {
    String value = text(file, found, "conf_state");
    try {
      return StateText.conf(value);
    } catch (IllegalArgumentException e) {
      throw new DamagedException(file + ": meta: conf_state: " + e.getMessage(), e);
    }
  }

  private static ContentDigest content(Path file, Map<String, String> found)
      throws DamagedException {
    String value = text(file, found, "content");
    try {
      return ContentDigest.parse(value);
    } catch (IllegalArgumentException e) {
      throw new DamagedException(file + ": meta: content: " + e.getMessage(), e);
    }
  }
}
