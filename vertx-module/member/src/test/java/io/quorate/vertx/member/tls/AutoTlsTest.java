package io.quorate.vertx.member.tls;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AutoTlsTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private final Path directory;

  AutoTlsTest(@TempDir Path directory) {
    this.directory = directory.resolve("a").resolve("b");
  }

  private TlsFiles filesAt(Instant now, int years) throws Exception {
    return AutoTls.files(
        directory, List.of("127.0.0.1", "::1", "db"), years, Clock.fixed(now, ZoneOffset.UTC));
  }

  private static X509Certificate certificate(String pem) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
  }

  private static X509Certificate certificate(TlsFiles files) throws Exception {
    return certificate(Files.readString(requireNonNull(files.certFile())));
  }

  private static String mode(Path file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void aCertificateIsMadeForTheHostsAndSignedByItsOwnKey() throws Exception {
    TlsFiles files = filesAt(NOW, 3);
    X509Certificate made = certificate(files);
    made.verify(made.getPublicKey());
    assertThat(made.getVersion()).isEqualTo(3);
    assertThat(made.getNotBefore().toInstant()).isEqualTo(NOW);
    assertThat(made.getNotAfter().toInstant()).isEqualTo(NOW.plus(Duration.ofDays(3 * 365)));
    assertThat(made.getSubjectX500Principal()).isEqualTo(made.getIssuerX500Principal());
    assertThat(made.getSubjectAlternativeNames())
        .extracting(name -> String.valueOf(name.get(1)))
        .containsExactly("127.0.0.1", "0:0:0:0:0:0:0:1", "db");
    assertThat(made.getExtendedKeyUsage()).contains("1.3.6.1.5.5.7.3.1");
    assertThat(made.getBasicConstraints()).isNotNegative();
    assertThat(TlsMaterial.load(files, TlsLimits.DEFAULT).certificate()).isNotNull();
  }

  @Test
  void onlyTheOwnerMayReadTheKey() throws Exception {
    TlsFiles files = filesAt(NOW, 1);
    assertThat(mode(requireNonNull(files.keyFile()))).isEqualTo("rw-------");
    assertThat(mode(requireNonNull(files.certFile()))).isEqualTo("rw-r--r--");
    assertThat(mode(directory)).isEqualTo("rwx------");
    assertThat(directory).isDirectoryNotContaining("glob:**new*");
  }

  @Test
  void theFilesAreUsedAgainUntilTheCertificateExpires() throws Exception {
    X509Certificate first = certificate(filesAt(NOW, 1));
    assertThat(certificate(filesAt(NOW.plus(Duration.ofDays(364)), 1))).isEqualTo(first);
    Instant later = NOW.plus(Duration.ofDays(365));
    X509Certificate second = certificate(filesAt(later, 1));
    assertThat(second.getNotBefore().toInstant()).isEqualTo(later);
    Files.delete(directory.resolve("key.pem"));
    assertThat(certificate(filesAt(later, 1))).as("without its key").isNotEqualTo(second);
  }

  @Test
  void datesFrom2050OnAreWrittenWithTheirCentury() throws Exception {
    Instant to = Instant.parse("2126-01-02T03:04:05Z");
    assertThat(
            certificate(SelfSigned.make("o", List.of(), NOW, to).certificate())
                .getNotAfter()
                .toInstant())
        .isEqualTo(to);
  }

  @Test
  void namesInACertificateMayHaveAWildcardInTheFirstLabel() throws Exception {
    X509Certificate made =
        certificate(
            SelfSigned.make("o", List.of("*.db.example", "Exact", "10.0.0.1", "fe80::1"), NOW, NOW)
                .certificate());
    for (String host : List.of("a.db.example", "A.DB.example.", "exact", "10.0.0.1", "FE80:0::1")) {
      assertThat(new AllowedNames(List.of(), List.of("no", host)).allow(made)).as(host).isTrue();
    }
    for (String host : List.of("db.example", "a.b.db.example", "10.0.0.2", "fe80::2", "act", "")) {
      assertThat(new AllowedNames(List.of(), List.of(host)).allow(made)).as(host).isFalse();
    }
    assertThat(new AllowedNames(List.of("o"), List.of()).allow(made)).as("no CN").isFalse();
    assertThat(AllowedNames.ANY.allow(made)).isTrue();
  }
}
