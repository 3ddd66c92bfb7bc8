package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A member to add. */
@DataObject
@JsonGen(publicConverter = false)
public final class MemberAddRequest {
  private List<String> peerUrls = List.of();
  private boolean learner;

  public MemberAddRequest() {}

  /** A copy. */
  public MemberAddRequest(MemberAddRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public MemberAddRequest(JsonObject json) {
    StrictJson.read(json, fields -> MemberAddRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    MemberAddRequestConverter.toJson(this, json);
    return json;
  }

  /** The URLs for the other members; at least one. */
  public List<String> getPeerUrls() {
    return peerUrls;
  }

  public MemberAddRequest setPeerUrls(List<String> peerUrls) {
    this.peerUrls = List.copyOf(peerUrls);
    return this;
  }

  /** Whether it starts as a learner, without a vote. */
  public boolean isLearner() {
    return learner;
  }

  public MemberAddRequest setLearner(boolean learner) {
    this.learner = learner;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MemberAddRequest that && toJson().equals(that.toJson());
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
