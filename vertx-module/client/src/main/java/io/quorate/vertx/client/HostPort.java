package io.quorate.vertx.client;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Host and port of a URL, also for a host with an underscore, as containers have: for {@link URI}
 * that is no host. Any thread.
 *
 * @param host an IPv6 address in brackets
 * @param port -1 if there is none
 */
public record HostPort(String host, int port) {

  /** Null if there is no host, or what follows it is no port. */
  public static @Nullable HostPort of(URI url) {
    if (url.getHost() != null) {
      return new HostPort(url.getHost(), url.getPort());
    }
    String authority = url.getRawAuthority();
    if (authority == null || !authority.matches("[A-Za-z0-9._-]+(:[0-9]{1,9})?")) {
      return null;
    }
    int colon = authority.indexOf(':');
    return colon < 0
        ? new HostPort(authority, -1)
        : new HostPort(
            authority.substring(0, colon), Integer.parseInt(authority.substring(colon + 1)));
  }

  /**
   * Of a URL that has passed a check.
   *
   * @throws IllegalArgumentException it has no host
   */
  public static HostPort required(URI url) {
    HostPort known = of(url);
    if (known == null) {
      throw new IllegalArgumentException(url + " has no host");
    }
    return known;
  }

  /** The host as sockets take it, without brackets. */
  public String bareHost() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
