package io.quorate.vertx.client.remote;

import io.quorate.command.Caller;
import io.quorate.command.Member;
import io.quorate.vertx.client.HostPort;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.support.JsonFields;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ClientSSLOptions;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints, and how long to wait for them. In JSON the options have the names of the getters.
 * TLS is {@code trustedCaFile}, {@code certFile} and {@code keyFile}, each one PEM file, and {@code
 * ssl} for the JSON form of Vert.x's {@link ClientSSLOptions}. Not thread-safe.
 */
public final class RemoteOptions {
  private static final Logger LOG = Logger.getLogger(RemoteOptions.class);
  private static final String DEFAULT_ENDPOINT = "http://127.0.0.1:2379";
  private static final long MAX_MILLIS = 86_400_000;
  private static final long DEFAULT_REQUEST_TIMEOUT_MILLIS = 5_000;
  private static final long DEFAULT_PING_INTERVAL_MILLIS = 10_000;
  private static final long DEFAULT_PING_TIMEOUT_MILLIS = 5_000;
  private static final long MIN_PING_INTERVAL_MILLIS = 5_000;
  private static final long MIN_AUTO_SYNC_INTERVAL_MILLIS = 100;

  private final List<URI> endpoints;
  private boolean shuffled;
  private long requestTimeoutMillis = DEFAULT_REQUEST_TIMEOUT_MILLIS;
  private long pingIntervalMillis = DEFAULT_PING_INTERVAL_MILLIS;
  private long pingTimeoutMillis = DEFAULT_PING_TIMEOUT_MILLIS;
  private long autoSyncIntervalMillis;
  private @Nullable ClientSSLOptions ssl;
  private @Nullable String user;
  private String password = "";

  /**
   * @param endpoints {@code http://host:port} or {@code https://host:port}, all with the same
   *     scheme; the first one that answers is used until it fails
   */
  public RemoteOptions(List<URI> endpoints) {
    this.endpoints = List.copyOf(endpoints);
    if (this.endpoints.isEmpty()) {
      throw new IllegalArgumentException("no endpoint");
    }
    for (URI endpoint : this.endpoints) {
      check(endpoint);
      if (!endpoint.getScheme().equals(this.endpoints.get(0).getScheme())) {
        throw new IllegalArgumentException("endpoints of both http and https: " + endpoints);
      }
    }
  }

  /**
   * As {@link #toJson} writes it; without endpoints, {@value #DEFAULT_ENDPOINT}.
   *
   * @throws IllegalArgumentException naming an option that is unknown or invalid
   */
  public RemoteOptions(JsonObject json) {
    this(endpoints(new JsonFields(json)));
    JsonFields fields = new JsonFields(json);
    fields.has("endpoints");
    shuffled = fields.flag("shuffled", shuffled);
    requestTimeoutMillis =
        fields.number("requestTimeoutMillis", requestTimeoutMillis, 1, MAX_MILLIS);
    pingIntervalMillis =
        fields.number(
            "pingIntervalMillis", pingIntervalMillis, MIN_PING_INTERVAL_MILLIS, MAX_MILLIS);
    pingTimeoutMillis = fields.number("pingTimeoutMillis", pingTimeoutMillis, 1, MAX_MILLIS);
    setAutoSyncIntervalMillis(
        fields.number("autoSyncIntervalMillis", autoSyncIntervalMillis, 0, MAX_MILLIS));
    ssl = SslJson.read(fields, isTls());
    if (fields.has("user")) {
      setUser(fields.text("user", ""), fields.text("password", ""));
    }
    fields.refuseOthers();
  }

  private static List<URI> endpoints(JsonFields fields) {
    try {
      return fields.texts("endpoints", List.of(DEFAULT_ENDPOINT)).stream()
          .map(URI::create)
          .toList();
    } catch (IllegalArgumentException e) {
      throw e.getCause() == null ? e : fields.refused("endpoints", String.valueOf(e.getMessage()));
    }
  }

  /**
   * JSON for {@link #RemoteOptions(JsonObject)}; with the password, if there is one.
   *
   * @throws IllegalStateException if trust or certificate are not one PEM file each
   */
  public JsonObject toJson() {
    JsonObject json =
        new JsonObject()
            .put("endpoints", new JsonArray(endpoints.stream().map(URI::toString).toList()))
            .put("shuffled", shuffled)
            .put("requestTimeoutMillis", requestTimeoutMillis)
            .put("pingIntervalMillis", pingIntervalMillis)
            .put("pingTimeoutMillis", pingTimeoutMillis)
            .put("autoSyncIntervalMillis", autoSyncIntervalMillis);
    if (ssl != null && isTls()) {
      SslJson.write(ssl, json);
    }
    if (user != null) {
      json.put("user", user).put("password", password);
    }
    return json;
  }

  /** True for http or https with host and port, and nothing else. */
  private static boolean isEndpoint(URI url) {
    boolean scheme = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    boolean bare = url.getRawPath() == null || url.getRawPath().length() <= 1;
    HostPort hostPort = HostPort.of(url);
    return scheme && bare && hostPort != null && hostPort.port() >= 1;
  }

  /**
   * The client URLs of the voters that are valid endpoints. Learners are left out because they
   * answer no linearizable requests.
   *
   * @param tls true for the https URLs, false for the http ones
   */
  public static List<URI> endpointsOf(Collection<Member> members, boolean tls) {
    List<URI> urls = new ArrayList<>();
    for (Member member : members) {
      if (!member.isLearner()) {
        member.clientUrls().forEach(text -> addEndpoint(text, tls, urls));
      }
    }
    return urls;
  }

  private static void addEndpoint(String text, boolean tls, List<URI> urls) {
    try {
      URI url = URI.create(text);
      if (isEndpoint(url) && "https".equals(url.getScheme()) == tls) {
        urls.add(url);
      }
    } catch (IllegalArgumentException e) {
      LOG.debug("a member advertises '{}', which is no URL", text);
    }
  }

  private static void check(URI endpoint) {
    if (!isEndpoint(endpoint)) {
      throw new IllegalArgumentException(
          "endpoint " + endpoint + " is not of the form http://host:port or https://host:port");
    }
  }

  public List<URI> getEndpoints() {
    return endpoints;
  }

  boolean isTls() {
    return "https".equals(endpoints.get(0).getScheme());
  }

  public boolean isShuffled() {
    return shuffled;
  }

  /**
   * True to start with a random endpoint, so that many clients are spread over the members.
   * Default: false.
   */
  public RemoteOptions setShuffled(boolean shuffled) {
    this.shuffled = shuffled;
    return this;
  }

  public long getRequestTimeoutMillis() {
    return requestTimeoutMillis;
  }

  /** The time limit of a request with all its repetitions. Default: 5 s. */
  public RemoteOptions setRequestTimeoutMillis(long requestTimeoutMillis) {
    if (requestTimeoutMillis < 1) {
      throw new IllegalArgumentException("request time-out " + requestTimeoutMillis + " ms");
    }
    this.requestTimeoutMillis = requestTimeoutMillis;
    return this;
  }

  public long getPingIntervalMillis() {
    return pingIntervalMillis;
  }

  /**
   * How often a connection with open streams is pinged. Default: 10 s. At least 5 s: an etcd closes
   * connections that ping more often.
   */
  public RemoteOptions setPingIntervalMillis(long pingIntervalMillis) {
    if (pingIntervalMillis < MIN_PING_INTERVAL_MILLIS) {
      throw new IllegalArgumentException("ping interval " + pingIntervalMillis + " ms");
    }
    this.pingIntervalMillis = pingIntervalMillis;
    return this;
  }

  public long getPingTimeoutMillis() {
    return pingTimeoutMillis;
  }

  /** The connection is closed if a ping is not answered within this time. Default: 5 s. */
  public RemoteOptions setPingTimeoutMillis(long pingTimeoutMillis) {
    if (pingTimeoutMillis < 1) {
      throw new IllegalArgumentException("ping time-out " + pingTimeoutMillis + " ms");
    }
    this.pingTimeoutMillis = pingTimeoutMillis;
    return this;
  }

  public long getAutoSyncIntervalMillis() {
    return autoSyncIntervalMillis;
  }

  /**
   * How often the client URLs of the voters are read from the cluster and replace the endpoints, as
   * in etcd's own client; also after an endpoint has failed. This finds members that were added
   * later, provided that this process can reach the URLs they advertise. 0, the default, for never;
   * otherwise at least 100 ms.
   */
  public RemoteOptions setAutoSyncIntervalMillis(long autoSyncIntervalMillis) {
    if (autoSyncIntervalMillis != 0 && autoSyncIntervalMillis < MIN_AUTO_SYNC_INTERVAL_MILLIS) {
      throw new IllegalArgumentException(
          "autoSyncIntervalMillis is "
              + autoSyncIntervalMillis
              + ", which is neither 0 nor at least "
              + MIN_AUTO_SYNC_INTERVAL_MILLIS);
    }
    this.autoSyncIntervalMillis = autoSyncIntervalMillis;
    return this;
  }

  /** Null if the store does not log in. */
  public @Nullable String getUser() {
    return user;
  }

  public String getPassword() {
    return password;
  }

  /**
   * The user as whom the store logs in, before its first request and whenever a member does not
   * accept its token any more. By default it does not; then it may be known by its certificate.
   * Without effect while the cluster does not ask who somebody is.
   */
  public RemoteOptions setUser(String user, String password) {
    if (!Caller.isName(user)) {
      throw new IllegalArgumentException(
          "user: must have 1 to " + Caller.MAX_NAME_CHARS + " characters");
    }
    this.user = user;
    this.password = password;
    return this;
  }

  public @Nullable ClientSSLOptions getSsl() {
    return ssl;
  }

  /**
   * The trusted certificates and the client's own certificate, for {@code https}. By default the
   * JVM's trust store is used.
   */
  public RemoteOptions setSsl(ClientSSLOptions ssl) {
    this.ssl = ssl.copy();
    return this;
  }
}
