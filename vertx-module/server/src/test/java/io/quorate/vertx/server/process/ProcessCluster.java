package io.quorate.vertx.server.process;

import io.quorate.vertx.client.proto.rpc.StatusResponse;
import io.quorate.vertx.testing.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Members as processes on unused loopback ports, in a temporary folder.
 *
 * <p>Logs are kept in {@code target/process-logs}, one file for each member; everything else is
 * deleted by {@link #close()}. Only processes that were started here are ended. Used on the test's
 * thread.
 */
public final class ProcessCluster implements AutoCloseable {
  private static final CopyOnWriteArrayList<ProcessCluster> MADE = new CopyOnWriteArrayList<>();
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final Set<Integer> PORTS_GIVEN = new HashSet<>();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(ProcessCluster::killAll));
  }

  private final Path directory;
  private final Path logs;
  private final List<MemberProcess> members = new ArrayList<>();
  private final List<Runnable> beforeDelete = new ArrayList<>();
  private boolean closed;

  private ProcessCluster(String title) {
    try {
      directory = Files.createTempDirectory("quorate-" + title);
      logs = Path.of("target", "process-logs", title + "-" + COUNT.incrementAndGet());
      Files.createDirectories(logs);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    MADE.add(this);
  }

  /** Members that have not been started, each with {@code flags}. */
  public static ProcessCluster prepare(String title, int size, String... flags) {
    return prepare(title, size, member -> {}, flags);
  }

  /** Like {@link #prepare}, for members that use TLS with these {@code flags}. */
  static ProcessCluster prepareEncrypted(String title, int size, String... flags) {
    return prepare(title, size, MemberProcess::encrypt, flags);
  }

  private static ProcessCluster prepare(
      String title, int size, Consumer<MemberProcess> change, String... flags) {
    ProcessCluster cluster = new ProcessCluster(title);
    for (int i = 1; i <= size; i++) {
      change.accept(cluster.addMember("m" + i));
    }
    List<String> all = new ArrayList<>(List.of(flags));
    all.add("--initial-cluster=" + cluster.initialCluster());
    cluster.members.forEach(member -> member.setFlags(all));
    return cluster;
  }

  /** Starts members and waits until they serve and have the same leader. */
  public static ProcessCluster start(String title, int size, String... flags) {
    ProcessCluster cluster = prepare(title, size, flags);
    try {
      cluster.startAll();
    } catch (RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
    return cluster;
  }

  /** Starts all members that do not run, and waits until they serve and have the same leader. */
  public void startAll() {
    for (MemberProcess member : members) {
      if (!member.isAlive()) {
        member.start();
      }
    }
    members.forEach(MemberProcess::awaitReady);
    MemberProcess unused = awaitLeader();
  }

  /** A further member, which the others do not know yet. */
  MemberProcess addMember(String name) {
    MemberProcess member =
        new MemberProcess(name, directory, logs.resolve(name + ".log"), freePort(), freePort());
    members.add(member);
    return member;
  }

  public String initialCluster() {
    return members.stream()
        .map(member -> member.name() + "=" + member.advertisedPeerUrl())
        .collect(Collectors.joining(","));
  }

  String endpoints() {
    return members.stream()
        .map(member -> "127.0.0.1:" + member.clientPort())
        .collect(Collectors.joining(","));
  }

  /** Adds an action to be run after all processes have ended and before the folder is deleted. */
  public void beforeDelete(Runnable undo) {
    beforeDelete.add(undo);
  }

  /** The directory of the log files, one for each member. */
  public Path logs() {
    return logs;
  }

  Path directory() {
    return directory;
  }

  public List<MemberProcess> members() {
    return List.copyOf(members);
  }

  public MemberProcess member(int index) {
    return members.get(index);
  }

  public List<MemberProcess> others(MemberProcess one) {
    return members.stream().filter(member -> member != one).toList();
  }

  /** The leader, once all running members report the same one. */
  public MemberProcess awaitLeader() {
    return awaitLeader(members.stream().filter(MemberProcess::isAlive).toList());
  }

  /** The leader among {@code asked}, once all of them report the same one. */
  public static MemberProcess awaitLeader(List<MemberProcess> asked) {
    return Await.until("a leader all agree on", () -> leaderOf(asked));
  }

  private static @Nullable MemberProcess leaderOf(List<MemberProcess> asked) {
    Set<Long> leaders = new HashSet<>();
    MemberProcess leader = null;
    for (MemberProcess member : asked) {
      StatusResponse status = member.client().status();
      leaders.add(status.getLeader());
      if (status.getLeader() == status.getHeader().getMemberId()) {
        leader = member;
      }
    }
    return leaders.size() == 1 ? leader : null;
  }

  /** A port below the range from which systems choose the local ports of outgoing connections. */
  private static synchronized int freePort() {
    Random random = new Random();
    while (true) {
      int port = 15_000 + random.nextInt(17_000);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        if (PORTS_GIVEN.add(port)) {
          return port;
        }
      } catch (IOException e) {
        continue; // in use
      }
    }
  }

  /** The last lines of all members of the clusters created since {@link #forget()}. */
  static String tails() {
    StringBuilder text = new StringBuilder();
    for (ProcessCluster cluster : MADE) {
      for (MemberProcess member : cluster.members) {
        text.append("---- ").append(cluster.logs).append(' ').append(member.name()).append('\n');
        if (member.hasStarted()) {
          member.log().tail(25).forEach(line -> text.append(line).append('\n'));
        }
      }
    }
    return text.toString();
  }

  /** Forgets the clusters that are closed. */
  public static void forget() {
    MADE.removeIf(cluster -> cluster.closed);
  }

  private static void killAll() {
    for (ProcessCluster cluster : MADE) {
      for (MemberProcess member : cluster.members) {
        if (member.isAlive()) {
          member.process().destroyForcibly();
        }
      }
    }
  }

  @Override
  public void close() {
    members.forEach(MemberProcess::end);
    beforeDelete.forEach(Runnable::run);
    delete(directory);
    closed = true;
  }

  public static void delete(Path path) {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
