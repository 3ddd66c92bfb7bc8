package io.quorate.vertx.testing;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Certificate authorities and certificates, valid for two days, made by the JDK's {@code keytool},
 * which takes a second for each.
 */
public final class Certificates {
  private static final String PASSWORD = "not-a-secret";
  private static final Path KEYTOOL = Path.of(System.getProperty("java.home"), "bin", "keytool");

  private static @Nullable Certificates shared;

  private final Path directory;
  private final Path keys;

  /**
   * The certificates that most tests need, made once in each JVM. {@code ca} has signed {@code one}
   * and {@code two}, both for 127.0.0.1, {@code client}, and {@code former}, which has expired.
   * {@code other-ca} has signed {@code stranger}.
   */
  public static synchronized Certificates shared() throws Exception {
    Certificates made = shared;
    if (made == null) {
      Path directory = Files.createTempDirectory("quorate-certificates");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
      made = new Certificates(directory);
      made.authority("ca");
      made.authority("other-ca");
      made.signed("ca", "one", "-ext", "san=ip:127.0.0.1");
      made.signed("ca", "two", "-ext", "san=ip:127.0.0.1");
      made.signed("ca", "client");
      made.signed("ca", "former", "-startdate", "-9d");
      made.signed("other-ca", "stranger", "-ext", "san=ip:127.0.0.1");
      shared = made;
    }
    return made;
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Certificates(Path directory) {
    this.directory = directory;
    this.keys = directory.resolve("keys.p12");
  }

  /** Makes an authority. */
  public void authority(String name) throws IOException, InterruptedException {
    generate(name, List.of("-ext", "bc:c", "-ext", "ku:c=keyCertSign"));
  }

  /**
   * @param flags of {@code keytool}, such as the host names
   */
  public void signed(String authority, String name, String... flags)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-signer", authority));
    all.addAll(Arrays.asList(flags));
    generate(name, all);
  }

  private void generate(String name, List<String> flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(KEYTOOL.toString(), "-genkeypair"));
    command.addAll(List.of("-keystore", keys.toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", PASSWORD, "-alias", name, "-dname", "CN=" + name));
    command.addAll(List.of("-validity", "2"));
    if (!flags.contains("-keyalg")) {
      command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1"));
    }
    command.addAll(flags);
    keytool("keytool-" + name, command);
  }

  private void keytool(String log, List<String> command) throws IOException, InterruptedException {
    Path says = directory.resolve(log);
    Process keytool =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(says.toFile()).start();
    if (!keytool.waitFor(60, TimeUnit.SECONDS)) {
      keytool.destroyForcibly();
      throw new AssertionError("keytool did not end");
    }
    if (keytool.exitValue() != 0) {
      throw new AssertionError(Files.readString(says));
    }
  }

  /**
   * Makes a list in which an authority revokes certificates.
   *
   * @param name of the file
   * @param revoked names of certificates
   * @return in DER, as etcd reads it
   */
  public Path revocationList(String authority, String name, String... revoked)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path file = directory.resolve(name + ".crl");
    List<String> command = new ArrayList<>(List.of(KEYTOOL.toString(), "-gencrl"));
    command.addAll(List.of("-keystore", keys.toString(), "-storepass", PASSWORD));
    command.addAll(List.of("-alias", authority, "-file", file.toString()));
    for (String each : revoked) {
      BigInteger serial = ((X509Certificate) store().getCertificate(each)).getSerialNumber();
      command.addAll(List.of("-id", serial.toString()));
    }
    keytool("keytool-" + name + "-crl", command);
    return file;
  }

  private KeyStore store() throws IOException, GeneralSecurityException {
    return KeyStore.getInstance(keys.toFile(), PASSWORD.toCharArray());
  }

  private static String pem(String what, byte[] content) {
    String text =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(content);
    return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
  }

  private String certificate(String name) throws IOException, GeneralSecurityException {
    return pem("CERTIFICATE", store().getCertificate(name).getEncoded());
  }

  private String key(String name) throws IOException, GeneralSecurityException {
    return pem("PRIVATE KEY", store().getKey(name, PASSWORD.toCharArray()).getEncoded());
  }

  public Path certificateFile(String name) throws IOException, GeneralSecurityException {
    return written(directory.resolve(name + ".crt"), certificate(name));
  }

  public Path keyFile(String name) throws IOException, GeneralSecurityException {
    return written(directory.resolve(name + ".key"), key(name));
  }

  /** Writes a file once, because it may be in use. */
  private static Path written(Path file, String content) throws IOException {
    return Files.exists(file) ? file : Files.writeString(file, content);
  }

  public PemTrustOptions trust(String authority) throws IOException, GeneralSecurityException {
    return new PemTrustOptions().addCertValue(Buffer.buffer(certificate(authority)));
  }

  public PemKeyCertOptions identity(String name) throws IOException, GeneralSecurityException {
    return new PemKeyCertOptions()
        .addKeyValue(Buffer.buffer(key(name)))
        .addCertValue(Buffer.buffer(certificate(name)));
  }
}
