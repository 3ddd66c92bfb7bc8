package io.quorate.vertx.member.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.quorate.vertx.member.tls.TlsFileException.Role;
import io.quorate.vertx.testing.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsMaterialTest {
  @SuppressWarnings("NullAway.Init")
  @TempDir
  private static Path directory;

  @SuppressWarnings("NullAway.Init")
  private static TlsFiles files;

  @SuppressWarnings("NullAway.Init")
  private static Path otherKey;

  @BeforeAll
  static void make() throws Exception {
    Certificates certificates = Certificates.shared();
    otherKey = certificates.keyFile("two");
    files =
        new TlsFiles(
            certificates.certificateFile("one"),
            certificates.keyFile("one"),
            certificates.certificateFile("ca"),
            false);
  }

  private static TlsFileException refused(TlsFiles what) {
    return catchThrowableOfType(
        TlsFileException.class, () -> TlsMaterial.load(what, TlsLimits.DEFAULT));
  }

  private static Path file(String name, String content) throws Exception {
    return Files.writeString(directory.resolve(name), content);
  }

  @Test
  void materialWithTheSameContentIsEqual() throws Exception {
    TlsMaterial one = TlsMaterial.load(files, TlsLimits.DEFAULT);
    Path copy = file("copy.crt", Files.readString(files.certFile()));
    assertThat(TlsMaterial.load(files.withCertFile(copy), TlsLimits.DEFAULT)).isEqualTo(one);
    assertThat(TlsMaterial.load(files.withTrustedCaFile(null), TlsLimits.DEFAULT))
        .isNotEqualTo(one);
  }

  @Test
  void rsaKeysAreAccepted() throws Exception {
    Certificates own = new Certificates(directory);
    own.authority("ca");
    own.signed("ca", "rsa", "-keyalg", "RSA", "-keysize", "2048");
    TlsMaterial rsa =
        TlsMaterial.load(
            new TlsFiles(own.certificateFile("rsa"), own.keyFile("rsa"), null, false),
            TlsLimits.DEFAULT);
    assertThat(rsa.trusted()).isNull();
    assertThat(refused(files.withKeyFile(own.keyFile("rsa"))).role()).isEqualTo(Role.KEY);
  }

  @Test
  void aMissingOrUnreadableFileIsNamed() {
    Path none = directory.resolve("none.crt");
    TlsFileException missing = refused(files.withCertFile(none));
    assertThat(missing.role()).isEqualTo(Role.CERTIFICATE);
    assertThat(missing.file()).isEqualTo(none);
    assertThat(missing.reason()).isEqualTo("there is no such file");
    assertThat(refused(files.withTrustedCaFile(directory)).role()).isEqualTo(Role.TRUSTED_CA);
    assertThat(refused(files.withKeyFile(directory)).reason()).startsWith("cannot be read");
  }

  @Test
  void aFileWithoutCertificateOrKeyIsNamed() throws Exception {
    Path text = file("text", "hello");
    assertThat(refused(files.withCertFile(text)).role()).isEqualTo(Role.CERTIFICATE);
    assertThat(refused(files.withKeyFile(text)).role()).isEqualTo(Role.KEY);
    assertThat(refused(files.withTrustedCaFile(text)).role()).isEqualTo(Role.TRUSTED_CA);
    Path broken = file("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assertThat(refused(files.withCertFile(broken)).reason()).contains("no certificates in PEM");
    Path secret =
        file(
            "secret",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    assertThat(refused(files.withKeyFile(secret)).reason()).contains("not encrypted");
  }

  @Test
  void aKeyThatDoesNotBelongToTheCertificateIsNamed() {
    TlsFileException other = refused(files.withKeyFile(otherKey));
    assertThat(other.role()).isEqualTo(Role.KEY);
    assertThat(other.reason())
        .isEqualTo("is not the key of the certificate in " + files.certFile());
  }

  @Test
  void configuredSuitesDoNotRestrictTls13() {
    TlsLimits limits =
        TlsLimits.DEFAULT.withCipherSuites(
            List.of(
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"));
    assertThat(limits.unknownSuite()).isNull();
    assertThat(limits.suites())
        .startsWith(
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256")
        .contains("TLS_AES_128_GCM_SHA256");
    assertThat(limits.withMax(TlsLimits.TlsVersion.TLS1_2).suites()).hasSize(2);
    assertThat(limits.withMax(TlsLimits.TlsVersion.TLS1_2).protocols()).containsExactly("TLSv1.2");
  }
}
