package io.quorate.vertx.server.launch;

import io.quorate.vertx.member.options.FileNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Arguments and environment in UTF-8 where the JVM decoded them as ASCII, which loses all other
 * characters. It does so in a locale without UTF-8, such as in service units and containers that
 * set none. On Linux the original bytes are read from {@code /proc}; elsewhere the JVM's result is
 * used.
 */
final class Given {
  private static final Path ARGUMENTS = Path.of("/proc/self/cmdline");
  private static final Path ENVIRONMENT = Path.of("/proc/self/environ");

  private Given() {}

  static String[] arguments(String[] read) {
    byte[] bytes = FileNames.areAscii() ? bytesOf(ARGUMENTS) : null;
    return bytes == null ? read : arguments(read, bytes);
  }

  static Map<String, String> environment(Map<String, String> read) {
    byte[] bytes = FileNames.areAscii() ? bytesOf(ENVIRONMENT) : null;
    return bytes == null ? read : environment(read, bytes);
  }

  private static byte @Nullable [] bytesOf(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      return null; // not Linux, or /proc is not mounted
    }
  }

  /**
   * @param commandLine the command line of the process, with a zero byte after each argument; the
   *     program's arguments are the last ones
   */
  static String[] arguments(String[] read, byte[] commandLine) {
    List<byte[]> parts = split(commandLine);
    int first = parts.size() - read.length;
    if (first < 0) {
      return read;
    }
    String[] arguments = read.clone();
    for (int i = 0; i < read.length; i++) {
      byte[] part = parts.get(first + i);
      if (!isReadOf(part, read[i])) {
        return read;
      }
      String text = utf8(part);
      arguments[i] = text == null ? read[i] : text;
    }
    return arguments;
  }

  /**
   * @param block {@code name=value} entries, with a zero byte after each
   */
  static Map<String, String> environment(Map<String, String> read, byte[] block) {
    Map<String, String> environment = new HashMap<>(read);
    for (byte[] part : split(block)) {
      String text = utf8(part);
      int equals = text == null ? -1 : text.indexOf('=');
      if (text != null && equals > 0 && text.length() < part.length) {
        environment.replace(text.substring(0, equals), text.substring(equals + 1));
      }
    }
    return environment;
  }

  /**
   * Whether the JVM may have decoded {@code bytes} to {@code read}, with one character for each
   * byte.
   */
  private static boolean isReadOf(byte[] bytes, String read) {
    if (bytes.length != read.length()) {
      return false;
    }
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] >= 0 && bytes[i] != read.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static List<byte[]> split(byte[] bytes) {
    List<byte[]> parts = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        parts.add(Arrays.copyOfRange(bytes, begin, i));
        begin = i + 1;
      }
    }
    return parts;
  }

  private static @Nullable String utf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
