package io.quorate.vertx.member.auth;

import io.quorate.apply.Applied.TokenChange;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.EtcdError;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * etcd's simple tokens: random letters, a dot, and the number of the log entry by which all members
 * learn of the token. Each member counts for itself how long it has not seen a token. Log and
 * memory only contain the digest of the letters, so neither can be used to log in.
 */
public final class SimpleTokens implements Tokens {
  private static final int LETTERS = 16;
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

  /** More than any token of this kind has; longer ones are not looked at. */
  private static final int MAX_CHARS = 64;

  /** Tokens that are kept; beyond them the one that was not used for longest is forgotten. */
  private static final int MAX_TOKENS = 100_000;

  /** What tokens need of the member. */
  public interface Host {
    /** Tells all members; completes with the number of the log entry. */
    Future<Long> tellAll(String user, Bytes digest, long authRevision);

    /** Completes once this member has applied what was committed when this was called. */
    Future<?> catchUp();

    /** Up to where this member has applied the log. */
    long appliedIndex();

    /** Of the users and roles that are in force here. */
    long authRevision();
  }

  private final Host host;
  private final long ttlNanos;
  private final LongSupplier nanoTime;
  private final SecureRandom random = new SecureRandom();

  /** By digest; the one that was used last is last, so they expire in this order. */
  private final Map<Bytes, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);

  private static final class Session {
    final String user;
    final long index;
    long expiresNanos;

    Session(String user, long index, long expiresNanos) {
      this.user = user;
      this.index = index;
      this.expiresNanos = expiresNanos;
    }
  }

  /**
   * @param ttlNanos how long a token is valid after it was used last
   */
  public SimpleTokens(Host host, long ttlNanos, LongSupplier nanoTime) {
    this.host = host;
    this.ttlNanos = ttlNanos;
    this.nanoTime = nanoTime;
  }

  @Override
  public Future<String> issue(String user, long authRevision) {
    StringBuilder letters = new StringBuilder(LETTERS);
    for (int i = 0; i < LETTERS; i++) {
      letters.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    String secret = letters.toString();
    return host.tellAll(user, digest(secret), authRevision).map(index -> secret + "." + index);
  }

  /** A token that another member has issued may be used here before this member knows it. */
  @Override
  public Future<Caller.User> userOf(String token) {
    Parts parts = Parts.of(token);
    if (parts == null) {
      return invalid();
    }
    Bytes digest = digest(parts.secret);
    Caller.User known = known(digest, parts.index);
    if (known != null) {
      return Future.succeededFuture(known);
    }
    if (parts.index <= host.appliedIndex()) {
      return invalid();
    }
    return host.catchUp()
        .compose(
            applied -> {
              Caller.User now = known(digest, parts.index);
              return now == null ? invalid() : Future.succeededFuture(now);
            });
  }

  private static <T> Future<T> invalid() {
    return Future.failedFuture(EtcdError.INVALID_AUTH_TOKEN.exception());
  }

  private record Parts(String secret, long index) {
    /** Null if this cannot be a token. */
    static @Nullable Parts of(String token) {
      int dot = token.length() > MAX_CHARS ? -1 : token.indexOf('.');
      if (dot < 0 || token.indexOf('.', dot + 1) >= 0) {
        return null;
      }
      try {
        return new Parts(token.substring(0, dot), Long.parseUnsignedLong(token.substring(dot + 1)));
      } catch (NumberFormatException e) {
        return null;
      }
    }
  }

  private Caller.@Nullable User known(Bytes digest, long index) {
    synchronized (sessions) {
      long now = nanoTime.getAsLong();
      dropExpired(now);
      Session session = sessions.get(digest);
      if (session == null || session.index != index) {
        return null;
      }
      session.expiresNanos = now + ttlNanos;
      return new Caller.User(session.user, host.authRevision());
    }
  }

  private void dropExpired(long now) {
    Iterator<Session> oldest = sessions.values().iterator();
    while (oldest.hasNext() && oldest.next().expiresNanos - now < 0) {
      oldest.remove();
    }
  }

  @Override
  public void changed(List<TokenChange> changes) {
    synchronized (sessions) {
      long now = nanoTime.getAsLong();
      dropExpired(now);
      for (TokenChange change : changes) {
        if (change instanceof TokenChange.LoggedIn login) {
          sessions.put(login.digest(), new Session(login.user(), login.index(), now + ttlNanos));
          if (sessions.size() > MAX_TOKENS) {
            Iterator<Session> oldest = sessions.values().iterator();
            oldest.next();
            oldest.remove();
          }
        } else if (change instanceof TokenChange.LoggedOut logout) {
          sessions.values().removeIf(session -> session.user.equals(logout.user()));
        } else {
          sessions.clear();
        }
      }
    }
  }

  /** Sessions that have not expired; for metrics. */
  public int count() {
    synchronized (sessions) {
      dropExpired(nanoTime.getAsLong());
      return sessions.size();
    }
  }

  private static Bytes digest(String secret) {
    try {
      return Bytes.of(
          MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
