package io.quorate.cluster.connection;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Where an embedded member keeps everything: a temporary directory that goes with it, or a lasting
 * one, in which a note says who it was the last time.
 */
final class MemberHome {
  private static final String NOTE = "cluster-member.json";
  private static final String STORE = "store";

  private final Path directory;
  private final boolean lasting;

  /**
   * Who the member in a lasting directory is. It is at the same address for life: the others know
   * it there.
   */
  record Note(String cluster, long clusterId, long memberId, Address address) {}

  private MemberHome(Path directory, boolean lasting) {
    this.directory = directory;
    this.lasting = lasting;
  }

  /**
   * @param dataDir null for a temporary one, whose name has the id of this process: if that is
   *     killed, it stays behind
   */
  static MemberHome open(@Nullable String dataDir) throws IOException {
    return dataDir == null
        ? new MemberHome(
            Files.createTempDirectory("quorate-member-" + ProcessHandle.current().pid() + "-"),
            false)
        : new MemberHome(Files.createDirectories(Path.of(dataDir)), true);
  }

  boolean isLasting() {
    return lasting;
  }

  /** For the member's databases. */
  Path store() {
    return directory.resolve(STORE);
  }

  /** Null for a member that has not been in a cluster. */
  @Nullable Note note() throws IOException {
    Path file = directory.resolve(NOTE);
    if (!Files.exists(file)) {
      return null;
    }
    try {
      JsonObject json = new JsonObject(Files.readString(file));
      return new Note(
          json.getString("cluster"),
          Long.parseUnsignedLong(json.getString("clusterId"), 16),
          Long.parseUnsignedLong(json.getString("memberId"), 16),
          Address.parse(json.getString("address"), 0));
    } catch (RuntimeException e) {
      throw new IOException(file + " cannot be understood: " + e.getMessage(), e);
    }
  }

  /** Without effect on a temporary directory. */
  void write(Note note) throws IOException {
    if (!lasting) {
      return;
    }
    JsonObject json =
        new JsonObject()
            .put("cluster", note.cluster())
            .put("clusterId", Long.toHexString(note.clusterId()))
            .put("memberId", Long.toHexString(note.memberId()))
            .put("address", note.address().toString());
    Path written = directory.resolve(NOTE + ".new");
    Files.writeString(written, json.encodePrettily());
    Files.move(written, directory.resolve(NOTE), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Forgets a member that never came to life, or that its cluster has removed. */
  void clear() throws IOException {
    Files.deleteIfExists(directory.resolve(NOTE));
    delete(store());
  }

  /** A temporary directory goes. */
  void close() throws IOException {
    if (!lasting) {
      delete(directory);
    }
  }

  private static void delete(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException failure)
              throws IOException {
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
