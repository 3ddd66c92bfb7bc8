package io.quorate.vertx.server.snapshot;

import io.quorate.snapshot.SnapshotFile;
import io.quorate.vertx.member.SnapshotRestore;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.Flag;
import io.quorate.vertx.member.options.Flags;
import io.quorate.vertx.member.options.QuorateOptions;
import java.io.IOException;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of {@code quorate snapshot restore}, set by the command line parser. */
@Command(
    name = "quorate snapshot restore",
    sortOptions = false,
    description =
        "Writes the data directory of a member of a new cluster, which begins with the keys, their"
            + " history, the leases and the alarms of the snapshot. All members of the cluster"
            + " restore the same file, each with its own --name; then they are started with the"
            + " same flags.")
final class RestoreOptions {
  @Parameters(index = "0", paramLabel = "<file>", description = "The snapshot.")
  String file = "";

  @Option(
      names = "--data-dir",
      description = "The directory to write, new or empty (default: <name>.quorate).")
  @Nullable String dataDir;

  @Option(names = "--name", description = "The member's name (default: default).")
  @Nullable String name;

  @Option(
      names = "--initial-cluster",
      description =
          "All members with their peer URLs (default: this one, at"
              + " --initial-advertise-peer-urls).")
  @Nullable String initialCluster;

  @Option(
      names = "--initial-cluster-token",
      description = "Tells clusters with the same members apart (default: etcd-cluster).")
  @Nullable String initialClusterToken;

  @Option(
      names = "--initial-advertise-peer-urls",
      description = "Where the other members reach this one (default: http://localhost:2380).")
  @Nullable String initialAdvertisePeerUrls;

  @Option(
      names = "--skip-hash-check",
      description =
          "Take a file whose checksum is missing, as if it was copied from a data directory, or"
              + " wrong.")
  boolean skipHashCheck;

  @Option(
      names = "--bump-revision",
      description =
          "How much higher than in the file the revision is to be, so that it is above any that a"
              + " client has seen (default: 0).")
  long bumpRevision;

  @Option(
      names = "--mark-compacted",
      description =
          "With --bump-revision, and only with it: all before the new revision counts as compacted,"
              + " so that watches end and clients read anew.")
  boolean markCompacted;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "This text.")
  boolean help;

  void restore(PrintStream out) throws IOException {
    if (bumpRevision != 0 != markCompacted) {
      throw new ConfigurationException(
          "mark-compacted", markCompacted, "and --bump-revision are used together or not at all");
    }
    QuorateOptions options = new QuorateOptions();
    set(options, "name", name);
    set(options, "data-dir", dataDir);
    set(options, "initial-advertise-peer-urls", initialAdvertisePeerUrls);
    set(options, "initial-cluster", initialCluster);
    set(options, "initial-cluster-token", initialClusterToken);
    SnapshotRestore.Restored restored =
        SnapshotRestore.restore(
            SnapshotCommand.path(file),
            skipHashCheck ? SnapshotFile.Check.SKIPPED : SnapshotFile.Check.REQUIRED,
            bumpRevision,
            options);
    out.printf(
        "Snapshot restored to %s: member %x of cluster %x, revision %d%n",
        restored.dataDir(), restored.memberId(), restored.clusterId(), restored.revision());
  }

  private static void set(QuorateOptions options, String name, @Nullable String value) {
    Flag flag = Flags.find(name);
    if (flag == null) {
      throw new IllegalStateException("the table of flags has no --" + name);
    }
    if (value != null) {
      String unused = flag.apply(options, value);
    }
  }
}
