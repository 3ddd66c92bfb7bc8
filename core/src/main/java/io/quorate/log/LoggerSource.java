package io.quorate.log;

import java.util.Iterator;
import java.util.ServiceLoader;

/**
 * Gives core its loggers. Core knows no logging framework, and the JDK's own loggers end in
 * java.util.logging unless the application has an adapter; so whoever embeds core may bring a
 * service of this type, and its lines go where the embedder's go.
 */
public interface LoggerSource {

  /**
   * The logger of a name. Called once a class, on any thread.
   *
   * @param name of the class that logs
   */
  System.Logger logger(String name);

  /** The logger of a class: of the first service there is, and otherwise the JDK's. */
  static System.Logger loggerOf(Class<?> type) {
    return Chosen.SOURCE.logger(type.getName());
  }

  /** Looked for once. */
  final class Chosen {
    private static final LoggerSource SOURCE = choose();

    private Chosen() {}

    private static LoggerSource choose() {
      // the loader of core: another one may see another core's services
      Iterator<LoggerSource> sources =
          ServiceLoader.load(LoggerSource.class, LoggerSource.class.getClassLoader()).iterator();
      return sources.hasNext() ? sources.next() : System::getLogger;
    }
  }
}
