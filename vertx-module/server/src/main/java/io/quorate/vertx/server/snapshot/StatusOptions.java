package io.quorate.vertx.server.snapshot;

import io.quorate.vertx.member.fault.ConfigurationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of {@code quorate snapshot status}, set by the command line parser. */
@Command(
    name = "quorate snapshot status",
    sortOptions = false,
    description =
        "Reads all of a snapshot, checks it, and shows hash, revision, total keys, total size and"
            + " version, as etcdutl does.")
final class StatusOptions {
  @Parameters(index = "0", paramLabel = "<file>", description = "The snapshot.")
  String file = "";

  @Option(
      names = {"-w", "--write-out"},
      description = "simple, json, fields or table (default: ${DEFAULT-VALUE}).")
  String writeOut = "simple";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "This text.")
  boolean help;

  StatusFormat format() {
    for (StatusFormat format : StatusFormat.values()) {
      if (format.text().equals(writeOut)) {
        return format;
      }
    }
    throw new ConfigurationException(
        "write-out", writeOut, "must be simple, json, fields or table");
  }
}
