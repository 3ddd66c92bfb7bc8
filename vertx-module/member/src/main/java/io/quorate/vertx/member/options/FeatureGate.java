package io.quorate.vertx.member.options;

import org.jspecify.annotations.Nullable;

/** etcd's feature gates, by the names they have in {@code --feature-gates}. */
public enum FeatureGate {
  COMPACT_HASH_CHECK(
      "CompactHashCheck",
      Stage.ALPHA,
      "--compact-hash-check-time says whether hashes are compared; they are by default"),
  FAST_LEASE_KEEP_ALIVE(
      "FastLeaseKeepAlive", Stage.BETA, "a lease is renewed by the leader's memory alone"),
  INITIAL_CORRUPT_CHECK(
      "InitialCorruptCheck",
      Stage.ALPHA,
      "--initial-corrupt-check says whether the check is made; it is by default"),
  LEASE_CHECKPOINT("LeaseCheckpoint", Stage.ALPHA, "leases have no checkpoints"),
  LEASE_CHECKPOINT_PERSIST("LeaseCheckpointPersist", Stage.ALPHA, "leases have no checkpoints"),
  PRIORITY_REQUEST("PriorityRequest", Stage.ALPHA, "requests have no priorities"),
  SET_MEMBER_LOCAL_ADDR(
      "SetMemberLocalAddr", Stage.ALPHA, "the system chooses the local address of a connection"),
  STOP_GRPC_SERVICE_ON_DEFRAG(
      "StopGRPCServiceOnDefrag", Stage.ALPHA, "defragmentation stops no requests"),
  TXN_MODE_WRITE_WITH_SHARED_BUFFER(
      "TxnModeWriteWithSharedBuffer",
      Stage.BETA,
      "it tunes a storage engine that is not the one here");

  /** How mature etcd calls a gate; {@code AllAlpha} and {@code AllBeta} set all of a stage. */
  enum Stage {
    ALPHA,
    BETA
  }

  private final String etcdName;
  private final Stage stage;
  private final String withoutEffect;

  FeatureGate(String etcdName, Stage stage, String withoutEffect) {
    this.etcdName = etcdName;
    this.stage = stage;
    this.withoutEffect = withoutEffect;
  }

  /** The name in etcd, such as {@code InitialCorruptCheck}. */
  public String etcdName() {
    return etcdName;
  }

  Stage stage() {
    return stage;
  }

  /** Whether the gate is on unless it is set: gates in beta are. */
  public boolean isOnByDefault() {
    return stage == Stage.BETA;
  }

  /** Why the gate changes nothing here; empty if it has an effect. */
  public String withoutEffect() {
    return withoutEffect;
  }

  /** The gate that etcd calls {@code name}; null if there is none. */
  static @Nullable FeatureGate of(String name) {
    for (FeatureGate gate : values()) {
      if (gate.etcdName.equals(name)) {
        return gate;
      }
    }
    return null;
  }
}
