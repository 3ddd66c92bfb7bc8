package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** An alarm that a member has raised. */
@DataObject
@JsonGen(publicConverter = false)
public final class ClusterAlarm {
  private String memberId = "";
  private String alarm = "";

  public ClusterAlarm() {}

  /** A copy. */
  public ClusterAlarm(ClusterAlarm other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public ClusterAlarm(JsonObject json) {
    ClusterAlarmConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    ClusterAlarmConverter.toJson(this, json);
    return json;
  }

  /** In hex. */
  public String getMemberId() {
    return memberId;
  }

  public ClusterAlarm setMemberId(String memberId) {
    this.memberId = memberId;
    return this;
  }

  /** {@code NOSPACE} or {@code CORRUPT}. */
  public String getAlarm() {
    return alarm;
  }

  public ClusterAlarm setAlarm(String alarm) {
    this.alarm = alarm;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClusterAlarm that && toJson().equals(that.toJson());
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
