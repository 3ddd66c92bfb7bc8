package io.quorate.vertx.server.launch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.options.FeatureGate;
import io.quorate.vertx.member.options.QuorateOptions;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The example of a static pod in Kubernetes: its flags are kubeadm's, and its probes are served.
 */
class StaticPodTest {
  private static final Path DEPLOYMENT = Path.of("../../examples/deployment/kubernetes");

  private static Map<?, ?> document(String file) {
    return (Map<?, ?>)
        requireNonNull(ConfigurationFile.load(DEPLOYMENT.resolve(file).toString()), file);
  }

  private static Object at(Object from, String... path) {
    Object found = from;
    for (String key : path) {
      found = found instanceof List<?> list ? list.get(0) : found;
      found = requireNonNull(((Map<?, ?>) found).get(key), key);
    }
    return found;
  }

  private static QuorateOptions options() {
    List<?> args = (List<?>) at(document("static-pod.yaml"), "spec", "containers", "args");
    return Configuration.resolve(
            Arguments.parse(args.stream().map(String::valueOf).toArray(String[]::new)).flags(),
            Map.of())
        .options();
  }

  @Test
  void itsFlagsAreAccepted() {
    QuorateOptions options = options();
    assertThat(options.getInitialCluster()).hasSize(3).containsKey(options.getName());
    assertThat(options.getFeatureGates().isOn(FeatureGate.INITIAL_CORRUPT_CHECK)).isTrue();
    assertThat(options.isPeerTls()).isTrue();
  }

  @Test
  void itsProbesAskTheListenerForHealthChecks() {
    List<URI> urls = options().getListenMetricsUrls();
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      Object asked = at(document("static-pod.yaml"), "spec", "containers", probe, "httpGet");
      assertThat(urls)
          .as(probe)
          .contains(URI.create("http://" + at(asked, "host") + ":" + at(asked, "port")));
      assertThat(at(asked, "path")).isIn("/livez", "/readyz");
    }
  }

  @Test
  void kubeadmIsGivenTheAddressesOfTheMembers() {
    List<?> endpoints = (List<?>) at(document("kubeadm.yaml"), "etcd", "external", "endpoints");
    List<String> hosts =
        options().getInitialCluster().values().stream().map(urls -> urls.get(0).getHost()).toList();
    assertThat(endpoints)
        .extracting(endpoint -> URI.create(String.valueOf(endpoint)).getHost())
        .isEqualTo(hosts);
  }
}
