package io.quorate.vertx.member.options;

import static io.quorate.vertx.member.options.OptionRules.check;

import io.quorate.command.PeerUrl;
import io.quorate.command.Validation;
import io.quorate.vertx.client.HostPort;
import java.net.URI;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Checks URLs, by what they are used for. No names are looked up. */
final class UrlRules {
  private static final Pattern IPV4 =
      Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}");

  private UrlRules() {}

  static void checkListenedForClients(String flag, List<URI> urls) {
    checkListened(flag, urls, true);
  }

  static void checkListenedForPeers(String flag, List<URI> urls) {
    checkListened(flag, urls, false);
  }

  private static void checkListened(String flag, List<URI> urls, boolean unixToo) {
    check(!urls.isEmpty(), flag, "", "must not be empty; give at least one URL");
    for (URI url : urls) {
      if (unixToo && UnixUrl.is(url)) {
        checkUnix(flag, url);
        continue;
      }
      checkUrl(flag, url);
      String host = HostPort.required(url).host();
      check(
          host.equals("localhost") || isIp(host),
          flag,
          url,
          "must be an IP address or localhost, not a domain name");
    }
    check(new TreeSet<>(urls).size() == urls.size(), flag, Format.join(urls), "names a URL twice");
    check(
        urls.stream().map(UnixUrl::path).distinct().count() == urls.size(),
        flag,
        Format.join(urls),
        "has an address with and without TLS, which is not available; give each a port or file of"
            + " its own");
  }

  static void checkAdvertised(String flag, List<URI> urls) {
    for (URI url : urls) {
      if (UnixUrl.is(url)) {
        checkUnix(flag, url);
      } else {
        checkUrl(flag, url);
      }
    }
    checkCount(flag, urls);
  }

  /** Checks URLs that other members connect to. */
  static void checkReachable(String flag, List<URI> urls) {
    checkCount(flag, urls);
    for (URI url : urls) {
      checkUrl(flag, url);
      check(
          !isWildcard(url) && HostPort.required(url).port() != 0,
          flag,
          url,
          "cannot be reached by the other members; give an address and a port of this host");
    }
  }

  private static void checkCount(String flag, List<URI> urls) {
    check(!urls.isEmpty(), flag, "", "must not be empty; give at least one URL");
    check(
        urls.size() <= Validation.MAX_MEMBER_URLS,
        flag,
        Format.join(urls),
        "has too many URLs; give at most " + Validation.MAX_MEMBER_URLS);
  }

  static void checkCluster(String flag, Map<String, List<URI>> cluster) {
    Map<String, String> owners = new LinkedHashMap<>();
    cluster.forEach(
        (member, urls) -> {
          check(
              !member.isBlank() && !urls.isEmpty(),
              flag,
              Format.show(cluster),
              "has a member without a name or without URLs; write name=url,name=url");
          for (URI url : urls) {
            checkUrl(flag, url);
            String other = owners.putIfAbsent(canonical(url), member);
            check(
                other == null,
                flag,
                Format.show(cluster),
                "has " + url + " twice (" + other + ", " + member + "); each needs its own");
          }
        });
  }

  static boolean isOneSocket(URI a, URI b) {
    if (UnixUrl.is(a) || UnixUrl.is(b)) {
      return UnixUrl.is(a) && UnixUrl.is(b) && UnixUrl.path(a).equals(UnixUrl.path(b));
    }
    int port = HostPort.required(a).port();
    return port != 0
        && port == HostPort.required(b).port()
        && (isWildcard(a) || isWildcard(b) || localHost(a).equals(localHost(b)));
  }

  private static String localHost(URI url) {
    String host = HostPort.required(url).host();
    return host.equals("localhost") ? "127.0.0.1" : host;
  }

  private static void checkUnix(String flag, URI url) {
    check(
        UnixUrl.hasUsablePath(url),
        flag,
        url,
        "must be of the form unix:///path/to/file, at most "
            + UnixUrl.MAX_PATH_BYTES
            + " bytes after unix://");
  }

  private static void checkUrl(String flag, URI url) {
    String scheme = url.getScheme() == null ? "" : url.getScheme();
    check(
        !scheme.equals("unix") && !scheme.equals("unixs"),
        flag,
        url,
        "members cannot reach each other by Unix sockets; use http://host:port or"
            + " https://host:port");
    check(
        scheme.equals("http") || scheme.equals("https"),
        flag,
        url,
        "must be of the form http://host:port or https://host:port");
    HostPort hostPort = HostPort.of(url);
    check(
        url.toString().length() <= PeerUrl.MAX_LENGTH,
        flag,
        url,
        "is too long; give at most " + PeerUrl.MAX_LENGTH + " characters");
    check(
        hostPort != null
            && hostPort.port() >= 0
            && hostPort.port() <= 65_535
            && (url.getRawPath() == null || url.getRawPath().isEmpty())
            && url.getRawQuery() == null
            && url.getRawFragment() == null
            && url.getRawUserInfo() == null,
        flag,
        url,
        "must be of the form http://host:port, without a path");
  }

  /** Whether {@code host} is a literal IP address. */
  private static boolean isIp(String host) {
    return IPV4.matcher(host).matches() || host.startsWith("[") && host.endsWith("]");
  }

  private static boolean isWildcard(URI url) {
    String host = HostPort.required(url).host();
    return host.equals("0.0.0.0") || host.equals("[::]");
  }

  static TreeSet<String> canonical(Collection<URI> urls) {
    TreeSet<String> result = new TreeSet<>();
    urls.forEach(url -> result.add(canonical(url)));
    return result;
  }

  private static String canonical(URI url) {
    return url.getScheme() + "://" + localHost(url) + ":" + HostPort.required(url).port();
  }
}
