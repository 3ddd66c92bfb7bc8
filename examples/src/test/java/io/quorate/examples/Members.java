package io.quorate.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The members of one cluster on free ports of this host, each a process of its own. */
final class Members implements AutoCloseable {
  private static final int START_SECONDS = 60;
  private static final int STOP_SECONDS = 20;

  private final List<Process> processes = new ArrayList<>();
  private final List<String> endpoints = new ArrayList<>();

  private Members() {}

  /** Completes once every member serves clients; a leader may still be missing. */
  static Members start(Path directory, int count) throws Exception {
    List<Integer> ports = freePorts(2 * count);
    String cluster =
        IntStream.range(0, count)
            .mapToObj(i -> "m" + i + "=" + url(ports.get(count + i)))
            .collect(Collectors.joining(","));
    Members members = new Members();
    try {
      List<CompletableFuture<Void>> ready = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String client = url(ports.get(i));
        String peer = url(ports.get(count + i));
        ready.add(
            members.launch(
                directory,
                List.of(
                    "--name=m" + i,
                    "--data-dir=" + directory.resolve("m" + i),
                    "--listen-client-urls=" + client,
                    "--advertise-client-urls=" + client,
                    "--listen-peer-urls=" + peer,
                    "--initial-advertise-peer-urls=" + peer,
                    "--initial-cluster=" + cluster)));
        members.endpoints.add(client);
      }
      for (CompletableFuture<Void> each : ready) {
        each.get(START_SECONDS, TimeUnit.SECONDS);
      }
      return members;
    } catch (Exception | Error e) {
      members.close();
      throw e;
    }
  }

  List<String> endpoints() {
    return List.copyOf(endpoints);
  }

  static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  static Path jar() {
    return Path.of(System.getProperty("quorate.jar")).toAbsolutePath().normalize();
  }

  private static String url(int port) {
    return "http://127.0.0.1:" + port;
  }

  /** All are held until the last is found, so that they differ. */
  static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  /** Below those that systems give out by themselves. */
  static int firstOfFreePorts(int count) {
    for (int tried = 0; tried < 100; tried++) {
      int first = ThreadLocalRandom.current().nextInt(10_000, 30_000);
      if (IntStream.range(first, first + count).allMatch(Members::isFree)) {
        return first;
      }
    }
    throw new IllegalStateException("no " + count + " free ports in a row");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  private CompletableFuture<Void> launch(Path directory, List<String> flags) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                java().toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar().toString()));
    command.addAll(flags);
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    processes.add(process);
    CompletableFuture<Void> ready = new CompletableFuture<>();
    Thread reader = new Thread(() -> read(process, ready), "output of " + flags.get(0));
    reader.setDaemon(true);
    reader.start();
    return ready;
  }

  /** Reads to the end, or the process would block on a full pipe. */
  private static void read(Process process, CompletableFuture<Void> ready) {
    ConcurrentLinkedQueue<String> output = new ConcurrentLinkedQueue<>();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = lines.readLine()) != null) {
        if (!ready.isDone()) {
          output.add(line);
        }
        if (line.contains("ready to serve client requests")) {
          ready.complete(null);
        }
      }
      ready.completeExceptionally(
          new IllegalStateException("it ended; it said:\n" + String.join("\n", output)));
    } catch (IOException e) {
      ready.completeExceptionally(new UncheckedIOException(e));
    }
  }

  @Override
  public void close() throws InterruptedException {
    processes.forEach(Process::destroy);
    for (Process process : processes) {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
  }
}
