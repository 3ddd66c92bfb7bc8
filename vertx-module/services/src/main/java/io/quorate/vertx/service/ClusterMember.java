package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A member of the cluster. */
@DataObject
@JsonGen(publicConverter = false)
public final class ClusterMember {
  private String memberId = "";
  private String name = "";
  private List<String> peerUrls = List.of();
  private List<String> clientUrls = List.of();
  private boolean learner;

  public ClusterMember() {}

  /** A copy. */
  public ClusterMember(ClusterMember other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public ClusterMember(JsonObject json) {
    ClusterMemberConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    ClusterMemberConverter.toJson(this, json);
    return json;
  }

  /** In hex. */
  public String getMemberId() {
    return memberId;
  }

  public ClusterMember setMemberId(String memberId) {
    this.memberId = memberId;
    return this;
  }

  /** Empty until the member has started. */
  public String getName() {
    return name;
  }

  public ClusterMember setName(String name) {
    this.name = name;
    return this;
  }

  /** The URLs for the other members. */
  public List<String> getPeerUrls() {
    return peerUrls;
  }

  public ClusterMember setPeerUrls(List<String> peerUrls) {
    this.peerUrls = List.copyOf(peerUrls);
    return this;
  }

  /** The URLs for clients. */
  public List<String> getClientUrls() {
    return clientUrls;
  }

  public ClusterMember setClientUrls(List<String> clientUrls) {
    this.clientUrls = List.copyOf(clientUrls);
    return this;
  }

  /** Whether it is a learner, a member without a vote. */
  public boolean isLearner() {
    return learner;
  }

  public ClusterMember setLearner(boolean learner) {
    this.learner = learner;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClusterMember that && toJson().equals(that.toJson());
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
