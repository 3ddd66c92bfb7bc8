package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The status of the answering member. */
@DataObject
@JsonGen(publicConverter = false)
public final class ClusterStatus {
  private String clusterId = "";
  private String memberId = "";
  private @Nullable String leaderId;
  private long raftTerm;
  private long raftIndex;
  private long raftAppliedIndex;
  private long revision;
  private long dbSizeBytes;
  private long dbSizeInUseBytes;
  private long dbSizeQuotaBytes;
  private boolean learner;
  private List<ClusterAlarm> alarms = List.of();

  public ClusterStatus() {}

  /** A copy. */
  public ClusterStatus(ClusterStatus other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public ClusterStatus(JsonObject json) {
    ClusterStatusConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    ClusterStatusConverter.toJson(this, json);
    return json;
  }

  /** In hex. */
  public String getClusterId() {
    return clusterId;
  }

  public ClusterStatus setClusterId(String clusterId) {
    this.clusterId = clusterId;
    return this;
  }

  /** In hex. */
  public String getMemberId() {
    return memberId;
  }

  public ClusterStatus setMemberId(String memberId) {
    this.memberId = memberId;
    return this;
  }

  /** In hex; null if none is known. */
  public @Nullable String getLeaderId() {
    return leaderId;
  }

  public ClusterStatus setLeaderId(@Nullable String leaderId) {
    this.leaderId = leaderId;
    return this;
  }

  /** The member's current term. */
  public long getRaftTerm() {
    return raftTerm;
  }

  public ClusterStatus setRaftTerm(long raftTerm) {
    this.raftTerm = raftTerm;
    return this;
  }

  /** The last index that the member knows to be committed. */
  public long getRaftIndex() {
    return raftIndex;
  }

  public ClusterStatus setRaftIndex(long raftIndex) {
    this.raftIndex = raftIndex;
    return this;
  }

  /** The last index that the member has applied. */
  public long getRaftAppliedIndex() {
    return raftAppliedIndex;
  }

  public ClusterStatus setRaftAppliedIndex(long raftAppliedIndex) {
    this.raftAppliedIndex = raftAppliedIndex;
    return this;
  }

  /** The revision of the member's store. */
  public long getRevision() {
    return revision;
  }

  public ClusterStatus setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  /** The size of the store on disk. */
  public long getDbSizeBytes() {
    return dbSizeBytes;
  }

  public ClusterStatus setDbSizeBytes(long dbSizeBytes) {
    this.dbSizeBytes = dbSizeBytes;
    return this;
  }

  /** The part of that size that is in use. */
  public long getDbSizeInUseBytes() {
    return dbSizeInUseBytes;
  }

  public ClusterStatus setDbSizeInUseBytes(long dbSizeInUseBytes) {
    this.dbSizeInUseBytes = dbSizeInUseBytes;
    return this;
  }

  /** The limit of the size; 0 if it is not reported. */
  public long getDbSizeQuotaBytes() {
    return dbSizeQuotaBytes;
  }

  public ClusterStatus setDbSizeQuotaBytes(long dbSizeQuotaBytes) {
    this.dbSizeQuotaBytes = dbSizeQuotaBytes;
    return this;
  }

  /** Whether it is a learner, a member without a vote. */
  public boolean isLearner() {
    return learner;
  }

  public ClusterStatus setLearner(boolean learner) {
    this.learner = learner;
    return this;
  }

  /** The active alarms. */
  public List<ClusterAlarm> getAlarms() {
    return alarms;
  }

  public ClusterStatus setAlarms(List<ClusterAlarm> alarms) {
    this.alarms = List.copyOf(alarms);
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClusterStatus that && toJson().equals(that.toJson());
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
