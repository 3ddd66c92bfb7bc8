package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** New peer URLs of a member. */
@DataObject
@JsonGen(publicConverter = false)
public final class MemberUpdateRequest {
  private @Nullable String memberId;
  private List<String> peerUrls = List.of();

  public MemberUpdateRequest() {}

  /** A copy. */
  public MemberUpdateRequest(MemberUpdateRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public MemberUpdateRequest(JsonObject json) {
    StrictJson.read(
        json, fields -> MemberUpdateRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    MemberUpdateRequestConverter.toJson(this, json);
    return json;
  }

  /** In hex. */
  public @Nullable String getMemberId() {
    return memberId;
  }

  public MemberUpdateRequest setMemberId(@Nullable String memberId) {
    this.memberId = memberId;
    return this;
  }

  /** The URLs for the other members; at least one. */
  public List<String> getPeerUrls() {
    return peerUrls;
  }

  public MemberUpdateRequest setPeerUrls(List<String> peerUrls) {
    this.peerUrls = List.copyOf(peerUrls);
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MemberUpdateRequest that && toJson().equals(that.toJson());
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
