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
 * The directory of an embedded member: a temporary one that is deleted with it, or the configured
 * data directory, in which a file holds the member's identity.
 */
final class MemberDirectory {
  private static final String IDENTITY_FILE = "cluster-member.json";
  private static final String STORE = "store";

  private final Path directory;
  private final boolean lasting;

  /**
   * The identity of the member in a data directory. Its address never changes, since the other
   * members know it by that.
   */
  record Identity(String cluster, long clusterId, long memberId, Address address) {}

  private MemberDirectory(Path directory, boolean lasting) {
    this.directory = directory;
    this.lasting = lasting;
  }

  /**
   * @param dataDir null for a temporary directory, named after the id of this process; it remains
   *     if the process is killed
   */
  static MemberDirectory open(@Nullable String dataDir) throws IOException {
    return dataDir == null
        ? new MemberDirectory(
            Files.createTempDirectory("quorate-member-" + ProcessHandle.current().pid() + "-"),
            false)
        : new MemberDirectory(Files.createDirectories(Path.of(dataDir)), true);
  }

  boolean isLasting() {
    return lasting;
  }

  /** The directory of the member's databases. */
  Path store() {
    return directory.resolve(STORE);
  }

  /** Null if the member was never in a cluster. */
  @Nullable Identity identity() throws IOException {
    Path file = directory.resolve(IDENTITY_FILE);
    if (!Files.exists(file)) {
      return null;
    }
    try {
      JsonObject json = new JsonObject(Files.readString(file));
      return new Identity(
          json.getString("cluster"),
          Long.parseUnsignedLong(json.getString("clusterId"), 16),
          Long.parseUnsignedLong(json.getString("memberId"), 16),
          Address.parse(json.getString("address"), 0));
    } catch (RuntimeException e) {
      throw new IOException(file + " cannot be understood: " + e.getMessage(), e);
    }
  }

  /** Writes the identity; no effect on a temporary directory. */
  void write(Identity identity) throws IOException {
    if (!lasting) {
      return;
    }
    JsonObject json =
        new JsonObject()
            .put("cluster", identity.cluster())
            .put("clusterId", Long.toHexString(identity.clusterId()))
            .put("memberId", Long.toHexString(identity.memberId()))
            .put("address", identity.address().toString());
    Path written = directory.resolve(IDENTITY_FILE + ".new");
    Files.writeString(written, json.encodePrettily());
    Files.move(written, directory.resolve(IDENTITY_FILE), StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Deletes what is left of a member that never finished its start, or that its cluster has
   * removed.
   */
  void clear() throws IOException {
    Files.deleteIfExists(directory.resolve(IDENTITY_FILE));
    delete(store());
  }

  /** Deletes a temporary directory. */
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
