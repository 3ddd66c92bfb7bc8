package io.quorate.vertx.server.launch;

import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.member.options.FileNames;
import io.quorate.vertx.member.options.Flags;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads the configuration file. Only this class depends on YAML. */
final class ConfigurationFile {
  private static final int MAX_FILE_BYTES = 1 << 20;

  private ConfigurationFile() {}

  /** The parsed document; null if the file is empty. */
  static @Nullable Object load(String file) {
    try {
      Path path = FileNames.path(file);
      if (Files.size(path) > MAX_FILE_BYTES) {
        throw new ConfigurationException(Flags.CONFIG_FILE, file, "is larger than a mebibyte");
      }
      LoaderOptions strict = new LoaderOptions();
      strict.setAllowDuplicateKeys(false);
      return new Yaml(new SafeConstructor(strict)).load(Files.readString(path));
    } catch (NoSuchFileException e) {
      throw new ConfigurationException(
          Flags.CONFIG_FILE, file, "is not there; correct the path, or leave it out");
    } catch (AccessDeniedException e) {
      throw new ConfigurationException(
          Flags.CONFIG_FILE, file, "may not be read by this user; give it the right to");
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(Flags.CONFIG_FILE, file, "is not text in UTF-8");
    } catch (IOException e) {
      throw new ConfigurationException(
          Flags.CONFIG_FILE, file, "cannot be read: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(Flags.CONFIG_FILE, file, String.valueOf(e.getMessage()));
    } catch (YAMLException e) {
      throw new ConfigurationException(Flags.CONFIG_FILE, file, "is not YAML: " + e.getMessage());
    }
  }
}
