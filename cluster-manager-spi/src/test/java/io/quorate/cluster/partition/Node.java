package io.quorate.cluster.partition;

import io.quorate.cluster.QuorateClusterManager;
import io.quorate.cluster.options.QuorateClusterOptions;
import io.vertx.core.Completable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.Counter;
import io.vertx.core.shareddata.Lock;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.NodeListener;
import io.vertx.core.spi.cluster.RegistrationInfo;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A process with one clustered Vert.x. It executes the commands that it reads line by line, and
 * ends with its input; answers and events are printed as lines that begin with {@link #MARK}.
 */
final class Node {
  static final String MARK = "@";

  private final String name;
  private final Vertx vertx;
  private final ClusterManager manager;
  private final Map<String, Lock> locks = new ConcurrentHashMap<>();
  private final Map<String, BusTraffic> traffic = new ConcurrentHashMap<>();
  private final Map<String, Function<JsonObject, Future<?>>> commands =
      Map.ofEntries(
          Map.entry("consume", this::consume),
          Map.entry("request", this::request),
          Map.entry("beginTraffic", this::beginTraffic),
          Map.entry("endTraffic", this::endTraffic),
          Map.entry("lock", this::lock),
          Map.entry("unlock", this::unlock),
          Map.entry("increment", this::increment),
          Map.entry("put", this::put),
          Map.entry("get", this::get),
          Map.entry("nodes", this::nodes),
          Map.entry("active", this::active),
          Map.entry("registrations", this::registrations),
          Map.entry("haEntries", this::haEntries),
          Map.entry("running", this::running),
          Map.entry("deploy", this::deploy));

  private Node(String name, Vertx vertx, ClusterManager manager) {
    this.name = name;
    this.vertx = vertx;
    this.manager = manager;
  }

  /** A clock that all processes of this machine share. */
  static long now() {
    return System.currentTimeMillis();
  }

  static void tell(JsonObject line) {
    String text = MARK + line.put("at", now()).encode();
    synchronized (System.out) {
      System.out.println(text);
    }
  }

  /**
   * @param args as JSON: {@code name}, {@code cluster} for the manager's options, {@code bus} for
   *     those of the event bus, {@code quorum} for high availability
   */
  public static void main(String[] args) throws IOException {
    JsonObject how = new JsonObject(args[0]);
    VertxOptions options =
        new VertxOptions()
            .setHAEnabled(true)
            .setQuorumSize(how.getInteger("quorum"))
            .setEventLoopPoolSize(2)
            .setWorkerPoolSize(4);
    JsonObject bus = how.getJsonObject("bus");
    options
        .getEventBusOptions()
        .setPort(bus.getInteger("port"))
        .setClusterPublicPort(bus.getInteger("publicPort"));
    ClusterManager manager =
        heard(new QuorateClusterManager(new QuorateClusterOptions(how.getJsonObject("cluster"))));
    Vertx vertx;
    try {
      vertx =
          Vertx.builder()
              .with(options)
              .withClusterManager(manager)
              .buildClustered()
              .await(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      tell(new JsonObject().put("event", "refused").put("why", String.valueOf(e.getMessage())));
      return;
    }
    new Node(how.getString("name"), vertx, manager).run();
  }

  /** The manager, with a node listener that also prints each event. */
  private static ClusterManager heard(ClusterManager manager) {
    return (ClusterManager)
        Proxy.newProxyInstance(
            Node.class.getClassLoader(),
            new Class<?>[] {ClusterManager.class},
            (self, method, arguments) -> {
              Object[] passed = arguments;
              if (method.getName().equals("nodeListener") && arguments[0] != null) {
                passed = new Object[] {heard(manager, (NodeListener) arguments[0])};
              }
              try {
                return method.invoke(manager, passed);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static NodeListener heard(ClusterManager manager, NodeListener listener) {
    return new NodeListener() {
      @Override
      public void nodeAdded(String nodeId) {
        List<String> nodes = manager.getNodes();
        listener.nodeAdded(nodeId);
        onComplete("added", nodeId, nodes);
      }

      @Override
      public void nodeLeft(String nodeId) {
        List<String> nodes = manager.getNodes();
        listener.nodeLeft(nodeId);
        onComplete("left", nodeId, nodes);
      }

      private void onComplete(String what, String nodeId, List<String> nodes) {
        tell(
            new JsonObject()
                .put("event", "node")
                .put("what", what + " " + nodeId + " " + nodes)
                .put("id", nodeId));
      }
    };
  }

  private void run() throws IOException {
    tell(new JsonObject().put("event", "joined").put("id", manager.getNodeId()));
    Thread sampler = new Thread(this::sample, "sampler");
    sampler.setDaemon(true);
    sampler.start();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line = in.readLine();
    while (line != null && !line.equals("close")) {
      JsonObject question = new JsonObject(line);
      answer(
          question,
          commands
              .getOrDefault(question.getString("do"), q -> Future.failedFuture("no such"))
              .apply(question));
      line = in.readLine();
    }
    long begun = now();
    String problem = "";
    try {
      Void unused = vertx.close().await(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      problem = e.toString();
    }
    tell(
        new JsonObject()
            .put("event", "closed")
            .put("millis", now() - begun)
            .put("problem", problem));
    // now the process must end, since no thread of Quorate keeps it running
  }

  private static void answer(JsonObject question, Future<?> done) {
    long begun = now();
    done.onComplete(
        (value, failure) -> {
          JsonObject answer =
              new JsonObject()
                  .put("answer", question.getInteger("id"))
                  .put("millis", now() - begun);
          tell(
              failure == null
                  ? answer.put("value", value)
                  : answer.put("failure", String.valueOf(failure.getMessage())));
        });
  }

  /** Prints each change of whether this node is active, and when it was last active before. */
  private void sample() {
    boolean was = false;
    long lastActive = 0;
    while (!Thread.currentThread().isInterrupted()) {
      long before = now();
      boolean is = manager.isActive();
      if (is != was) {
        tell(
            new JsonObject().put("event", "active").put("value", is).put("lastActive", lastActive));
        was = is;
      }
      if (is) {
        lastActive = before;
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  // ---- commands

  /** Answers with this node's name. */
  private Future<?> consume(JsonObject question) {
    return vertx
        .eventBus()
        .consumer(question.getString("address"), message -> message.reply(name))
        .completion();
  }

  private Future<?> request(JsonObject question) {
    return vertx
        .eventBus()
        .request(
            question.getString("address"),
            "?",
            new DeliveryOptions().setSendTimeout(question.getLong("timeout")))
        .map(reply -> reply.body());
  }

  private Future<?> beginTraffic(JsonObject question) {
    String address = question.getString("address");
    traffic.put(address, new BusTraffic(vertx, address));
    return Future.succeededFuture();
  }

  private Future<?> endTraffic(JsonObject question) {
    BusTraffic ended = traffic.remove(question.getString("address"));
    return ended == null ? Future.failedFuture("there is none") : ended.end();
  }

  private Future<?> lock(JsonObject question) {
    String lock = question.getString("name");
    return vertx
        .sharedData()
        .getLockWithTimeout(lock, question.getLong("timeout"))
        .map(
            held -> {
              locks.put(lock, held);
              return now();
            });
  }

  private Future<?> unlock(JsonObject question) {
    Lock held = locks.remove(question.getString("name"));
    if (held == null) {
      return Future.failedFuture("not locked");
    }
    held.release();
    return Future.succeededFuture();
  }

  private Future<?> increment(JsonObject question) {
    return vertx
        .sharedData()
        .getCounter(question.getString("name"))
        .compose(Counter::incrementAndGet);
  }

  private Future<?> put(JsonObject question) {
    return vertx
        .sharedData()
        .<String, String>getAsyncMap("map")
        .compose(map -> map.put(question.getString("key"), question.getString("value")));
  }

  private Future<?> get(JsonObject question) {
    return vertx
        .sharedData()
        .<String, String>getAsyncMap("map")
        .compose(map -> map.get(question.getString("key")));
  }

  private Future<?> nodes(JsonObject question) {
    return Future.succeededFuture(new JsonArray(manager.getNodes()));
  }

  private Future<?> active(JsonObject question) {
    return Future.succeededFuture(manager.isActive());
  }

  /** Ids of the nodes that listen, once for each registration. */
  private Future<?> registrations(JsonObject question) {
    Promise<List<RegistrationInfo>> found = Promise.promise();
    manager.getRegistrations(
        question.getString("address"), (Completable<List<RegistrationInfo>>) found);
    return found
        .future()
        .map(all -> new JsonArray(all.stream().map(RegistrationInfo::nodeId).sorted().toList()));
  }

  /** Ids of the nodes that high availability knows. */
  private Future<?> haEntries(JsonObject question) {
    return vertx.executeBlocking(
        () -> {
          Map<String, @Nullable Object> map = manager.getSyncMap("__vertx.haInfo");
          return new JsonArray(map.keySet().stream().sorted().toList());
        });
  }

  /** Names of the verticles that run here. */
  private Future<?> running(JsonObject question) {
    return Future.succeededFuture(new JsonArray(List.copyOf(HaVerticle.RUNNING)));
  }

  private Future<?> deploy(JsonObject question) {
    return vertx.deployVerticle(
        "java:" + HaVerticle.class.getName(),
        new DeploymentOptions()
            .setHa(true)
            .setConfig(new JsonObject().put("name", question.getString("name"))));
  }
}
