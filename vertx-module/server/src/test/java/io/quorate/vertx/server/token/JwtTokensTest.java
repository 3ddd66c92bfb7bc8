package io.quorate.vertx.server.token;

import static io.quorate.vertx.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Caller;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JwtTokensTest {
  private final Vertx vertx = Vertx.vertx();
  private final AtomicLong revision = new AtomicLong(7);
  private final Path directory;

  JwtTokensTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @AfterEach
  void close() {
    Void unused = await(vertx.close());
  }

  private Path pem(String name, String type, Key key) throws IOException {
    String text =
        "-----BEGIN "
            + type
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
            + "\n-----END "
            + type
            + "-----\n";
    return Files.writeString(directory.resolve(name), text);
  }

  /** The flag's value for a fresh pair of keys. */
  private String option(String method, String algorithm, int size)
      throws IOException, GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    if (size > 0) {
      generator.initialize(size);
    }
    KeyPair pair = generator.generateKeyPair();
    return "jwt,pub-key="
        + pem(method + ".pub", "PUBLIC KEY", pair.getPublic())
        + ",priv-key="
        + pem(method + ".key", "PRIVATE KEY", pair.getPrivate())
        + ",sign-method="
        + method;
  }

  private JwtTokens tokens(String option) {
    return JwtTokens.of(vertx, option, revision::get);
  }

  private static void refused(Future<?> future, EtcdError error) {
    assertThatThrownBy(() -> await(future))
        .isInstanceOfSatisfying(EtcdException.class, e -> assertThat(e.error()).isEqualTo(error));
  }

  @ParameterizedTest
  @CsvSource({
    "RS256, RSA, 2048",
    "RS512, RSA, 2048",
    "PS256, RSASSA-PSS, 2048",
    "ES256, EC, 256",
    "ES384, EC, 384",
    "EdDSA, Ed25519, 0"
  })
  void a_token_says_whose_it_is_until_users_change(String method, String algorithm, int size)
      throws Exception {
    JwtTokens tokens =
        tokens(option(method, algorithm.equals("RSASSA-PSS") ? "RSA" : algorithm, size));
    String token = await(tokens.issue("ann", 7));
    assertThat(await(tokens.userOf(token))).isEqualTo(new Caller.User("ann", 7));
    assertThat(await(tokens.userOf(token))).isEqualTo(new Caller.User("ann", 7));
    String changed =
        token.substring(0, token.length() - 3) + (token.endsWith("AAA") ? "BBB" : "AAA");
    refused(tokens.userOf(changed), EtcdError.INVALID_AUTH_TOKEN);
    revision.set(8);
    refused(tokens.userOf(token), EtcdError.AUTH_OLD_REVISION);
  }

  @Test
  void a_secret_signs_too_and_another_secret_does_not_do() throws Exception {
    Path one = Files.writeString(directory.resolve("one"), "a secret of thirty-two characters");
    Path two = Files.writeString(directory.resolve("two"), "another one of thirty-two letters");
    JwtTokens tokens = tokens("jwt,priv-key=" + one + ",sign-method=HS256,ttl=1h5m");
    String token = await(tokens.issue("ann", 7));
    assertThat(await(tokens.userOf(token))).isEqualTo(new Caller.User("ann", 7));
    refused(
        tokens("jwt,priv-key=" + two + ",sign-method=HS256").userOf(token),
        EtcdError.INVALID_AUTH_TOKEN);
    refused(
        tokens("jwt,priv-key=" + one + ",sign-method=HS512").userOf(token),
        EtcdError.INVALID_AUTH_TOKEN);
  }

  /** A token that says itself that it has no signature; one whose key is the public one. */
  @Test
  void a_token_cannot_choose_how_it_is_checked() throws Exception {
    JwtTokens tokens = tokens(option("RS256", "RSA", 2048));
    String claims = encoded("{\"username\":\"root\",\"revision\":9,\"exp\":99999999999}");
    for (String method : new String[] {"none", "HS256", "RS512"}) {
      String head = encoded("{\"alg\":\"" + method + "\",\"typ\":\"JWT\"}");
      refused(tokens.userOf(head + "." + claims + "."), EtcdError.INVALID_AUTH_TOKEN);
      refused(tokens.userOf(head + "." + claims + ".AAAA"), EtcdError.INVALID_AUTH_TOKEN);
    }
  }

  private static String encoded(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a.b.c", "x.1", "aaaa", "\u0000"})
  void what_is_no_token_is_refused(String token) throws Exception {
    JwtTokens tokens = tokens(option("ES256", "EC", 256));
    refused(tokens.userOf(token), EtcdError.INVALID_AUTH_TOKEN);
    refused(tokens.userOf(".".repeat(1_000_000)), EtcdError.INVALID_AUTH_TOKEN);
  }

  @Test
  void whoever_has_only_the_public_key_can_check_and_not_issue() throws Exception {
    String both = option("ES256", "EC", 256);
    String token = await(tokens(both).issue("ann", 7));
    JwtTokens checking = tokens(both.replaceAll(",priv-key=[^,]*", ""));
    assertThat(await(checking.userOf(token))).isEqualTo(new Caller.User("ann", 7));
    refused(checking.issue("ann", 7), EtcdError.VERIFY_ONLY);
  }

  @Test
  void a_token_expires() throws Exception {
    JwtTokens tokens = tokens(option("ES256", "EC", 256) + ",ttl=1s");
    String token = await(tokens.issue("ann", 7));
    io.quorate.vertx.testing.Await.untilTrue(
        "it has expired", () -> tokens.userOf(token).isComplete() && isRefused(tokens, token));
  }

  private static boolean isRefused(JwtTokens tokens, String token) {
    try {
      Object unused = await(tokens.userOf(token));
      return false;
    } catch (Exception refused) {
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jwt",
        "jwt,sign-method=RS256",
        "jwt,sign-method=none",
        "jwt,sign-method=HS256",
        "jwt,sign-method=RS256,pub-key=/nowhere",
        "jwt,sign-method=HS256,priv-key=/dev/null,ttl=soon",
        "jwt,sign-method=HS256,priv-key=/dev/null,ttl=0s",
        "jwt,sign-method=HS256,sign-method=HS512",
        "jwt,colour=blue",
        "jwt,ttl"
      })
  void what_cannot_be_right_is_refused_by_name(String option) {
    assertThatThrownBy(() -> tokens(option))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("--auth-token=" + option + ": ");
  }
}
