package io.quorate.vertx.server.launch;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.options.Flag;
import io.quorate.vertx.member.options.QuorateOptions;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerGuideTest {

  @Test
  void theConfigurationFileOfTheGuideIsAccepted() {
    Map<Flag, String> flags =
        Arguments.parse(new String[] {"--config-file=src/test/resources/guides/quorate.yaml"})
            .flags();
    Configuration configuration = Configuration.resolve(flags, Map.of());
    assertThat(configuration.notes()).isEmpty();
    QuorateOptions options = configuration.options();
    assertThat(options.getInitialCluster()).containsOnlyKeys("one", "two", "three");
    assertThat(options.getWatchProgressNotifyIntervalMillis()).isEqualTo(60_000);
    assertThat(options.getEffectiveQuotaBytes()).isEqualTo(8L << 30);
  }
}
