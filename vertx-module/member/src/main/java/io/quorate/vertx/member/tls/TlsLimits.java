package io.quorate.vertx.member.tls;

import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Bounds for the TLS handshake.
 *
 * @param min the oldest version
 * @param max the newest version; null for the newest that is supported
 * @param cipherSuites IANA names of suites for TLS 1.2; the suites of TLS 1.3 are always allowed.
 *     Empty for the engine's own choice
 */
public record TlsLimits(TlsVersion min, @Nullable TlsVersion max, List<String> cipherSuites) {
  public static final TlsLimits DEFAULT = new TlsLimits(TlsVersion.TLS1_2, null, List.of());

  private static final List<String> TLS_1_3_SUITES =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  /** The versions of TLS. */
  public enum TlsVersion {
    TLS1_2("TLS1.2", "TLSv1.2"),
    TLS1_3("TLS1.3", "TLSv1.3");

    private final String flag;
    private final String protocol;

    TlsVersion(String flag, String protocol) {
      this.flag = flag;
      this.protocol = protocol;
    }

    /** The version that etcd's flags write like this; null if it is not supported. */
    public static @Nullable TlsVersion of(String flag) {
      for (TlsVersion version : values()) {
        if (version.flag.equals(flag)) {
          return version;
        }
      }
      return null;
    }

    @Override
    public String toString() {
      return flag;
    }
  }

  public TlsLimits {
    cipherSuites = List.copyOf(cipherSuites);
  }

  public TlsLimits withMin(TlsVersion version) {
    return new TlsLimits(version, max, cipherSuites);
  }

  public TlsLimits withMax(@Nullable TlsVersion version) {
    return new TlsLimits(min, version, cipherSuites);
  }

  public TlsLimits withCipherSuites(List<String> suites) {
    return new TlsLimits(min, max, suites);
  }

  private boolean allows(TlsVersion version) {
    return version.compareTo(min) >= 0 && (max == null || version.compareTo(max) <= 0);
  }

  /** The allowed versions, by their names in Java. */
  Set<String> protocols() {
    Set<String> protocols = new LinkedHashSet<>();
    for (TlsVersion version : TlsVersion.values()) {
      if (allows(version)) {
        protocols.add(version.protocol);
      }
    }
    return protocols;
  }

  /** The suites for the engine; empty for its own choice. */
  List<String> suites() {
    if (cipherSuites.isEmpty()) {
      return List.of();
    }
    List<String> suites = new ArrayList<>(cipherSuites.stream().map(TlsLimits::canonical).toList());
    if (allows(TlsVersion.TLS1_3)) {
      TLS_1_3_SUITES.stream().filter(suite -> !suites.contains(suite)).forEach(suites::add);
    }
    return suites;
  }

  /** Go also accepts a shorter name for two suites. */
  private static String canonical(String suite) {
    String upper = suite.strip().toUpperCase(Locale.ROOT);
    return upper.endsWith("_CHACHA20_POLY1305") ? upper + "_SHA256" : upper;
  }

  /** The first suite that this JVM does not support; null if it supports all. */
  public @Nullable String unknownSuite() {
    Set<String> known;
    try {
      known = Set.of(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JVM has no TLS", e);
    }
    return cipherSuites.stream()
        .filter(suite -> !known.contains(canonical(suite)))
        .findFirst()
        .orElse(null);
  }

  /** Why the limits contradict each other; null if they do not. */
  public @Nullable String contradiction() {
    if (max != null && max.compareTo(min) < 0) {
      return "is older than --tls-min-version (" + min + ")";
    }
    return null;
  }

  /** Whether only TLS 1.3 is allowed, whose suites cannot be chosen. */
  public boolean isOnlyTls13() {
    return min == TlsVersion.TLS1_3;
  }
}
