package io.quorate.vertx.server.launch;

import io.quorate.vertx.member.options.Flag;
import io.quorate.vertx.member.options.Flags;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Prints the text of {@code --help}, which is generated from the table of flags. */
final class Help {
  private static final int WIDTH = 96;

  private Help() {}

  static void print(PrintStream out) {
    out.println("Usage: quorate [--flag=value ...]      run a member");
    out.println(
        "       quorate bench <shape> ...       load a cluster and measure; see bench --help");
    out.println(
        "       quorate snapshot <command> ...  save, check or restore; see snapshot --help");
    out.println("       quorate --version | --help");
    out.println();
    out.println("Without flags: one member, its own cluster, on this host only.");
    out.println("Every flag is also an environment variable: --data-dir is QUORATE_DATA_DIR,");
    out.println("or etcd's ETCD_DATA_DIR if that is not set.");
    out.println();
    out.println("Flags:");
    for (Flag flag : Flags.all()) {
      if (flag.support() == Flag.Support.USED) {
        out.println("  --" + flag.name() + " '" + flag.defaultValue() + "'");
        out.println("      " + flag.help());
      }
    }
    names(out, "Accepted for etcd's sake, without effect:", Flag.Support.IGNORED);
    names(out, "Not available; refused unless they have etcd's default:", Flag.Support.REFUSED);
    out.flush();
  }

  private static void names(PrintStream out, String title, Flag.Support support) {
    out.println();
    out.println(title);
    List<String> names = new ArrayList<>();
    for (Flag flag : Flags.all()) {
      if (flag.support() == support) {
        names.add("--" + flag.name());
      }
    }
    StringBuilder line = new StringBuilder(" ");
    for (String name : names) {
      if (line.length() + name.length() >= WIDTH) {
        out.println(line);
        line = new StringBuilder(" ");
      }
      line.append(' ').append(name);
    }
    out.println(line);
  }
}
