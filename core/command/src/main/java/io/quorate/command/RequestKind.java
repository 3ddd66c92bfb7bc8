package io.quorate.command;

/** The kinds of {@link Request}s. */
public enum RequestKind {
  RANGE("range", "range", false),
  PUT("put", "put", true),
  DELETE("delete", "delete", true),
  TXN("txn", "transaction", true),
  COUNT("count", "count", true),
  COMPACT("compact", "compaction", true),
  LEASE_GRANT("lease_grant", "grant of a lease", true),
  LEASE_GRANT_MILLIS("lease_grant", "grant of a lease in milliseconds", true),
  LEASE_REVOKE("lease_revoke", "revocation of a lease", true),
  /** Does not count as a change, since renewing a lease twice does no harm. */
  LEASE_KEEP_ALIVE("lease_keep_alive", "renewal of a lease", false),
  LEASE_TIME_TO_LIVE("lease_time_to_live", "time to live of a lease", false),
  LEASES("leases", "list of leases", false),
  MEMBER_LIST("member_list", "list of members", false),
  MEMBER_ADD("member_add", "addition of a member", true),
  MEMBER_REMOVE("member_remove", "removal of a member", true),
  MEMBER_UPDATE("member_update", "update of a member", true),
  MEMBER_PROMOTE("member_promote", "promotion of a member", true),
  ALARM("alarm", "request about alarms", true),
  STATUS("status", "status", false),
  HASH_KV("hash_kv", "hash of the keys", false),
  /** Does not count as a change: nothing that is stored differs afterwards. */
  DEFRAGMENT("defragment", "defragmentation", false),
  MOVE_LEADER("move_leader", "transfer of leadership", true),
  DOWNGRADE("downgrade", "downgrade", false),
  AUTH_CHANGE("auth_change", "change of users, roles or permissions", true),
  AUTH_STATUS("auth_status", "status of authentication", false),
  AUTHENTICATE("authenticate", "login", false),
  USER_GET("user_get", "roles of a user", false),
  USER_LIST("user_list", "list of users", false),
  ROLE_GET("role_get", "permissions of a role", false),
  ROLE_LIST("role_list", "list of roles", false);

  private final String label;
  private final String words;
  private final boolean changes;

  RequestKind(String label, String words, boolean changes) {
    this.label = label;
    this.words = words;
    this.changes = changes;
  }

  /** Its name in metrics. */
  public String label() {
    return label;
  }

  /** See {@link Request#changes}. */
  boolean changes() {
    return changes;
  }

  /**
   * True if nothing but the member that is asked can say whether its caller may ask; others are
   * checked with the read that they make, or where they are applied.
   */
  public boolean isCheckedHere() {
    return switch (this) {
      case LEASE_KEEP_ALIVE,
          LEASE_TIME_TO_LIVE,
          LEASES,
          MEMBER_LIST,
          MEMBER_ADD,
          MEMBER_REMOVE,
          MEMBER_PROMOTE,
          STATUS,
          HASH_KV,
          DEFRAGMENT,
          MOVE_LEADER,
          DOWNGRADE ->
          true;
      case RANGE,
          PUT,
          DELETE,
          TXN,
          COUNT,
          COMPACT,
          LEASE_GRANT,
          LEASE_GRANT_MILLIS,
          LEASE_REVOKE,
          MEMBER_UPDATE,
          ALARM,
          AUTH_CHANGE,
          AUTH_STATUS,
          AUTHENTICATE,
          USER_GET,
          USER_LIST,
          ROLE_GET,
          ROLE_LIST ->
          false;
    };
  }

  /** Its name in a sentence. */
  @Override
  public String toString() {
    return words;
  }
}
