package io.quorate.vertx.server.snapshot;

import io.quorate.vertx.client.HostPort;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.quorate.vertx.server.tls.ClientTls;
import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of {@code quorate snapshot save}, set by the command line parser. */
@Command(
    name = "quorate snapshot save",
    sortOptions = false,
    description =
        "Copies what one member holds into a file. It appears under its name once it is complete,"
            + " on the disk and checked.")
final class SaveOptions {
  @Parameters(index = "0", paramLabel = "<file>", description = "Where to write it.")
  String file = "";

  @Option(
      names = "--endpoints",
      description = "The member, and only one (default: ${DEFAULT-VALUE}).")
  String endpoint = "127.0.0.1:2379";

  @Mixin ClientTls tls = new ClientTls();

  @Option(
      names = "--user",
      description =
          "Name of the user, or name:password, for a cluster that asks for one; it must be root.")
  String user = "";

  @Option(names = "--password", description = "Password of that user.")
  String password = "";

  @Option(
      names = "--dial-timeout",
      description = "Seconds to connect, and to answer a ping (default: ${DEFAULT-VALUE}).")
  int dialTimeoutSeconds = 5;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "This text.")
  boolean help;

  /** With https if there is anything to encrypt with. */
  URI url() {
    String scheme = tls.isForEndpointsWithoutScheme() ? "https://" : "http://";
    String text = endpoint.contains("://") ? endpoint : scheme + endpoint;
    try {
      URI url = new URI(text);
      HostPort hostPort = HostPort.of(url);
      boolean known = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      if (known && hostPort != null && hostPort.port() > 0 && url.getRawPath().isEmpty()) {
        return url;
      }
    } catch (URISyntaxException e) {
      // reported below
    }
    throw new ConfigurationException(
        "endpoints", endpoint, "must be one host:port, http://host:port or https://host:port");
  }

  /** Empty if there is none. */
  String userName() {
    int colon = user.indexOf(':');
    return colon < 0 ? user : user.substring(0, colon);
  }

  String userPassword() {
    int colon = user.indexOf(':');
    return colon < 0 ? password : user.substring(colon + 1);
  }

  void validate() {
    if (user.contains(":") && !password.isEmpty()) {
      throw new ConfigurationException(
          "user", userName() + ":...", "must have no password if there is --password, too");
    }
    if (userName().isEmpty() && !userPassword().isEmpty()) {
      throw new ConfigurationException("password", "...", "needs --user as well");
    }
    tls.validate();
    if (dialTimeoutSeconds < 1 || dialTimeoutSeconds > 1_000) {
      throw new ConfigurationException(
          "dial-timeout", dialTimeoutSeconds, "must be between 1 and 1000 seconds");
    }
  }
}
