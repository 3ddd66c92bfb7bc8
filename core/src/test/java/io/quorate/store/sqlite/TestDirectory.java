package io.quorate.store.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A data directory that can be killed: its files are copied as they are, and used from then on. */
final class TestDirectory implements AutoCloseable {
  private final Path parent;
  private int lives;
  private @Nullable DataDirectory open;

  TestDirectory(Path parent) {
    this.parent = parent;
  }

  /** The data directory of this life. */
  Path root() {
    return parent.resolve("life" + lives);
  }

  Path member(String name) {
    return root().resolve("member").resolve(name);
  }

  DataDirectory open() throws StoreException {
    if (open == null) {
      open = DataDirectory.open(root());
    }
    return open;
  }

  /**
   * Kill -9: copies the files of the open store, then gets rid of it.
   *
   * @param closeOld closes the store whose files were copied
   */
  void crash(Runnable closeOld) throws IOException {
    Path old = root();
    lives++;
    copy(old.resolve("member"), member(""));
    closeOld.run();
    close();
    delete(old);
  }

  @Override
  public void close() throws IOException {
    if (open != null) {
      open.close();
      open = null;
    }
  }

  /** Runs a statement as another program would; each row's columns are joined by a bar. */
  List<String> sql(String file, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + member(file));
        Statement statement = connection.createStatement()) {
      boolean more = statement.execute(sql);
      try (ResultSet row = more ? statement.getResultSet() : null) {
        while (row != null && row.next()) {
          StringBuilder columns = new StringBuilder();
          for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            columns.append(i == 1 ? "" : "|").append(row.getString(i));
          }
          rows.add(columns.toString());
        }
      }
    }
    return rows;
  }

  /** Copies files but not the shared memory of the WAL, which a crash of the machine loses. */
  static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        if (!file.toString().endsWith("-shm")) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    }
  }

  static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
