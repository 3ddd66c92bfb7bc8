package io.quorate.cluster.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionSourcesTest {
  private final Map<String, String> properties = new HashMap<>();
  private final Map<String, String> environment = new HashMap<>();

  private QuorateClusterOptions read() {
    return new OptionSources(
            properties::get, properties.keySet(), environment::get, environment.keySet())
        .read();
  }

  @Test
  void without_any_source_the_defaults_hold() {
    assertThat(read().toJson()).isEqualTo(new QuorateClusterOptions().toJson());
  }

  @Test
  void the_environment_overrides_the_file_and_properties_override_both(@TempDir Path dir)
      throws IOException {
    Path file = dir.resolve("c.json");
    Files.writeString(
        file, "{\"clusterName\": \"f\", \"voters\": 5, \"port\": 1000, \"seeds\": [\"a\"]}");
    properties.put(OptionSources.PROPERTY, file.toString());
    environment.put("QUORATE_CLUSTER_VOTERS", "1");
    environment.put("QUORATE_CLUSTER_JOIN_TIMEOUT_MILLIS", "77");
    environment.put("QUORATE_CLUSTER_PORT", "2000");
    environment.put("QUORATE_CLUSTER_SEEDS", "b, c:1");
    properties.put("quorate.cluster.port", "3000");
    QuorateClusterOptions options = read();
    assertThat(options.getClusterName()).isEqualTo("f");
    assertThat(options.getVoters()).isEqualTo(1);
    assertThat(options.getJoinTimeoutMillis()).isEqualTo(77);
    assertThat(options.getPort()).isEqualTo(3000);
    assertThat(options.getSeeds()).containsExactly("b", "c:1");
  }

  @Test
  void tls_files_are_set_by_name_like_all_options() {
    environment.put("QUORATE_CLUSTER_CERT_FILE", "c");
    environment.put("QUORATE_CLUSTER_KEY_FILE", "k");
    properties.put("quorate.cluster.trustedCaFile", "t");
    QuorateClusterOptions options = read();
    assertThat(options.getCertFile()).isEqualTo("c");
    assertThat(options.getKeyFile()).isEqualTo("k");
    assertThat(options.getTrustedCaFile()).isEqualTo("t");
  }

  @Test
  void the_file_may_be_named_by_the_environment_and_be_on_the_class_path() {
    environment.put(OptionSources.VARIABLE, "classpath:none.json");
    assertThatThrownBy(this::read)
        .hasMessageContaining(OptionSources.VARIABLE)
        .hasMessageContaining("none.json");
  }

  @Test
  void a_misspelt_override_is_refused_by_name() {
    properties.put("quorate.cluster.prot", "1");
    assertThatThrownBy(this::read).hasMessageContaining("quorate.cluster.prot");
    properties.clear();
    environment.put("QUORATE_CLUSTER_VOTER", "1");
    assertThatThrownBy(this::read).hasMessageContaining("QUORATE_CLUSTER_VOTER");
  }

  @Test
  void options_survive_a_round_trip_through_json() {
    QuorateClusterOptions options =
        new QuorateClusterOptions()
            .setRole(QuorateClusterOptions.Role.CLIENT)
            .setClusterName("n")
            .setHost("h")
            .setPublicHost("p")
            .setPort(1)
            .setPortRange(2)
            .setSeeds(List.of("s"))
            .setDns("d")
            .setVoters(5)
            .setDataDir("dir")
            .setSessionTimeoutMillis(3)
            .setJoinTimeoutMillis(4)
            .setHoldDownMillis(5)
            .setDrainMillis(6)
            .setKeyPrefix("k")
            .setEndpoints(List.of("e"))
            .setCertFile("c")
            .setKeyFile("y")
            .setTrustedCaFile("t")
            .setUser("u")
            .setPassword("secret");
    assertThat(options.toString()).contains("user").doesNotContain("secret");
    JsonObject json = options.toJson();
    assertThat(json.fieldNames()).isEqualTo(QuorateClusterOptions.names());
    assertThat(new QuorateClusterOptions(json).toJson()).isEqualTo(json);
    assertThat(new QuorateClusterOptions(options).toJson()).isEqualTo(json);
  }

  @ParameterizedTest
  @CsvSource({
    "voters, 2",
    "voters, 0",
    "voters, x",
    "port, 65536",
    "role, voter",
    "ssl, true",
    "holdDownMillis, 0",
    "drainMillis, -1",
    "nothing, 1"
  })
  void what_cannot_be_right_is_refused_by_name(String name, String value) {
    assertThatThrownBy(() -> new QuorateClusterOptions().set(name, value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name + ":");
  }

  @Test
  void seeds_and_dns_exclude_each_other() {
    assertThatThrownBy(
            () -> new QuorateClusterOptions().setSeeds(List.of("a")).setDns("b").validate())
        .hasMessageStartingWith("dns:");
  }
}
