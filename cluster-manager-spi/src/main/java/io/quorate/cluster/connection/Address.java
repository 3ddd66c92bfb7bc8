package io.quorate.cluster.connection;

import io.quorate.command.PeerUrl;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Where a process listens for peers.
 *
 * @param host a numeric address, so that one address has one spelling
 */
record Address(String host, int port) implements Comparable<Address> {

  /**
   * {@code host}, {@code host:port} or {@code [v6]:port}.
   *
   * @throws IllegalArgumentException if {@code text} has none of these forms
   */
  static Address parse(String text, int defaultPort) {
    String host = text;
    int port = defaultPort;
    int colon = text.lastIndexOf(':');
    boolean bareV6 = colon >= 0 && !text.startsWith("[") && text.indexOf(':') < colon;
    if (colon > text.indexOf(']') && !bareV6) {
      host = text.substring(0, colon);
      try {
        port = Integer.parseInt(text.substring(colon + 1));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("'" + text + "' must be host or host:port", e);
      }
    }
    host = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    if (host.isBlank() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("'" + text + "' must be host or host:port");
    }
    return new Address(host, port);
  }

  /** This address with a numeric host; blocks while a name is looked up. */
  Address resolved() throws UnknownHostException {
    InetAddress address =
        Arrays.stream(InetAddress.getAllByName(host))
            .min(Comparator.comparing(a -> !(a instanceof Inet4Address)))
            .orElseThrow(() -> new UnknownHostException(host));
    return new Address(address.getHostAddress().replaceAll("%.*", ""), port);
  }

  /** This address as a peer URL. */
  URI url(boolean encrypted) {
    return URI.create((encrypted ? "https://" : "http://") + this);
  }

  static Address of(PeerUrl url) {
    return parse(url.hostAndPort(), url.port());
  }

  static Address of(URI url) {
    return parse(url.getHost() + ":" + url.getPort(), url.getPort());
  }

  @Override
  public int compareTo(Address other) {
    int byHost = host.compareTo(other.host);
    return byHost != 0 ? byHost : Integer.compare(port, other.port);
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
