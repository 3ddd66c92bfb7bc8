package io.quorate.vertx.member.options;

import java.net.URI;
import java.nio.charset.StandardCharsets;

/** URLs of Unix domain sockets: {@code unix} is plain, {@code unixs} is with TLS, as in etcd. */
public final class UnixUrl {
  /** The size of a socket's path in Linux's and macOS's system calls; Linux allows four more. */
  static final int MAX_PATH_BYTES = 103;

  private UnixUrl() {}

  public static boolean is(URI url) {
    return "unix".equals(url.getScheme()) || "unixs".equals(url.getScheme());
  }

  /**
   * The file of the socket: what follows {@code unix://}, so {@code unix://a/b} is relative to the
   * working directory.
   */
  public static String path(URI url) {
    String authority = url.getAuthority() == null ? "" : url.getAuthority();
    return authority + (url.getPath() == null ? "" : url.getPath());
  }

  static boolean hasUsablePath(URI url) {
    String path = path(url);
    return !path.isEmpty()
        && !path.endsWith("/")
        && path.getBytes(StandardCharsets.UTF_8).length <= MAX_PATH_BYTES
        && url.getRawQuery() == null
        && url.getRawFragment() == null;
  }
}
