package io.quorate.vertx.launch;

import io.quorate.vertx.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** The configuration file: the one place that knows YAML. */
final class ConfigurationFile {
  private static final int MAX_FILE_BYTES = 1 << 20;

  private ConfigurationFile() {}

  /** The document as it is; null if it is empty. */
  static @Nullable Object load(String file) {
    try {
      Path path = Path.of(file);
      if (Files.size(path) > MAX_FILE_BYTES) {
        throw new ConfigurationException(Flags.CONFIG_FILE, file, "is larger than a mebibyte");
      }
      LoaderOptions strict = new LoaderOptions();
      strict.setAllowDuplicateKeys(false);
      return new Yaml(new SafeConstructor(strict)).load(Files.readString(path));
    } catch (IOException | InvalidPathException e) {
      throw new ConfigurationException(
          Flags.CONFIG_FILE, file, "cannot be read: " + e.getClass().getSimpleName());
    } catch (YAMLException e) {
      throw new ConfigurationException(Flags.CONFIG_FILE, file, "is not YAML: " + e.getMessage());
    }
  }
}
