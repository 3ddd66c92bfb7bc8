package io.quorate.store.sqlite;

/**
 * What a file holds is not what was written into it. Nothing but a copy from elsewhere helps: the
 * member must not run on it. The message says in one line which file and what was found.
 */
public final class DamagedException extends StoreException {
  private static final long serialVersionUID = 1L;

  public DamagedException(String message) {
    super(message);
  }

  public DamagedException(String message, Throwable cause) {
    super(message, cause);
  }
}
