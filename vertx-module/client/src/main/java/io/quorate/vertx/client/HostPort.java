package io.quorate.vertx.client;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Host and port of a URL. Unlike {@link URI}, it accepts hosts with an underscore, which are common
 * for containers. Any thread.
 *
 * @param host an IPv6 address is in brackets
 * @param port -1 if there is none
 */
public record HostPort(String host, int port) {

  /** Null if there is no host, or the port is not a number. */
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
   * Host and port of a URL that has been checked before.
   *
   * @throws IllegalArgumentException if it has no host
   */
  public static HostPort required(URI url) {
    HostPort known = of(url);
    if (known == null) {
      throw new IllegalArgumentException(url + " has no host");
    }
    return known;
  }

  /** The host without brackets, as sockets expect it. */
  public String bareHost() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
