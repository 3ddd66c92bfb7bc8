package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Why a watch has ended. It is the last delivery. */
@DataObject
@JsonGen(publicConverter = false)
public final class WatchEnd {
  private int code;
  private String name = "";
  private String message = "";
  private long compactRevision;

  public WatchEnd() {}

  /** A copy. */
  public WatchEnd(WatchEnd other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public WatchEnd(JsonObject json) {
    WatchEndConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    WatchEndConverter.toJson(this, json);
    return json;
  }

  /** A code of {@link ServiceFailure}. */
  public int getCode() {
    return code;
  }

  public WatchEnd setCode(int code) {
    this.code = code;
    return this;
  }

  /** A name of {@link ServiceFailure}. */
  public String getName() {
    return name;
  }

  public WatchEnd setName(String name) {
    this.name = name;
    return this;
  }

  /** The message of the failure. */
  public String getMessage() {
    return message;
  }

  public WatchEnd setMessage(String message) {
    this.message = message;
    return this;
  }

  /**
   * The oldest revision that can still be read, if undelivered changes have been compacted;
   * otherwise 0.
   */
  public long getCompactRevision() {
    return compactRevision;
  }

  public WatchEnd setCompactRevision(long compactRevision) {
    this.compactRevision = compactRevision;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof WatchEnd that && toJson().equals(that.toJson());
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
