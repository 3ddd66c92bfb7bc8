package io.quorate.vertx.member;

import io.quorate.apply.StateBatch;
import io.quorate.node.Bootstrap;
import io.quorate.node.LogStore;
import io.quorate.snapshot.SnapshotFile;
import io.quorate.snapshot.SnapshotImport;
import io.quorate.store.sqlite.DataDirectory;
import io.quorate.store.sqlite.SqliteLogStore;
import io.quorate.store.sqlite.SqliteStateStore;
import io.quorate.store.sqlite.StoreException;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.QuorateOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Writes the data directory of a member of a new cluster that begins with what a snapshot of etcd
 * or of Quorate holds. Each of its members restores the same file; then they are started as usual.
 *
 * <p>The directory gets its content in one step at the end: a restore that fails, or is killed,
 * leaves no member behind that could be started.
 */
public final class SnapshotRestore {
  private static final String STAGING = "restoring";

  private SnapshotRestore() {}

  /** What was restored. */
  public record Restored(Path dataDir, long revision, long clusterId, long memberId) {}

  /**
   * Restores a snapshot. Blocks until everything is durable.
   *
   * @param options name, data directory, initial cluster with its token, and peer URLs
   * @param bumpRevision how much higher than in the file the revision is to be; if not 0, all
   *     before the new one counts as compacted
   * @throws ConfigurationException the options contradict each other
   * @throws IOException the file is damaged or cannot be restored, or the data directory is in use
   *     or cannot be written; then the data directory is as it was
   */
  public static Restored restore(
      Path file, SnapshotFile.Check check, long bumpRevision, QuorateOptions options)
      throws IOException {
    if (bumpRevision < 0) {
      throw new ConfigurationException("bump-revision", bumpRevision, "must not be negative");
    }
    options.validate();
    Path dataDir = options.getDataDir();
    refuseUsed(dataDir);
    boolean existed = Files.exists(dataDir);
    LogStore.Identity identity =
        new LogStore.Identity(ClusterIds.cluster(options), ClusterIds.localMember(options));
    Path staging = dataDir.resolve(STAGING);
    try (SnapshotFile snapshot = SnapshotFile.open(file, check)) {
      long revision = write(snapshot, staging, bumpRevision, options, identity);
      DataDirectory.move(staging, dataDir);
      Files.delete(staging);
      return new Restored(dataDir, revision, identity.clusterId(), identity.memberId());
    } catch (IOException | RuntimeException | Error e) {
      cleanUp(existed ? staging : dataDir, e);
      throw e;
    }
  }

  private static void refuseUsed(Path dataDir) throws IOException {
    if (!Files.exists(dataDir)) {
      return;
    }
    if (!Files.isDirectory(dataDir)) {
      throw new StoreException("data directory " + dataDir + " is a file");
    }
    try (Stream<Path> files = Files.list(dataDir)) {
      Path first = files.sorted().findFirst().orElse(null);
      if (first == null) {
        return;
      }
      throw new StoreException(
          "data directory "
              + dataDir
              + " is not empty: "
              + (first.endsWith(STAGING)
                  ? "a restore into it has not ended, or was killed; delete " + first
                  : "it holds " + first.getFileName() + "; choose a new one"));
    }
  }

  private static long write(
      SnapshotFile snapshot,
      Path staging,
      long bumpRevision,
      QuorateOptions options,
      LogStore.Identity identity)
      throws IOException {
    try (DataDirectory directory = DataDirectory.open(staging);
        LogStore log = new SqliteLogStore(directory);
        SqliteStateStore state = SqliteStateStore.open(directory)) {
      if (!(log.recover() instanceof LogStore.Fresh)) {
        throw new StoreException(staging + " holds a log already");
      }
      StateBatch last = SnapshotImport.run(snapshot, state, bumpRevision);
      Bootstrap.newCluster(log, state, identity, FirstStart.firstMembers(options), last);
      return last.revision;
    }
  }

  private static void cleanUp(Path written, Throwable cause) {
    if (!Files.exists(written)) {
      return;
    }
    try (Stream<Path> files = Files.walk(written)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
