package io.quorate.vertx.member.tls;

import io.quorate.vertx.member.tls.TlsFileException.Role;
import io.vertx.core.VertxException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TCPSSLOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.core.net.impl.KeyStoreHelper;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The content of TLS files at the time they were read. It has been checked: the certificates can be
 * parsed, and the key belongs to the certificate. Equal if the content is equal.
 *
 * @param certificate null for a side that has none, such as some clients
 * @param key null exactly if {@code certificate} is
 * @param trusted null for the authorities that the JVM trusts
 * @param revoked serial numbers of certificates that are not accepted
 * @param clientCertificate shown to servers instead of {@code certificate}; null for the same
 * @param clientKey null exactly if {@code clientCertificate} is
 * @param trustsAnyServer whether a client side accepts any certificate, because servers make their
 *     own
 */
public record TlsMaterial(
    @Nullable Buffer certificate,
    @Nullable Buffer key,
    @Nullable Buffer trusted,
    Set<BigInteger> revoked,
    @Nullable Buffer clientCertificate,
    @Nullable Buffer clientKey,
    AllowedNames names,
    TlsLimits limits,
    boolean trustsAnyServer) {
  private static final long MAX_FILE_BYTES = 1L << 20;
  private static final long MAX_LIST_BYTES = 64L << 20;
  private static final byte[] SIGNED = {1, 2, 3};

  public TlsMaterial {
    revoked = Set.copyOf(revoked);
  }

  /** Like {@link #load(TlsFiles, AllowedNames, TlsLimits)}, without a condition for names. */
  public static TlsMaterial load(TlsFiles files, TlsLimits limits) throws TlsFileException {
    return load(files, AllowedNames.ANY, limits);
  }

  /**
   * Reads and checks the files that {@code files} names; blocks.
   *
   * @throws TlsFileException naming the file that cannot be used
   */
  public static TlsMaterial load(TlsFiles files, AllowedNames names, TlsLimits limits)
      throws TlsFileException {
    Path caFile = files.trustedCaFile();
    Buffer trusted = caFile == null ? null : read(Role.TRUSTED_CA, caFile, MAX_FILE_BYTES);
    if (caFile != null && trusted != null) {
      checkCertificates(Role.TRUSTED_CA, caFile, trusted);
    }
    Pair own = pair(Role.CERTIFICATE, files.certFile(), Role.KEY, files.keyFile());
    Pair asClient =
        pair(
            Role.CLIENT_CERTIFICATE,
            files.clientCertFile(),
            Role.CLIENT_KEY,
            files.clientKeyFile());
    return new TlsMaterial(
        own.certificate,
        own.key,
        trusted,
        revoked(files.crlFile()),
        asClient.certificate,
        asClient.key,
        names,
        limits,
        false);
  }

  private record Pair(@Nullable Buffer certificate, @Nullable Buffer key) {}

  private static Pair pair(
      Role certRole, @Nullable Path certFile, Role keyRole, @Nullable Path keyFile)
      throws TlsFileException {
    if (certFile == null || keyFile == null) {
      return new Pair(null, null);
    }
    Buffer certificate = read(certRole, certFile, MAX_FILE_BYTES);
    Buffer key = read(keyRole, keyFile, MAX_FILE_BYTES);
    checkCertificates(certRole, certFile, certificate);
    checkPair(keyRole, keyFile, key, certFile, certificate);
    return new Pair(certificate, key);
  }

  private static Set<BigInteger> revoked(@Nullable Path file) throws TlsFileException {
    if (file == null) {
      return Set.of();
    }
    try {
      return CheckedTrust.revokedIn(read(Role.REVOCATION_LIST, file, MAX_LIST_BYTES));
    } catch (GeneralSecurityException e) {
      throw new TlsFileException(
          Role.REVOCATION_LIST, file, "holds no revocation list in DER or PEM (" + text(e) + ")");
    }
  }

  /**
   * Whether this can be expressed by a certificate and authorities in PEM that are the same in both
   * directions.
   */
  public boolean isPemOnly() {
    return trusted != null && revoked.isEmpty() && names.isAny() && clientCertificate == null;
  }

  /** An identity, with the same limits, that trusts itself only and that nobody else can have. */
  public TlsMaterial ofNobody() {
    SelfSigned made;
    try {
      Instant now = Instant.now();
      made = SelfSigned.make("nobody", List.of(), now, now.plusSeconds(1));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM cannot make a certificate", e);
    }
    Buffer own = Buffer.buffer(made.certificate());
    return new TlsMaterial(
        own, Buffer.buffer(made.key()), own, Set.of(), null, null, AllowedNames.ANY, limits, false);
  }

  /** A copy for members that make their certificates themselves: nothing could sign them. */
  public TlsMaterial trustingAnyServer() {
    return new TlsMaterial(
        certificate, key, trusted, revoked, clientCertificate, clientKey, names, limits, true);
  }

  private static Buffer read(Role role, Path file, long maxBytes) throws TlsFileException {
    try {
      if (Files.size(file) > maxBytes) {
        throw new TlsFileException(role, file, "is larger than " + (maxBytes >> 20) + " MiB");
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

  private static void checkPair(
      Role role, Path keyFile, Buffer key, Path certFile, Buffer certificate)
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
          role, keyFile, "holds no RSA or EC key in PEM that is not encrypted (" + text(e) + ")");
    }
    throw new TlsFileException(role, keyFile, "is not the key of the certificate in " + certFile);
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

  private static @Nullable PemKeyCertOptions identity(
      @Nullable Buffer certificate, @Nullable Buffer key) {
    return certificate == null || key == null
        ? null
        : new PemKeyCertOptions().addCertValue(certificate).addKeyValue(key);
  }

  private @Nullable PemKeyCertOptions clientIdentity() {
    return clientCertificate == null
        ? identity(certificate, key)
        : identity(clientCertificate, clientKey);
  }

  private @Nullable TrustOptions trust() {
    if (!revoked.isEmpty() || !names.isAny()) {
      return TrustOptions.wrap(new CheckedTrust(trusted, revoked, names));
    }
    return trusted == null ? null : new PemTrustOptions().addCertValue(trusted);
  }

  /** Whether a server requires a client certificate: exactly if there are trusted authorities. */
  public ClientAuth clientAuth() {
    return trusted == null ? ClientAuth.NONE : ClientAuth.REQUIRED;
  }

  /**
   * Turns TLS on in {@code options}, with engine and limits only: certificates and authorities have
   * to be set by {@link #server} or {@link #client}.
   */
  public <T extends TCPSSLOptions> T turnOnWithoutIdentity(T options) {
    options.setSsl(true).setSslEngineOptions(TlsEngine.options());
    options.setEnabledSecureTransportProtocols(limits.protocols());
    limits.suites().forEach(options::addEnabledCipherSuite);
    return options;
  }

  /**
   * Turns TLS on in {@code options} for a server, with this certificate and these authorities. It
   * requires client certificates only if {@link #clientAuth} is set as well.
   */
  public <T extends TCPSSLOptions> T turnOn(T options) {
    turnOnWithoutIdentity(options);
    PemKeyCertOptions identity = identity(certificate, key);
    if (identity != null) {
      options.setKeyCertOptions(identity);
    }
    TrustOptions trust = trust();
    if (trust != null) {
      options.setTrustOptions(trust);
    }
    return options;
  }

  /** Turns TLS on in {@code options}; they check the server's host name. */
  public HttpClientOptions turnOnClient(HttpClientOptions options) {
    ClientSSLOptions ssl = client();
    return turnOnWithoutIdentity(options)
        .setKeyCertOptions(ssl.getKeyCertOptions())
        .setTrustOptions(ssl.getTrustOptions())
        .setTrustAll(ssl.isTrustAll())
        .setVerifyHost(!trustsAnyServer);
  }

  /** Options for updating a running server. */
  public ServerSSLOptions server() {
    ServerSSLOptions options = new ServerSSLOptions();
    options
        .setKeyCertOptions(identity(certificate, key))
        .setTrustOptions(trust())
        .setEnabledSecureTransportProtocols(new LinkedHashSet<>(limits.protocols()));
    limits.suites().forEach(options::addEnabledCipherSuite);
    return options.setClientAuth(clientAuth());
  }

  /** Options for clients; they check the server's host name. */
  public ClientSSLOptions client() {
    ClientSSLOptions options = new ClientSSLOptions();
    options
        .setKeyCertOptions(clientIdentity())
        .setTrustOptions(trustsAnyServer ? null : trust())
        .setEnabledSecureTransportProtocols(new LinkedHashSet<>(limits.protocols()));
    limits.suites().forEach(options::addEnabledCipherSuite);
    return options
        .setTrustAll(trustsAnyServer)
        .setHostnameVerificationAlgorithm(trustsAnyServer ? "" : "HTTPS");
  }

  /**
   * Options for connections to other members. An authority that is trusted as that of the members
   * vouches for all of them; those that the JVM trusts do not, so there the host name is checked.
   */
  public ClientSSLOptions peerClient() {
    ClientSSLOptions options = client();
    return trusted == null ? options : options.setHostnameVerificationAlgorithm("");
  }

  /** Does not contain the key. */
  @Override
  public String toString() {
    return "TlsMaterial[" + (certificate == null ? "no certificate" : "a certificate") + "]";
  }
}
