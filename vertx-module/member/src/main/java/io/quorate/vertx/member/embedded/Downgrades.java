package io.quorate.vertx.member.embedded;

import io.quorate.command.EtcdError;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which versions etcd would take for the target of a downgrade. */
final class Downgrades {
  private static final Pattern VERSION =
      Pattern.compile("(0|[1-9]\\d{0,8})\\.(0|[1-9]\\d{0,8})(\\.(0|[1-9]\\d{0,8})([-+].*)?)?");

  private Downgrades() {}

  /**
   * @param cluster the present version
   * @throws io.quorate.command.EtcdException WRONG_DOWNGRADE_VERSION_FORMAT;
   *     INVALID_DOWNGRADE_TARGET_VERSION unless it is one minor version below
   */
  static void check(String cluster, String target) {
    Matcher wanted = VERSION.matcher(target);
    if (!wanted.matches()) {
      throw EtcdError.WRONG_DOWNGRADE_VERSION_FORMAT.exception();
    }
    Matcher now = matched(cluster);
    boolean oneBelow =
        wanted.group(1).equals(now.group(1))
            && Long.parseLong(wanted.group(2)) == Long.parseLong(now.group(2)) - 1;
    if (!oneBelow) {
      throw EtcdError.INVALID_DOWNGRADE_TARGET_VERSION.exception();
    }
  }

  /** For example {@code 3.7} for {@code 3.7.0}. */
  static String majorAndMinor(String version) {
    Matcher parts = matched(version);
    return parts.group(1) + "." + parts.group(2);
  }

  private static Matcher matched(String version) {
    Matcher parts = VERSION.matcher(version);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not a version: " + version);
    }
    return parts;
  }
}
