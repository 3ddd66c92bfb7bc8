package io.quorate.store.sqlite;

/**
 * What a file holds is not what was written into it. Nothing but a copy from elsewhere helps: the
 * member must not run on it. The message says in one line which file, what was found, and how the
 * member comes back.
 */
public final class DamagedException extends StoreException {
  private static final long serialVersionUID = 1L;

  private static final String WAY_BACK =
      "; this member must not run on it, the others have what it had: 'etcdctl member list' shows"
          + " its <id>, <name> and <peer-url>; 'etcdctl member remove <id>'; delete its data"
          + " directory; 'etcdctl member add <name> --peer-urls=<peer-url>'; start it with"
          + " --initial-cluster-state=existing";

  /**
   * Adds how to come back to what was found.
   *
   * @param found the file and what is wrong with it
   */
  public DamagedException(String found) {
    super(found + WAY_BACK);
  }

  public DamagedException(String found, Throwable cause) {
    super(found + WAY_BACK, cause);
  }
}
