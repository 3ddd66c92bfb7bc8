package io.quorate.store.sqlite;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** File system calls the stores share: private modes and fsync of what has no page of its own. */
final class StoreFiles {
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  private static final Set<PosixFilePermission> OWNER_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OWNER_FILE =
      PosixFilePermissions.fromString("rw-------");

  private StoreFiles() {}

  /** Creates the directory and its missing parents, all for the owner alone. */
  static void createPrivateDirectories(Path directory) throws IOException {
    Files.createDirectories(directory, attributes(OWNER_DIRECTORY));
  }

  /** Removes the permissions of other users on our directory if another program created it. */
  static void makeDirectoryPrivate(Path directory) throws IOException {
    if (POSIX && !Files.getPosixFilePermissions(directory).equals(OWNER_DIRECTORY)) {
      Files.setPosixFilePermissions(directory, OWNER_DIRECTORY);
    }
  }

  static void makeFilePrivate(Path file) throws IOException {
    if (POSIX && !Files.getPosixFilePermissions(file).equals(OWNER_FILE)) {
      Files.setPosixFilePermissions(file, OWNER_FILE);
    }
  }

  /**
   * Creates an empty file for the owner alone; SQLite gives its -wal and -shm the mode of the
   * database.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is one
   */
  static void createPrivateFile(Path file) throws IOException {
    Files.createFile(file, attributes(OWNER_FILE));
  }

  static void fsync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** Makes the creation, renaming or removal of the file survive a power cut. */
  static void fsyncDirectoryOf(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (!POSIX || directory == null) {
      return; // elsewhere a directory cannot be opened, and its metadata is journaled
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** What the file system objects to, and where, in words instead of the name of a class. */
  static String why(IOException e) {
    if (!(e instanceof FileSystemException refusal)) {
      return String.valueOf(e.getMessage());
    }
    String reason = refusal.getReason();
    if (e instanceof AccessDeniedException) {
      reason = "this user has no permission";
    } else if (e instanceof FileAlreadyExistsException) {
      reason = "is there and not a directory";
    } else if (e instanceof NoSuchFileException) {
      reason = "is not there and cannot be made";
    } else if (reason == null) {
      reason = "the file system refuses";
    }
    return refusal.getFile() + ": " + reason;
  }

  /** Size in bytes, 0 for a file that is not there. */
  static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  /** The file beside {@code file} whose name has {@code suffix} in addition. */
  static Path sibling(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  /** Removes a database with everything SQLite may have put beside it. */
  static void deleteDatabase(Path file) throws IOException {
    for (String suffix : new String[] {"-wal", "-shm", "-journal", ""}) {
      Files.deleteIfExists(sibling(file, suffix));
    }
  }

  private static FileAttribute<?>[] attributes(Set<PosixFilePermission> permissions) {
    return POSIX
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }
}
