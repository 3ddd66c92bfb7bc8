package io.quorate.vertx.member.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Member;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What members of two releases tell each other before anything else. */
final class ClusterViewTest {
  private static final Member ONE =
      new Member(-7, "one", List.of("http://a:2380"), List.of("http://a:2379"), true);

  private static ClusterView view(int featureLevel) {
    return new ClusterView(-9, List.of(ONE), Set.of(3L, -4L), 2, featureLevel);
  }

  @Test
  void it_comes_back_from_its_json() {
    assertThat(ClusterView.of(view(1).toJson())).isEqualTo(view(1));
    assertThat(ClusterView.of(view(2).toJson())).isEqualTo(view(2));
  }

  /** It reads the fields that it knows, and one format alone. */
  @Test
  void the_first_release_reads_it_until_the_feature_level_has_risen() {
    assertThat(view(1).toJson().getInteger("format")).isEqualTo(1);
    assertThat(view(2).toJson().getInteger("format")).isEqualTo(2);
  }

  @Test
  void the_first_release_speaks_the_first_level() {
    JsonObject json = view(1).toJson();
    json.remove("speaks");
    json.remove("featureLevel");
    ClusterView first = ClusterView.of(json);
    assertThat(first.speaks()).isEqualTo(1);
    assertThat(first.featureLevel()).isEqualTo(1);
  }

  @Test
  void a_format_from_the_future_is_named() {
    assertThatThrownBy(() -> ClusterView.of(view(1).toJson().put("format", 3)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("format 3, known are 1 and 2");
  }
}
