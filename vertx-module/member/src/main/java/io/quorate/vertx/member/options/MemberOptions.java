package io.quorate.vertx.member.options;

import io.quorate.vertx.member.fault.ConfigurationException;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A member's options out of names and values, as the configuration file has them: for a member in
 * an application, configured by whatever the application is.
 */
public final class MemberOptions {
  private MemberOptions() {}

  /**
   * Values are text, numbers, booleans or lists of them; a duration that is a number is in
   * nanoseconds, as in etcd's files.
   *
   * @param source where they come from, for people
   * @param entries by the names of the program's flags
   * @param notes hears, a line each, what is accepted and changes nothing
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
