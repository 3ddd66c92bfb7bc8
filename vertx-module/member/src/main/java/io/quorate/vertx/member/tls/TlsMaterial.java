package io.quorate.vertx.member.tls;

import io.quorate.vertx.member.tls.TlsFileException.Role;
import io.vertx.core.VertxException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TCPSSLOptions;
import io.vertx.core.net.impl.KeyStoreHelper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The content of TLS files at the time they were read. It has been checked: the certificates can be
 * parsed, and the key belongs to the certificate. Equal if the content is equal.
 *
 * @param certificate null for a side that has none, such as some clients
 * @param key null exactly if {@code certificate} is
 * @param trusted null for the authorities that the JVM trusts
 */
public record TlsMaterial(
    @Nullable Buffer certificate,
    @Nullable Buffer key,
    @Nullable Buffer trusted,
    TlsLimits limits) {
  private static final long MAX_FILE_BYTES = 1L << 20;
  private static final byte[] SIGNED = {1, 2, 3};

  /**
   * Reads and checks the files that {@code files} names; blocks.
   *
   * @throws TlsFileException naming the file that cannot be used
   */
  public static TlsMaterial load(TlsFiles files, TlsLimits limits) throws TlsFileException {
    Path certFile = files.certFile();
    Path keyFile = files.keyFile();
    Path caFile = files.trustedCaFile();
    Buffer trusted = caFile == null ? null : read(Role.TRUSTED_CA, caFile);
    if (caFile != null && trusted != null) {
      checkCertificates(Role.TRUSTED_CA, caFile, trusted);
    }
    if (certFile == null || keyFile == null) {
      return new TlsMaterial(null, null, trusted, limits);
    }
    Buffer certificate = read(Role.CERTIFICATE, certFile);
    Buffer key = read(Role.KEY, keyFile);
    checkCertificates(Role.CERTIFICATE, certFile, certificate);
    checkPair(keyFile, key, certFile, certificate);
    return new TlsMaterial(certificate, key, trusted, limits);
  }

  private static Buffer read(Role role, Path file) throws TlsFileException {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new TlsFileException(role, file, "is larger than a mebibyte");
      }
      return Buffer.buffer(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new TlsFileException(role, file, "there is no such file");
    } catch (IOException e) {
      throw new TlsFileException(
          role, file, "cannot be read (" + e.getClass().getSimpleName() + ")");
    }
  }

  private static void checkCertificates(Role role, Path file, Buffer content)
      throws TlsFileException {
    try {
      KeyStore unused = KeyStoreHelper.loadCA(Stream.of(content));
    } catch (Exception e) {
      throw new TlsFileException(role, file, "holds no certificates in PEM (" + text(e) + ")");
    }
  }

  private static void checkPair(Path keyFile, Buffer key, Path certFile, Buffer certificate)
      throws TlsFileException {
    KeyStore store;
    PrivateKey secret;
    try {
      store = KeyStoreHelper.loadKeyCert(List.of(key), List.of(certificate));
      String alias = Collections.list(store.aliases()).get(0);
      secret = (PrivateKey) store.getKey(alias, KeyStoreHelper.DUMMY_PASSWORD.toCharArray());
      PublicKey open = store.getCertificate(alias).getPublicKey();
      if (secret.getAlgorithm().equals(open.getAlgorithm()) && isPair(secret, open)) {
        return;
      }
    } catch (Exception e) {
      throw new TlsFileException(
          Role.KEY,
          keyFile,
          "holds no RSA or EC key in PEM that is not encrypted (" + text(e) + ")");
    }
    throw new TlsFileException(
        Role.KEY, keyFile, "is not the key of the certificate in " + certFile);
  }

  private static boolean isPair(PrivateKey secret, PublicKey open) throws GeneralSecurityException {
    String algorithm =
        secret.getAlgorithm().equals("EC")
            ? "SHA256withECDSA"
            : "SHA256with" + secret.getAlgorithm();
    Signature signing = Signature.getInstance(algorithm);
    signing.initSign(secret);
    signing.update(SIGNED);
    Signature checking = Signature.getInstance(algorithm);
    checking.initVerify(open);
    checking.update(SIGNED);
    return checking.verify(signing.sign());
  }

  private static String text(Exception e) {
    Throwable cause = e instanceof VertxException && e.getCause() != null ? e.getCause() : e;
    return String.valueOf(cause.getMessage());
  }

  private @Nullable PemKeyCertOptions identity() {
    return certificate == null || key == null
        ? null
        : new PemKeyCertOptions().addCertValue(certificate).addKeyValue(key);
  }

  private @Nullable PemTrustOptions trust() {
    return trusted == null ? null : new PemTrustOptions().addCertValue(trusted);
  }

  /** Whether a server requires a client certificate: exactly if there are trusted authorities. */
  public ClientAuth clientAuth() {
    return trusted == null ? ClientAuth.NONE : ClientAuth.REQUIRED;
  }

  /**
   * Turns TLS on in {@code options}, with this certificate and these authorities, for servers,
   * clients or both. A server requires client certificates only if {@link #clientAuth} is set as
   * well.
   */
  public <T extends TCPSSLOptions> T turnOn(T options) {
    options.setSsl(true).setSslEngineOptions(TlsEngine.options());
    PemKeyCertOptions identity = identity();
    if (identity != null) {
      options.setKeyCertOptions(identity);
    }
    PemTrustOptions trust = trust();
    if (trust != null) {
      options.setTrustOptions(trust);
    }
    options.setEnabledSecureTransportProtocols(limits.protocols());
    limits.suites().forEach(options::addEnabledCipherSuite);
    return options;
  }

  /** Options for updating a running server. */
  public ServerSSLOptions server() {
    ServerSSLOptions options = new ServerSSLOptions();
    options
        .setKeyCertOptions(identity())
        .setTrustOptions(trust())
        .setEnabledSecureTransportProtocols(new LinkedHashSet<>(limits.protocols()));
    limits.suites().forEach(options::addEnabledCipherSuite);
    return options.setClientAuth(clientAuth());
  }

  /** Options for clients; they check the server's host name. */
  public ClientSSLOptions client() {
    ClientSSLOptions options = new ClientSSLOptions();
    options
        .setKeyCertOptions(identity())
        .setTrustOptions(trust())
        .setEnabledSecureTransportProtocols(new LinkedHashSet<>(limits.protocols()));
    limits.suites().forEach(options::addEnabledCipherSuite);
    return options.setHostnameVerificationAlgorithm("HTTPS");
  }

  /** Does not contain the key. */
  @Override
  public String toString() {
    return "TlsMaterial[" + (certificate == null ? "no certificate" : "a certificate") + "]";
  }
}
