package io.quorate.store.sqlite;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What both databases are checked for before their rows are read. */
final class Soundness {
  private Soundness() {}

  /**
   * Has SQLite check its pages, and compares the tables and views with those that were made: a
   * schema that still parses can mean something else.
   *
   * @throws DamagedException if they are not sound
   */
  static void require(Path file, Database database, List<String> statements)
      throws SQLException, DamagedException {
    String verdict = database.queryText("PRAGMA quick_check(1)");
    if (!verdict.equals("ok")) {
      throw new DamagedException(file + ": damaged: " + verdict.replace('\n', ' ').strip());
    }
    Set<String> found = new HashSet<>();
    try (PreparedStatement select =
            database.prepare(
                "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        if (row.getString(2).equals(row.getString(3))) {
          found.add(row.getString(1) + " " + row.getString(2) + ": " + row.getString(4));
        }
      }
    }
    for (String statement : statements) {
      String[] words = statement.split("[ (]", 4); // CREATE, TABLE or VIEW, its name
      String made = words[1].toLowerCase(Locale.ROOT) + " " + words[2];
      if (!found.contains(made + ": " + statement)) {
        throw new DamagedException(
            file + ": damaged: the definition of " + made + " is not as it was made");
      }
    }
  }

  static void requireCrc(Path file, String row, long computed, long stored)
      throws DamagedException {
    if (computed != stored) {
      throw new DamagedException(
          String.format(
              "%s: %s: checksum of the row is %08x, stored is %08x", file, row, computed, stored));
    }
  }

  /** A column that is never null. */
  static byte[] bytes(Path file, String row, byte @Nullable [] column) throws DamagedException {
    if (column == null) {
      throw new DamagedException(file + ": " + row + ": a column has no content");
    }
    return column;
  }

  static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
