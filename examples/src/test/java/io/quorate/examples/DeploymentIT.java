package io.quorate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * What the process managers' files say, done without them: other ports and directories, no more.
 */
class DeploymentIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path deployment =
      Path.of(System.getProperty("quorate.root"), "examples", "deployment");

  /** A member as its files describe it. */
  private record Description(
      List<String> jvm, List<String> flags, Map<String, String> environment, URI client) {}

  /** Of a command that runs the jar; those that every member should have are among them. */
  private static List<String> jvmFlags(List<String> command) {
    List<String> flags = command.subList(1, command.indexOf("-jar"));
    assertThat(flags)
        .contains("-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
        .anyMatch(flag -> flag.startsWith("-Xmx") || flag.startsWith("-XX:MaxRAMPercentage="));
    return flags;
  }

  @Test
  void theUnitStartsThreeMembersAndTellsHowTheyEnd(@TempDir Path directory) throws Exception {
    List<String> unit = Files.readAllLines(deployment.resolve("systemd/quorate@.service"));
    String command = valueOf(unit, "ExecStart");
    assertThat(command).startsWith("/usr/bin/java ");
    Map<String, String> ports = new HashMap<>();
    List<Integer> free = Members.freePorts(6);
    List<Description> members = new ArrayList<>();
    for (String name : List.of("one", "two", "three")) {
      assertThat(valueOf(unit, "EnvironmentFile")).isEqualTo("/etc/quorate/%i.env");
      Map<String, String> environment = new LinkedHashMap<>();
      for (String line : Files.readAllLines(deployment.resolve("systemd/" + name + ".env"))) {
        if (!line.startsWith("#")) {
          String[] parts = line.split("=", 2);
          environment.put(parts[0], onFreePorts(parts[1], ports, free));
        }
      }
      String arguments =
          command
              .substring(command.indexOf("-jar ") + "-jar /opt/quorate/quorate.jar".length())
              .replace("/var/lib/quorate", directory.toString())
              .replace("%i", name);
      members.add(
          new Description(
              jvmFlags(List.of(command.split(" "))),
              List.of(arguments.strip().split(" ")),
              environment,
              URI.create(environment.getOrDefault("QUORATE_ADVERTISE_CLIENT_URLS", ""))));
    }
    assertThat(ports).hasSize(6);
    List<Integer> exits = clustered(members, directory, "/readyz");
    assertThat(exits).containsOnly(Integer.parseInt(valueOf(unit, "SuccessExitStatus")));
  }

  private static String valueOf(List<String> unit, String key) {
    return unit.stream()
        .filter(line -> line.startsWith(key + "="))
        .findFirst()
        .orElseThrow()
        .substring(key.length() + 1);
  }

  private static String onFreePorts(String text, Map<String, String> ports, List<Integer> free) {
    return Pattern.compile("(?<=:)\\d{4,5}\\b")
        .matcher(text)
        .replaceAll(
            port ->
                ports.computeIfAbsent(
                    port.group(), written -> String.valueOf(free.get(ports.size()))));
  }

  @Test
  void theStatefulSetStartsThreeMembersThatFindEachOtherByName(@TempDir Path directory)
      throws Exception {
    List<Map<?, ?>> documents = documents();
    Map<?, ?> set = ofKind(documents, "StatefulSet");
    Map<?, ?> headless =
        documents.stream()
            .filter(d -> at(d, "metadata", "name").equals(at(set, "spec", "serviceName")))
            .filter(d -> "Service".equals(d.get("kind")))
            .findFirst()
            .orElseThrow();
    assertThat(at(headless, "spec", "clusterIP")).isEqualTo("None");
    assertThat(at(headless, "spec", "publishNotReadyAddresses")).isEqualTo(true);
    assertThat(at(headless, "spec", "selector"))
        .isEqualTo(at(set, "spec", "template", "metadata", "labels"));
    assertThat(at(set, "spec", "replicas")).isEqualTo(3);
    Map<?, ?> container =
        (Map<?, ?>) ((List<?>) at(set, "spec", "template", "spec", "containers")).get(0);

    List<Integer> free = Members.freePorts(6);
    List<Description> members = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Map<String, String> environment = environment(container, "quorate-" + i);
      String ownClient = "localhost:" + free.get(i);
      for (Map.Entry<String, String> variable : environment.entrySet()) {
        String value = variable.getValue();
        for (int j = 0; j < 3; j++) {
          value =
              value
                  .replace("quorate-" + j + ".quorate:2380", "localhost:" + free.get(3 + j))
                  .replace("quorate-" + j + ".quorate:2379", "localhost:" + free.get(j));
        }
        variable.setValue(
            value
                .replace("0.0.0.0:2379", "127.0.0.1:" + free.get(i))
                .replace("0.0.0.0:2380", "127.0.0.1:" + free.get(3 + i))
                .replace("/data/", directory.resolve("data-" + i) + "/"));
      }
      members.add(
          new Description(
              jvmFlags(entryPoint()), List.of(), environment, URI.create("http://" + ownClient)));
    }
    String ready = (String) at(container, "readinessProbe", "httpGet", "path");
    List<Integer> exits = clustered(members, directory, ready);
    assertThat(exits).hasSize(3);
    assertThat(at(container, "livenessProbe", "httpGet", "path")).isEqualTo("/livez");
  }

  private List<String> entryPoint() throws IOException {
    List<String> image = Files.readAllLines(deployment.resolve("kubernetes/Dockerfile"));
    assertThat(image).contains("ENV LC_ALL=C.UTF-8");
    String command =
        image.stream().filter(line -> line.startsWith("ENTRYPOINT ")).findFirst().orElseThrow();
    List<String> parts = new ArrayList<>();
    for (Object part : new JsonArray(command.substring("ENTRYPOINT ".length()))) {
      parts.add((String) part);
    }
    return parts;
  }

  private List<Map<?, ?>> documents() throws IOException {
    String text = Files.readString(deployment.resolve("kubernetes/quorate.yaml"));
    return StreamSupport.stream(
            new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(text).spliterator(), false)
        .<Map<?, ?>>map(document -> (Map<?, ?>) document)
        .toList();
  }

  private static Map<?, ?> ofKind(List<Map<?, ?>> documents, String kind) {
    return documents.stream().filter(d -> kind.equals(d.get("kind"))).findFirst().orElseThrow();
  }

  private static Object at(Map<?, ?> document, String... path) {
    Object value = document;
    for (String key : path) {
      Object next = value instanceof Map<?, ?> map ? map.get(key) : null;
      if (next == null) {
        throw new AssertionError("there is no " + key + " of " + List.of(path));
      }
      value = next;
    }
    return value;
  }

  /** As Kubernetes makes it: in order, with references to what was before. */
  private static Map<String, String> environment(Map<?, ?> container, String pod) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (Object entry : (List<?>) at(container, "env")) {
      Map<?, ?> variable = (Map<?, ?>) entry;
      String name = (String) at(variable, "name");
      if (variable.containsKey("valueFrom")) {
        assertThat(at(variable, "valueFrom", "fieldRef", "fieldPath")).isEqualTo("metadata.name");
        environment.put(name, pod);
      } else {
        String value = (String) at(variable, "value");
        for (Map.Entry<String, String> before : environment.entrySet()) {
          value = value.replace("$(" + before.getKey() + ")", before.getValue());
        }
        environment.put(name, value);
      }
    }
    return environment;
  }

  /** Runs them until all answer {@code path}, then tells them to end; gives their exit codes. */
  private static List<Integer> clustered(List<Description> members, Path directory, String path)
      throws Exception {
    List<Process> processes = new ArrayList<>();
    List<Integer> exits = new ArrayList<>();
    try {
      for (Description member : members) {
        List<String> command = new ArrayList<>(List.of(Members.java().toString()));
        command.addAll(member.jvm());
        command.addAll(List.of("-Xmx256m", "-jar", Members.jar().toString())); // three on one host
        command.addAll(member.flags());
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log-" + processes.size()).toFile());
        builder.environment().putAll(member.environment());
        processes.add(builder.start());
      }
      for (int i = 0; i < members.size(); i++) {
        awaitOk(members.get(i).client().resolve(path), processes.get(i), directory, i);
      }
    } finally {
      processes.forEach(Process::destroy);
      for (Process process : processes) {
        if (process.waitFor(20, TimeUnit.SECONDS)) {
          exits.add(process.exitValue());
        } else {
          process.destroyForcibly();
        }
      }
    }
    return exits;
  }

  private static void awaitOk(URI uri, Process process, Path directory, int number)
      throws Exception {
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build();
    HttpClient client = HttpClient.newHttpClient();
    long begin = System.nanoTime();
    while (true) {
      try {
        if (client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
          return;
        }
      } catch (IOException e) {
        // it does not listen yet; whether it ever will is asked below
      }
      boolean ended = process.waitFor(50, TimeUnit.MILLISECONDS);
      String log = Files.readString(directory.resolve("log-" + number));
      assertThat(ended).as("it ended; it said:%n%s", log).isFalse();
      assertThat(System.nanoTime() - begin)
          .as("%s answers in time; it said:%n%s", uri, log)
          .isLessThan(PATIENCE.toNanos());
    }
  }
}
