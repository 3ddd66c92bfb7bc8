package io.quorate.vertx.client;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Authorities and what they have signed, fresh for two days, by the JDK's {@code keytool}. */
final class Certificates {
  private static final String PASSWORD = "not-a-secret";
  private static final Path KEYTOOL = Path.of(System.getProperty("java.home"), "bin", "keytool");

  private final Path directory;
  private final Path keys;

  Certificates(Path directory) {
    this.directory = directory;
    this.keys = directory.resolve("keys.p12");
  }

  /** One that signs others. */
  void authority(String name) throws IOException, InterruptedException {
    generate(name, List.of("-ext", "bc:c", "-ext", "ku:c=keyCertSign"));
  }

  /**
   * @param flags of {@code keytool}, such as the names it is for
   */
  void signed(String authority, String name, String... flags)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-signer", authority));
    all.addAll(Arrays.asList(flags));
    generate(name, all);
  }

  private void generate(String name, List<String> flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(KEYTOOL.toString(), "-genkeypair"));
    command.addAll(List.of("-keystore", keys.toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", PASSWORD, "-alias", name, "-dname", "CN=" + name));
    command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2"));
    command.addAll(flags);
    Path says = directory.resolve("keytool-" + name);
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

  Path certificateFile(String name) throws IOException, GeneralSecurityException {
    return Files.writeString(directory.resolve(name + ".crt"), certificate(name));
  }

  Path keyFile(String name) throws IOException, GeneralSecurityException {
    return Files.writeString(directory.resolve(name + ".key"), key(name));
  }

  PemTrustOptions trust(String authority) throws IOException, GeneralSecurityException {
    return new PemTrustOptions().addCertValue(Buffer.buffer(certificate(authority)));
  }

  PemKeyCertOptions identity(String name) throws IOException, GeneralSecurityException {
    return new PemKeyCertOptions()
        .addKeyValue(Buffer.buffer(key(name)))
        .addCertValue(Buffer.buffer(certificate(name)));
  }
}
