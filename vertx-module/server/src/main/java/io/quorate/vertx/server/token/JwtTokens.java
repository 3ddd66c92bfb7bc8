package io.quorate.vertx.server.token;

import io.quorate.command.Caller;
import io.quorate.command.EtcdError;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.member.auth.Tokens;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * etcd's signed tokens: whoever has the public key can tell whose they are, so members need not
 * tell each other. As they cannot be taken back, they say under which users and roles they were
 * issued, and are not accepted any more once these have changed.
 */
public final class JwtTokens implements Tokens {
  private static final Logger LOG = Logger.getLogger(JwtTokens.class);
  private static final int MAX_CHARS = 8 << 10;
  private static final int MAX_KNOWN = 10_000;

  private final Vertx vertx;
  private final JWTAuth auth;
  private final JwtOptions options;
  private final LongSupplier authRevision;

  /** Tokens whose signature was found right, the one used last at the end. */
  private final Map<String, Claims> known = new LinkedHashMap<>(16, 0.75f, true);

  private record Claims(String user, long authRevision, long expiresSeconds) {}

  private JwtTokens(Vertx vertx, JWTAuth auth, JwtOptions options, LongSupplier authRevision) {
    this.vertx = vertx;
    this.auth = auth;
    this.options = options;
    this.authRevision = authRevision;
  }

  /** See {@link io.quorate.vertx.member.auth.SignedTokens}. */
  public static JwtTokens of(Vertx vertx, String option, LongSupplier authRevision) {
    JwtOptions options = JwtOptions.of(option);
    JWTAuthOptions keys = new JWTAuthOptions().setJWTOptions(new JWTOptions().setLeeway(0));
    addKey(keys, options.signMethod(), options.publicKey());
    addKey(keys, options.signMethod(), options.privateKey());
    JWTAuth auth;
    try {
      auth = JWTAuth.create(vertx, keys);
    } catch (RuntimeException e) {
      throw new ConfigurationException(
          "auth-token", option, "the keys do not fit " + options.signMethod() + ": " + e);
    }
    return new JwtTokens(vertx, auth, options, authRevision);
  }

  private static void addKey(JWTAuthOptions keys, String algorithm, @Nullable Buffer key) {
    if (key != null) {
      keys.addPubSecKey(new PubSecKeyOptions().setAlgorithm(algorithm).setBuffer(key));
    }
  }

  @Override
  public Future<String> issue(String user, long revision) {
    if (options.privateKey() == null) {
      return Future.failedFuture(EtcdError.VERIFY_ONLY.exception());
    }
    JsonObject claims =
        new JsonObject()
            .put("username", user)
            .put("revision", revision)
            .put("exp", System.currentTimeMillis() / 1_000 + options.ttl().toSeconds());
    return vertx.executeBlocking(
        () ->
            auth.generateToken(
                claims, new JWTOptions().setAlgorithm(options.signMethod()).setNoTimestamp(true)),
        false);
  }

  @Override
  public Future<Caller.User> userOf(String token) {
    if (token.length() > MAX_CHARS) {
      return Future.failedFuture(EtcdError.INVALID_AUTH_TOKEN.exception());
    }
    Claims claims = knownClaims(token);
    if (claims != null) {
      return admit(claims);
    }
    return vertx
        .executeBlocking(() -> auth.authenticate(new TokenCredentials(token)), false)
        .compose(user -> user)
        .map(user -> remember(token, user))
        .recover(
            failure -> {
              LOG.debug("invalid auth token: {}", failure.getClass().getName());
              return Future.failedFuture(EtcdError.INVALID_AUTH_TOKEN.exception());
            })
        .compose(this::admit);
  }

  private Future<Caller.User> admit(Claims claims) {
    return claims.authRevision < authRevision.getAsLong()
        ? Future.failedFuture(EtcdError.AUTH_OLD_REVISION.exception())
        : Future.succeededFuture(new Caller.User(claims.user, claims.authRevision));
  }

  private @Nullable Claims knownClaims(String token) {
    synchronized (known) {
      Claims claims = known.get(token);
      if (claims != null && claims.expiresSeconds <= System.currentTimeMillis() / 1_000) {
        known.remove(token);
        return null;
      }
      return claims;
    }
  }

  /**
   * @throws RuntimeException a claim is missing, or is not what it must be
   */
  private Claims remember(String token, User user) {
    JsonObject parts = user.principal();
    JsonObject attributes = user.attributes().getJsonObject("accessToken", parts);
    String name = attributes.getString("username");
    Long revision = attributes.getLong("revision");
    Long expires = attributes.getLong("exp");
    if (name == null || !Caller.isName(name) || revision == null || expires == null) {
      throw new IllegalArgumentException("a claim is missing");
    }
    Claims claims = new Claims(name, revision, expires);
    synchronized (known) {
      known.put(token, claims);
      if (known.size() > MAX_KNOWN) {
        Iterator<Claims> oldest = known.values().iterator();
        oldest.next();
        oldest.remove();
      }
    }
    return claims;
  }
}
