package io.quorate.vertx.server.snapshot;

import io.quorate.snapshot.SnapshotStatus;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.FileNames;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** {@code quorate snapshot}: one command, from arguments to exit code. */
public final class SnapshotCommand {
  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private SnapshotCommand() {}

  /**
   * Runs on the calling thread until the command has ended.
   *
   * @return 0 if it succeeded, 1 if it failed, 2 for a wrong command line
   * @throws ConfigurationException if an option has a wrong value
   */
  public static int run(String[] args, PrintStream out, PrintStream err) {
    String command = args.length == 0 ? "" : args[0];
    String[] rest = args.length == 0 ? args : Arrays.copyOfRange(args, 1, args.length);
    try {
      switch (command) {
        case "save" -> save(rest, out);
        case "status" -> status(rest, out);
        case "restore" -> restore(rest, out);
        case "", "-h", "--help" -> usage(out);
        default -> {
          err.println(
              "quorate snapshot: '"
                  + command
                  + "' is not a command; choose save, status or restore");
          return USAGE;
        }
      }
      return command.isEmpty() ? USAGE : OK;
    } catch (ParameterException e) {
      err.println("quorate snapshot " + command + ": " + oneLine(e));
      return USAGE;
    } catch (IOException e) {
      err.println("quorate snapshot " + command + ": " + oneLine(e));
      return FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILED;
    }
  }

  private static void usage(PrintStream out) {
    out.println("Usage: quorate snapshot save <file>       copy what a member holds into a file");
    out.println("       quorate snapshot status <file>     show what a file holds, and check it");
    out.println(
        "       quorate snapshot restore <file>    write a member's data directory from it");
    out.println();
    out.println("Files are etcd's: those of etcd 3.4 to 3.7 are restored too, and etcdutl and");
    out.println("etcdctl take those of Quorate. Each command has a --help.");
  }

  private static void save(String[] args, PrintStream out)
      throws IOException, InterruptedException {
    SaveOptions options = new SaveOptions();
    if (isParsed(options, args, out)) {
      Saved saved = new Save(options).run();
      out.println("Snapshot saved at " + saved.file());
      out.println("Server version " + saved.version());
    }
  }

  private static void status(String[] args, PrintStream out) throws IOException {
    StatusOptions options = new StatusOptions();
    if (isParsed(options, args, out)) {
      SnapshotStatus status = SnapshotStatus.of(path(options.file));
      List<String> lines = options.format().lines(status);
      lines.forEach(out::println);
    }
  }

  private static void restore(String[] args, PrintStream out) throws IOException {
    RestoreOptions options = new RestoreOptions();
    if (isParsed(options, args, out)) {
      options.restore(out);
    }
  }

  /** False if it was only asked for help. */
  private static boolean isParsed(Object options, String[] args, PrintStream out) {
    CommandLine commandLine = new CommandLine(options);
    if (commandLine.parseArgs(args).isUsageHelpRequested()) {
      commandLine.usage(out);
      return false;
    }
    return true;
  }

  static Path path(String file) {
    try {
      return FileNames.path(file);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(file + ": " + e.getMessage());
    }
  }

  private static String oneLine(Exception e) {
    String message = e.getMessage();
    return (message == null ? e.getClass().getSimpleName() : message)
        .replaceAll("\\s*\\R\\s*", " ");
  }
}
