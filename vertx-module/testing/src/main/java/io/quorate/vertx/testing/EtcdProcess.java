package io.quorate.vertx.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An etcd process: a cluster of one member on loopback. */
public final class EtcdProcess implements AutoCloseable {
  private static final Path ETCD = Path.of("/usr/bin/etcd");

  private final URI clientUrl;
  private final Process process;

  /**
   * @param scheme of the client URL
   * @param flags in addition to those for the URLs
   */
  public EtcdProcess(Path directory, String scheme, List<String> flags) throws IOException {
    if (!Files.isExecutable(ETCD)) {
      throw new AssertionError("there is no " + ETCD + "; install Debian's package etcd-server");
    }
    clientUrl = URI.create(scheme + "://127.0.0.1:" + Loopback.freePort());
    URI peerUrl = Loopback.url(Loopback.freePort());
    List<String> command =
        new ArrayList<>(
            List.of(
                ETCD.toString(),
                "--name=one",
                "--data-dir=" + directory.resolve("data"),
                "--listen-client-urls=" + clientUrl,
                "--advertise-client-urls=" + clientUrl,
                "--listen-peer-urls=" + peerUrl,
                "--initial-advertise-peer-urls=" + peerUrl,
                "--initial-cluster=one=" + peerUrl,
                "--heartbeat-interval=20",
                "--election-timeout=200"));
    command.addAll(flags);
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
  }

  public URI clientUrl() {
    return clientUrl;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        throw new AssertionError("etcd did not end");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
