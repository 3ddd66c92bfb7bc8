package io.quorate.vertx.member.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which certificates of a trusted authority are accepted: those with one of the common names, or
 * those that are valid for one of the hosts. If both lists are empty, all are accepted.
 *
 * @param commonNames compared exactly
 * @param hosts host names and IP addresses. A certificate may have a wildcard in place of the first
 *     label; addresses are compared as they are written, except for the case of letters
 */
public record AllowedNames(List<String> commonNames, List<String> hosts) {
  public static final AllowedNames ANY = new AllowedNames(List.of(), List.of());

  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|.*:.*");

  public AllowedNames {
    commonNames = List.copyOf(commonNames);
    hosts = List.copyOf(hosts);
  }

  boolean isAny() {
    return commonNames.isEmpty() && hosts.isEmpty();
  }

  /** Whether a certificate that is valid otherwise is accepted. */
  boolean allow(X509Certificate certificate) {
    if (isAny()) {
      return true;
    }
    String name = PeerName.commonName(certificate.getSubjectX500Principal().getName());
    return name != null && commonNames.contains(name)
        || hosts.stream().anyMatch(host -> isFor(certificate, host));
  }

  private static boolean isFor(X509Certificate certificate, String host) {
    Collection<List<?>> names;
    try {
      names = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException e) {
      return false;
    }
    if (names == null) {
      return false;
    }
    boolean isAddress = ADDRESS.matcher(host).matches();
    return names.stream()
        .filter(name -> name.get(0).equals(isAddress ? IP_ADDRESS : DNS_NAME))
        .anyMatch(
            name ->
                isAddress
                    ? sameAddress(host, String.valueOf(name.get(1)))
                    : matches(lower(host), lower(String.valueOf(name.get(1)))));
  }

  /** The JDK writes an IPv6 address without abbreviation. */
  private static boolean sameAddress(String host, String named) {
    byte @Nullable [] wanted = io.netty.util.NetUtil.createByteArrayFromIpAddressString(host);
    byte @Nullable [] found = io.netty.util.NetUtil.createByteArrayFromIpAddressString(named);
    return wanted != null && found != null && java.util.Arrays.equals(wanted, found);
  }

  private static boolean matches(String host, String pattern) {
    if (!pattern.startsWith("*.")) {
      return host.equals(pattern);
    }
    int dot = host.indexOf('.');
    return dot > 0 && host.substring(dot).equals(pattern.substring(1));
  }

  private static String lower(String name) {
    String withoutRoot = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    return withoutRoot.toLowerCase(Locale.ROOT);
  }
}
