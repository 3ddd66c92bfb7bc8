package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** An election to win, and the lease that the leadership depends on. */
@DataObject
@JsonGen(publicConverter = false)
public final class CampaignRequest {
  private @Nullable String name;
  private @Nullable String leaseId;
  private @Nullable String value;
  private long waitMillis;
  private @Nullable Encoding encoding;

  public CampaignRequest() {}

  /** A copy. */
  public CampaignRequest(CampaignRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public CampaignRequest(JsonObject json) {
    StrictJson.read(json, fields -> CampaignRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    CampaignRequestConverter.toJson(this, json);
    return json;
  }

  /** The election's name, common to all candidates; not empty. */
  public @Nullable String getName() {
    return name;
  }

  public CampaignRequest setName(@Nullable String name) {
    this.name = name;
    return this;
  }

  /** The lease in hex; when it ends, so does the leadership. The caller keeps it alive. */
  public @Nullable String getLeaseId() {
    return leaseId;
  }

  public CampaignRequest setLeaseId(@Nullable String leaseId) {
    this.leaseId = leaseId;
    return this;
  }

  /** The leader's value, which others can read. Default: empty. */
  public @Nullable String getValue() {
    return value;
  }

  public CampaignRequest setValue(@Nullable String value) {
    this.value = value;
    return this;
  }

  /** How long to wait; 0 to fail unless it leads at once. */
  public long getWaitMillis() {
    return waitMillis;
  }

  public CampaignRequest setWaitMillis(long waitMillis) {
    this.waitMillis = waitMillis;
    return this;
  }

  /**
   * The encoding of keys and values in this request and its answer. Default: {@link Encoding#UTF8}.
   */
  public @Nullable Encoding getEncoding() {
    return encoding;
  }

  public CampaignRequest setEncoding(@Nullable Encoding encoding) {
    this.encoding = encoding;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CampaignRequest that && toJson().equals(that.toJson());
  }

  @Override
  public int hashCode() {
    return toJson().hashCode();
  }

  @Override
  public String toString() {
    return toJson().encode();
  }
}
