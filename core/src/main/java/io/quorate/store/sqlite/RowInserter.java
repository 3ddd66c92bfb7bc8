package io.quorate.store.sqlite;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * Inserts rows 64, 8 and 1 at a time: what a statement costs beside its rows (calls into native
 * code, the start of the byte code) is then shared. One thread at a time.
 */
final class RowInserter {
  private static final int[] ROWS = {64, 8, 1};

  private final PreparedStatement[] statements = new PreparedStatement[ROWS.length];
  private final int columns;

  /** Binds one row to the parameters from {@code first} on. */
  @FunctionalInterface
  interface Binder<T> {
    void bind(PreparedStatement statement, int first, T row) throws SQLException;
  }

  /**
   * @param into what comes before VALUES
   * @param onConflict what comes after the values; may be empty
   */
  RowInserter(Database database, String into, int columns, String onConflict) throws SQLException {
    this.columns = columns;
    String row = "(?" + ",?".repeat(columns - 1) + ")";
    for (int i = 0; i < ROWS.length; i++) {
      String values = row + ("," + row).repeat(ROWS[i] - 1);
      statements[i] = database.prepare(into + " VALUES " + values + " " + onConflict);
    }
  }

  <T> void insert(List<T> rows, Binder<T> binder) throws SQLException {
    int from = 0;
    for (int i = 0; i < ROWS.length; i++) {
      while (rows.size() - from >= ROWS[i]) {
        PreparedStatement statement = statements[i];
        for (int row = 0; row < ROWS[i]; row++) {
          binder.bind(statement, 1 + row * columns, rows.get(from + row));
        }
        statement.executeUpdate();
        statement.clearParameters(); // else the largest rows ever written stay in memory
        from += ROWS[i];
      }
    }
  }
}
