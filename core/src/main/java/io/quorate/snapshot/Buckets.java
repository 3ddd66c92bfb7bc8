package io.quorate.snapshot;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Names in etcd's file. */
final class Buckets {
  static final byte[] ALARM = name("alarm");
  static final byte[] AUTH = name("auth");
  static final byte[] AUTH_ROLES = name("authRoles");
  static final byte[] AUTH_USERS = name("authUsers");
  static final byte[] CLUSTER = name("cluster");
  static final byte[] KEY = name("key");
  static final byte[] LEASE = name("lease");
  static final byte[] MEMBERS = name("members");
  static final byte[] MEMBERS_REMOVED = name("members_removed");
  static final byte[] META = name("meta");

  static final byte[] AUTH_ENABLED = name("authEnabled");
  static final byte[] AUTH_REVISION = name("authRevision");
  static final byte[] CLUSTER_VERSION = name("clusterVersion");
  static final byte[] CONF_STATE = name("confState");
  static final byte[] CONSISTENT_INDEX = name("consistent_index");
  static final byte[] FINISHED_COMPACT = name("finishedCompactRev");
  static final byte[] SCHEDULED_COMPACT = name("scheduledCompactRev");
  static final byte[] STORAGE_VERSION = name("storageVersion");
  static final byte[] TERM = name("term");

  // leasepb.Lease
  static final int LEASE_ID = 1;
  static final int LEASE_TTL_SECONDS = 2;

  // etcdserverpb.AlarmMember
  static final int ALARM_MEMBER = 1;
  static final int ALARM_TYPE = 2;

  private Buckets() {}

  static byte[] name(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] number(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }
}
