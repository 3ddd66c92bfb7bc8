package io.quorate.vertx.server.process;

import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Lines;
import io.quorate.vertx.testing.Signals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One member of a {@link ProcessCluster} across its restarts. Used on the test's thread. */
public final class MemberProcess {
  static final String READY = "ready to serve client requests";

  private final String name;
  private final Path directory;
  private final Path logFile;
  private final int clientPort;
  private final int peerPort;
  private List<String> flags = List.of();
  private List<String> jvmFlags = List.of();
  private String scheme = "http";
  private String advertisedPeerUrl;
  private @Nullable Process process;
  private Path jar = Jar.own();
  private @Nullable Lines log;
  private @Nullable Client client;

  MemberProcess(String name, Path directory, Path logFile, int clientPort, int peerPort) {
    this.name = name;
    this.directory = directory;
    this.logFile = logFile;
    this.clientPort = clientPort;
    this.peerPort = peerPort;
    this.advertisedPeerUrl = "http://127.0.0.1:" + peerPort;
  }

  public String name() {
    return name;
  }

  public Path dataDir() {
    return directory.resolve(name);
  }

  public int clientPort() {
    return clientPort;
  }

  public int peerPort() {
    return peerPort;
  }

  String clientUrl() {
    return scheme + "://127.0.0.1:" + clientPort;
  }

  String peerUrl() {
    return scheme + "://127.0.0.1:" + peerPort;
  }

  /** Uses TLS for clients and peers; {@link #client} cannot be used then. */
  void encrypt() {
    scheme = "https";
    advertisedPeerUrl = peerUrl();
  }

  /** Sets the peer URL that the others use, for example that of a proxy. */
  public void advertise(String peerUrl) {
    advertisedPeerUrl = peerUrl;
  }

  public String advertisedPeerUrl() {
    return advertisedPeerUrl;
  }

  /** Sets flags in addition to name, directory and addresses. */
  public void setFlags(List<String> flags) {
    this.flags = List.copyOf(flags);
  }

  /** Sets the release to run from the next start on. */
  void setJar(Path jar) {
    this.jar = jar;
  }

  /** Sets JVM flags in addition to the default ones. */
  void setJvmFlags(List<String> flags) {
    this.jvmFlags = List.copyOf(flags);
  }

  /** Starts the process; {@link #awaitReady()} waits until it is ready. */
  public void start() {
    start(List.of());
  }

  public void start(List<String> moreFlags) {
    if (isAlive()) {
      throw new IllegalStateException(name + " runs");
    }
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--name=" + name,
                "--data-dir=" + dataDir(),
                "--listen-client-urls=" + clientUrl(),
                "--advertise-client-urls=" + clientUrl(),
                "--listen-peer-urls=" + peerUrl(),
                "--initial-advertise-peer-urls=" + advertisedPeerUrl));
    arguments.addAll(flags);
    arguments.addAll(moreFlags);
    try {
      Files.createDirectories(directory.resolve("tmp"));
      Process started =
          new ProcessBuilder(Jar.command(jar, directory.resolve("tmp"), jvmFlags, arguments))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .start();
      process = started;
      log = Lines.of(started.getInputStream(), "log-" + name, logFile);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the log line of a ready member. */
  public void awaitReady() {
    if (log().find(line -> line.contains(READY), Await.LONG) == null) {
      throw new AssertionError(name + " ended instead of starting: " + log().tail(10));
    }
  }

  /** The output of the current or last process. */
  public Lines log() {
    return required(log);
  }

  Process process() {
    return required(process);
  }

  public boolean hasStarted() {
    return process != null;
  }

  public boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Sends SIGKILL and waits for the end. */
  public void kill() {
    process().destroyForcibly();
    int unused = awaitExit(Await.LONG);
  }

  /** Sends SIGTERM; returns the exit code. */
  public int terminate() {
    process().destroy();
    return awaitExit(Await.LONG);
  }

  /** Sends SIGSTOP: connections stay open, and nothing is sent. */
  public void pause() {
    Signals.pause(process());
  }

  public void resume() {
    Signals.resume(process());
  }

  public int awaitExit(Duration bound) {
    try {
      if (!process().waitFor(bound.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(name + " did not end within " + bound.toSeconds() + " s");
      }
      List<String> unused = log().whole();
      return process().exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A client of this member only; the same one across restarts. */
  public Client client() {
    if (client == null) {
      client = new Client(clientPort);
    }
    return client;
  }

  /** Ends the process, if it runs; the data is kept. */
  void end() {
    if (client != null) {
      client.close();
    }
    if (process != null) {
      kill();
    }
  }

  private static <T> T required(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("never started");
    }
    return value;
  }
}
