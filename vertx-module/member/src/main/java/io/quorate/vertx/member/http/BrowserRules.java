package io.quorate.vertx.member.http;

import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What browsers may do with the plain HTTP endpoints, as in etcd: which pages may read answers, and
 * by which host names a connection without TLS may ask. The latter stops pages that give their own
 * name the address of a member (DNS rebinding).
 *
 * @param origins empty, or with {@code *}, for all
 * @param hosts without ports; empty, or with {@code *}, for all
 */
public record BrowserRules(Set<String> origins, Set<String> hosts) {
  private static final String ALL = "*";

  /** No restrictions. */
  public static final BrowserRules NONE = new BrowserRules(Set.of(), Set.of());

  public BrowserRules {
    origins = Set.copyOf(origins);
    hosts = Set.copyOf(hosts);
  }

  /** The rules of {@code --cors} and {@code --host-whitelist}. */
  public static BrowserRules of(Collection<String> origins, Collection<String> hosts) {
    return new BrowserRules(Set.copyOf(origins), Set.copyOf(hosts));
  }

  private static boolean isAll(Set<String> set) {
    return set.isEmpty() || set.contains(ALL);
  }

  /** The value of {@code Access-Control-Allow-Origin}; null if the origin may not read answers. */
  @Nullable String allowedOrigin(@Nullable String origin) {
    if (isAll(origins)) {
      return ALL;
    }
    return origin != null && origins.contains(origin) ? origin : null;
  }

  /**
   * Whether a request without TLS is answered.
   *
   * @param host without a port; empty if the request names none
   */
  boolean allowsHost(String host) {
    return isAll(hosts) || hosts.contains(host);
  }
}
