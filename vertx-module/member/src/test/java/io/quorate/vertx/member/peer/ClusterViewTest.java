package io.quorate.vertx.member.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Member;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The first messages that members of two releases exchange. */
final class ClusterViewTest {
  private static final Member ONE =
      new Member(-7, "one", List.of("http://a:2380"), List.of("http://a:2379"), true);

  private static ClusterView view(int featureLevel) {
    return new ClusterView(-9, List.of(ONE), Set.of(3L, -4L), 2, featureLevel);
  }

  @Test
  void a_view_is_read_back_from_its_json() {
    assertThat(ClusterView.of(view(1).toJson())).isEqualTo(view(1));
    assertThat(ClusterView.of(view(2).toJson())).isEqualTo(view(2));
  }

  /** The first release reads the fields it knows, and only one format. */
  @Test
  void the_first_release_can_read_a_view_until_the_feature_level_is_raised() {
    assertThat(view(1).toJson().getInteger("format")).isEqualTo(1);
    assertThat(view(2).toJson().getInteger("format")).isEqualTo(2);
  }

  @Test
  void a_view_from_the_first_release_has_the_first_feature_level() {
    JsonObject json = view(1).toJson();
    json.remove("speaks");
    json.remove("featureLevel");
    ClusterView first = ClusterView.of(json);
    assertThat(first.speaks()).isEqualTo(1);
    assertThat(first.featureLevel()).isEqualTo(1);
  }

  @Test
  void an_unknown_format_is_refused_by_its_number() {
    assertThatThrownBy(() -> ClusterView.of(view(1).toJson().put("format", 3)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("format 3, known are 1 and 2");
  }
}
