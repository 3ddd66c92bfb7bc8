package io.quorate.vertx.member.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Certificates that a member makes for itself, as files in its data directory. Blocks. */
public final class AutoTls {
  private static final String ORGANIZATION = "quorate";
  private static final int DAYS_PER_YEAR = 365;

  private AutoTls() {}

  /**
   * The certificate and key in {@code directory}; makes them if they are not there or have expired.
   *
   * @param hosts host names and IP addresses, without brackets
   * @param years how long a new certificate is valid
   * @throws IOException if the files cannot be read or written
   */
  public static TlsFiles files(Path directory, List<String> hosts, int years, Clock clock)
      throws IOException {
    Path certificate = directory.resolve("cert.pem");
    Path key = directory.resolve("key.pem");
    if (!Files.exists(certificate) || !Files.exists(key) || hasExpired(certificate, clock)) {
      Instant now = clock.instant();
      SelfSigned made;
      try {
        made =
            SelfSigned.make(
                ORGANIZATION, hosts, now, now.plus(Duration.ofDays((long) DAYS_PER_YEAR * years)));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this JVM cannot make a certificate", e);
      }
      createDirectories(directory);
      // the certificate last: without it, the next start makes both again
      Files.deleteIfExists(certificate);
      write(key, made.key(), "rw-------");
      write(certificate, made.certificate(), "rw-r--r--");
    }
    return new TlsFiles(certificate, key, null, false);
  }

  private static boolean hasExpired(Path certificate, Clock clock) throws IOException {
    try (var in = Files.newInputStream(certificate)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in)
              instanceof X509Certificate x509
          && !clock.instant().isBefore(x509.getNotAfter().toInstant());
    } catch (GeneralSecurityException e) {
      return false; // not made here: loading it will say what is wrong
    }
  }

  private static void createDirectories(Path directory) throws IOException {
    Path parent = directory.getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      createDirectories(parent);
    }
    try {
      Path unused = Files.createDirectory(directory, permissions(directory, "rwx------"));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
  }

  /**
   * The file has its permissions from the beginning, and its whole content when it has its name.
   */
  private static void write(Path file, String content, String permissions) throws IOException {
    Path whole =
        Files.createTempFile(
            file.toAbsolutePath().getParent(), "new", ".pem", permissions(file, permissions));
    Files.write(whole, content.getBytes(StandardCharsets.US_ASCII));
    Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static FileAttribute<?>[] permissions(Path file, String permissions) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
