package io.quorate.vertx.member.options;

import io.quorate.vertx.member.fault.ConfigurationException;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads a member's options from a map with the keys of the configuration file, for a member inside
 * an application that has its own configuration.
 */
public final class MemberOptions {
  private MemberOptions() {}

  /**
   * Values are text, numbers, booleans or lists of these; a duration that is a number is in
   * nanoseconds, as in etcd's files.
   *
   * @param source where the entries come from, for error messages
   * @param entries by flag name, without dashes
   * @param notes called with a line for each entry that is accepted and has no effect
   * @throws ConfigurationException naming the first key or value that is wrong
   */
  public static QuorateOptions of(String source, Map<?, ?> entries, Consumer<String> notes) {
    QuorateOptions options = new QuorateOptions();
    Entries.read(source, entries)
        .forEach(
            (flag, value) -> {
              String note = flag.apply(options, value);
              if (note != null) {
                notes.accept(note);
              }
            });
    return options.validate();
  }
}
