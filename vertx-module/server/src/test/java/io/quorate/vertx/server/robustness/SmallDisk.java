package io.quorate.vertx.server.robustness;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A file system in memory that is small enough to be filled; needs permission to mount. */
final class SmallDisk {
  /** A member keeps 64 MiB free if it can, so the disk must be larger. */
  private static final int SIZE_MIB = 96;

  private static final Set<SmallDisk> MOUNTED = ConcurrentHashMap.newKeySet();

  static {
    // Members are killed at the same time, so the disk may still be in use.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> MOUNTED.forEach(SmallDisk::detach)));
  }

  private static @Nullable String whyNot;
  private static boolean probed;

  private final Path directory;

  private SmallDisk(Path directory) {
    this.directory = directory;
  }

  /** Why small disks cannot be mounted; null if they can. */
  static synchronized @Nullable String whyNot() {
    if (!probed) {
      probed = true;
      whyNot = probe();
    }
    return whyNot;
  }

  private static @Nullable String probe() {
    if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")) {
      return "no tmpfs here";
    }
    try {
      Path directory = Files.createTempDirectory("quorate-small-disk");
      try {
        SmallDisk disk = new SmallDisk(directory);
        disk.mount();
        disk.unmount();
        return null;
      } finally {
        Files.delete(directory);
      }
    } catch (IOException | IllegalStateException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Creates {@code directory} and mounts a small disk there. */
  static SmallDisk at(Path directory) {
    try {
      Files.createDirectories(directory);
      SmallDisk disk = new SmallDisk(directory);
      disk.mount();
      return disk;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void mount() throws IOException {
    run("mount", "-t", "tmpfs", "-o", "size=" + SIZE_MIB + "m", "tmpfs", directory.toString());
    MOUNTED.add(this);
  }

  private void detach() {
    try {
      run("umount", "-l", directory.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void unmount() {
    try {
      run("umount", directory.toString());
      MOUNTED.remove(this);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(String.join(" ", command) + " hangs");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    if (process.exitValue() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + said.trim());
    }
  }

  /** Writes until only {@code leave} bytes are free, or the disk is full. */
  long fill(long leave) {
    byte[] block = new byte[64 << 10];
    long written = 0;
    try (OutputStream out = Files.newOutputStream(filler())) {
      while (Files.getFileStore(directory).getUsableSpace() > leave) {
        out.write(block);
        written += block.length;
      }
    } catch (IOException full) {
      return written; // the disk is full, as intended
    }
    return written;
  }

  void free() {
    try {
      boolean unused = Files.deleteIfExists(filler());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path filler() {
    return directory.resolve("filler");
  }
}
