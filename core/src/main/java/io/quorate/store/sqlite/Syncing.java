package io.quorate.store.sqlite;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.sql.SQLException;

/** Whether what is written has to survive a power cut. Any thread. */
enum Syncing {
  /** Each store says when. */
  AS_PROMISED,

  /** Never, since the files are not read again once the process has ended. */
  NEVER;

  void file(Path file) throws IOException {
    if (this == AS_PROMISED) {
      StoreFiles.fsync(file);
    }
  }

  /** The creation, renaming or removal of the file. */
  void directoryOf(Path file) throws IOException {
    if (this == AS_PROMISED) {
      StoreFiles.fsyncDirectoryOf(file);
    }
  }

  /** The content of the file alone, as fdatasync. */
  void channel(FileChannel channel) throws IOException {
    if (this == AS_PROMISED) {
      channel.force(false);
    }
  }

  /**
   * What SQLite syncs.
   *
   * @param promised FULL: each commit; NORMAL: each checkpoint
   */
  void of(Database database, String promised) throws SQLException {
    database.execute("PRAGMA synchronous = " + (this == AS_PROMISED ? promised : "OFF"));
  }
}
