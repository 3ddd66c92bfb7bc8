package io.quorate.vertx.server.launch;

import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.Flag;
import io.quorate.vertx.member.options.Flags;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The server's command line, parsed by the rules of Go's flag package, since etcd's users and
 * scripts rely on them: one dash or two, {@code --name=value} or {@code --name value}, a boolean
 * alone or with {@code =}, and the last occurrence wins.
 *
 * <p>Parsed by hand: building the model of a general parser for a hundred flags took 80 to 110 ms
 * at each start, as long as the rest of the launch.
 *
 * @param flags values by flag, in the order of the command line
 */
record Arguments(Map<Flag, String> flags, boolean help, boolean version) {

  /**
   * @throws UsageException for an unknown flag, or one without the value it needs
   * @throws ConfigurationException for an argument that is not a flag
   */
  static Arguments parse(String... args) {
    Map<Flag, String> flags = new LinkedHashMap<>();
    boolean help = false;
    boolean version = false;
    for (int i = 0; i < args.length; i++) {
      String arg = args[i];
      String text = withoutDashes(arg);
      if (text == null) {
        throw new ConfigurationException(
            "'"
                + arg
                + "' is not a flag; flags begin with --, and a boolean is set by --flag=false");
      }
      int equals = text.indexOf('=');
      String name = equals < 0 ? text : text.substring(0, equals);
      @Nullable String value = equals < 0 ? null : text.substring(equals + 1);
      if (value == null && (name.equals("help") || name.equals("h"))) {
        help = true;
        continue;
      }
      if (value == null && name.equals("version")) {
        version = true;
        continue;
      }
      Flag flag = known(name);
      if (value == null) {
        value = flag.valueIfBare();
      }
      if (value == null) {
        if (++i == args.length) {
          throw new UsageException("--" + name + " needs a value: --" + name + "=<value>");
        }
        value = args[i];
      }
      flags.put(flag, value);
    }
    return new Arguments(flags, help, version);
  }

  private static @Nullable String withoutDashes(String arg) {
    int dashes = arg.startsWith("--") ? 2 : arg.startsWith("-") ? 1 : 0;
    return dashes == 0 || arg.length() == dashes ? null : arg.substring(dashes);
  }

  private static Flag known(String name) {
    Flag flag = Flags.find(name);
    if (flag == null) {
      String nearest = Flags.nearest(name);
      throw new UsageException(
          "unknown flag --"
              + name
              + (nearest == null ? "; see --help" : "; did you mean --" + nearest + "?"));
    }
    return flag;
  }
}
