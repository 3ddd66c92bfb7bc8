package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.Set;

/**
 * The addresses and limits of the services. Callers use the address prefix and the request
 * time-out; the other options are for the serving side.
 */
@DataObject
@JsonGen(publicConverter = false)
public final class QuorateServicesOptions {
  /** The prefix of all addresses: {@value}. */
  public static final String DEFAULT_ADDRESS_PREFIX = "quorate";

  /** {@value} ms. */
  public static final long DEFAULT_REQUEST_TIMEOUT_MILLIS = 10_000;

  /** {@value} watches. */
  public static final int DEFAULT_MAX_WATCHES = 10_000;

  /** {@value} callers that wait for locks and elections. */
  public static final int DEFAULT_MAX_WAITING = 10_000;

  /** {@value} ms: ten minutes. */
  public static final long DEFAULT_MAX_WAIT_MILLIS = 600_000;

  /** {@value} deliveries. */
  public static final int DEFAULT_MAX_CREDIT = 64;

  /** {@value} ms. */
  public static final long DEFAULT_WATCH_PROGRESS_MILLIS = 3_000;

  /** {@value} ms. */
  public static final long DEFAULT_WATCH_REPLY_MILLIS = 10_000;

  private String addressPrefix = DEFAULT_ADDRESS_PREFIX;
  private long requestTimeoutMillis = DEFAULT_REQUEST_TIMEOUT_MILLIS;
  private Set<ServiceName> services = Set.copyOf(EnumSet.allOf(ServiceName.class));
  private int maxWatches = DEFAULT_MAX_WATCHES;
  private int maxWaiting = DEFAULT_MAX_WAITING;
  private long maxWaitMillis = DEFAULT_MAX_WAIT_MILLIS;
  private int maxCredit = DEFAULT_MAX_CREDIT;
  private long watchProgressMillis = DEFAULT_WATCH_PROGRESS_MILLIS;
  private long watchReplyMillis = DEFAULT_WATCH_REPLY_MILLIS;

  public QuorateServicesOptions() {}

  /** A copy. */
  public QuorateServicesOptions(QuorateServicesOptions other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public QuorateServicesOptions(JsonObject json) {
    StrictJson.read(
        json, fields -> QuorateServicesOptionsConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    QuorateServicesOptionsConverter.toJson(this, json);
    return json;
  }

  /** The prefix of all addresses. Two stores on one event bus need different ones. */
  public String getAddressPrefix() {
    return addressPrefix;
  }

  public QuorateServicesOptions setAddressPrefix(String addressPrefix) {
    if (addressPrefix.isEmpty()) {
      throw new IllegalArgumentException("addressPrefix must not be empty");
    }
    this.addressPrefix = addressPrefix;
    return this;
  }

  /**
   * How long a caller waits for an answer, including repetitions. It should be longer than the
   * store's own request time-out: otherwise a request may fail with an unknown outcome that the
   * store would have reported.
   */
  public long getRequestTimeoutMillis() {
    return requestTimeoutMillis;
  }

  public QuorateServicesOptions setRequestTimeoutMillis(long requestTimeoutMillis) {
    this.requestTimeoutMillis = positive("requestTimeoutMillis", requestTimeoutMillis);
    return this;
  }

  /** The services to register. Default: all. */
  public Set<ServiceName> getServices() {
    return services;
  }

  public QuorateServicesOptions setServices(Set<ServiceName> services) {
    this.services = Set.copyOf(services);
    return this;
  }

  /** The largest number of watches of one instance. */
  public int getMaxWatches() {
    return maxWatches;
  }

  public QuorateServicesOptions setMaxWatches(int maxWatches) {
    this.maxWatches = (int) positive("maxWatches", maxWatches);
    return this;
  }

  /** The largest number of requests that wait for locks and elections at one instance. */
  public int getMaxWaiting() {
    return maxWaiting;
  }

  public QuorateServicesOptions setMaxWaiting(int maxWaiting) {
    this.maxWaiting = (int) positive("maxWaiting", maxWaiting);
    return this;
  }

  /** The longest time that a request may wait for a lock or an election. */
  public long getMaxWaitMillis() {
    return maxWaitMillis;
  }

  public QuorateServicesOptions setMaxWaitMillis(long maxWaitMillis) {
    this.maxWaitMillis = positive("maxWaitMillis", maxWaitMillis);
    return this;
  }

  /**
   * The largest number of deliveries of one watch without a reply; limits what the caller grants.
   */
  public int getMaxCredit() {
    return maxCredit;
  }

  public QuorateServicesOptions setMaxCredit(int maxCredit) {
    this.maxCredit = (int) positive("maxCredit", maxCredit);
    return this;
  }

  /**
   * How often a watch without events sends a progress delivery, which also shows whether the caller
   * still exists.
   */
  public long getWatchProgressMillis() {
    return watchProgressMillis;
  }

  public QuorateServicesOptions setWatchProgressMillis(long watchProgressMillis) {
    this.watchProgressMillis = positive("watchProgressMillis", watchProgressMillis);
    return this;
  }

  /** If a delivery is not replied to within this time, the watch is ended. */
  public long getWatchReplyMillis() {
    return watchReplyMillis;
  }

  public QuorateServicesOptions setWatchReplyMillis(long watchReplyMillis) {
    this.watchReplyMillis = positive("watchReplyMillis", watchReplyMillis);
    return this;
  }

  private static long positive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
    return value;
  }
}
