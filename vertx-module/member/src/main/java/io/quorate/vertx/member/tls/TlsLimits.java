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
 * What a handshake may agree on.
 *
 * @param min the oldest version
 * @param max the newest; null for the newest there is
 * @param cipherSuites by their IANA names, for TLS 1.2: what TLS 1.3 has is always allowed. Empty
 *     for what the engine takes by itself
 */
public record TlsLimits(TlsVersion min, @Nullable TlsVersion max, List<String> cipherSuites) {
  public static final TlsLimits DEFAULT = new TlsLimits(TlsVersion.TLS1_2, null, List.of());

  private static final List<String> TLS_1_3_SUITES =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  /** As Go and OpenSSL number them. */
  public enum TlsVersion {
    TLS1_2("TLS1.2", "TLSv1.2"),
    TLS1_3("TLS1.3", "TLSv1.3");

    private final String flag;
    private final String protocol;

    TlsVersion(String flag, String protocol) {
      this.flag = flag;
      this.protocol = protocol;
    }

    /** As etcd's flags write it; null if that is none of ours. */
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

  /** Versions, as Java names them. */
  Set<String> protocols() {
    Set<String> protocols = new LinkedHashSet<>();
    for (TlsVersion version : TlsVersion.values()) {
      if (allows(version)) {
        protocols.add(version.protocol);
      }
    }
    return protocols;
  }

  /** Suites for the engine; empty for its own choice. */
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

  /** Go knows two suites under a shorter name as well. */
  private static String canonical(String suite) {
    String upper = suite.strip().toUpperCase(Locale.ROOT);
    return upper.endsWith("_CHACHA20_POLY1305") ? upper + "_SHA256" : upper;
  }

  /** The first suite that this JVM does not know; null if it knows all. */
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

  /** Why these do not go together; null if they do. */
  public @Nullable String contradiction() {
    if (max != null && max.compareTo(min) < 0) {
      return "is older than --tls-min-version (" + min + ")";
    }
    return null;
  }

  /** Whether only TLS 1.3 is left, whose suites cannot be chosen. */
  public boolean isOnlyTls13() {
    return min == TlsVersion.TLS1_3;
  }
}
