package io.quorate.command;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address at which a member is reached by its peers, parsed. In the list of members it is text,
 * and older releases accepted any text, so it must be parsed before somebody connects to it.
 *
 * @param scheme {@code http} or {@code https}
 * @param host a name or a number; an IPv6 address in brackets
 * @param port 1 to 65535
 */
public record PeerUrl(String scheme, String host, int port) {
  /** Most characters of a URL, and of a name, that a member may have. */
  public static final int MAX_LENGTH = 512;

  private static final Pattern NAME =
      Pattern.compile("(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*\\.?");
  private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

  /**
   * {@code http://host:port} or {@code https://host:port} and nothing else: no user, path, query or
   * fragment.
   *
   * @return null if {@code text} is not that
   */
  public static @Nullable PeerUrl parse(String text) {
    if (text.length() > MAX_LENGTH) {
      return null;
    }
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      return null;
    }
    String authority = url.getRawAuthority();
    if (authority == null || !text.equals(url.getScheme() + "://" + authority)) {
      return null;
    }
    int colon = authority.lastIndexOf(':');
    if (colon < 0 || !PORT.matcher(authority.substring(colon + 1)).matches()) {
      return null;
    }
    String host = authority.substring(0, colon);
    int port = Integer.parseInt(authority.substring(colon + 1));
    boolean scheme = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    boolean named =
        host.startsWith("[") ? host.equals(url.getHost()) : NAME.matcher(host).matches();
    return scheme && named && port <= 65_535 ? new PeerUrl(url.getScheme(), host, port) : null;
  }

  /** The first of {@code urls} that is valid; null if none is. */
  public static @Nullable PeerUrl firstOf(Iterable<String> urls) {
    for (String text : urls) {
      PeerUrl url = parse(text);
      if (url != null) {
        return url;
      }
    }
    return null;
  }

  /** {@code host:port}. */
  public String hostAndPort() {
    return host + ":" + port;
  }

  /** As it was written. */
  @Override
  public String toString() {
    return scheme + "://" + hostAndPort();
  }
}
