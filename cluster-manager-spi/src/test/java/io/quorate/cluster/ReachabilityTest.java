package io.quorate.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.net.NetServer;
import io.vertx.core.spi.cluster.NodeInfo;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the event bus gets for a node to which it wants to connect. */
class ReachabilityTest {
  private final Vertx vertx = Vertx.vertx();
  private final ReservedPorts ports = ReservedPorts.take();
  private Reachability reachability;
  private NodeInfo node;

  @BeforeEach
  void open() {
    node = new NodeInfo("127.0.0.1", ports.first(), null);
    reachability = new Reachability(new ManagerContext(vertx));
  }

  @AfterEach
  void close() throws Exception {
    reachability.close();
    Store.await(vertx.close());
    ports.close();
  }

  private NetServer server(int port) throws Exception {
    return Store.await(
        vertx.createNetServer().connectHandler(socket -> {}).listen(port, "127.0.0.1"));
  }

  private Future<NodeInfo> asked() {
    Promise<NodeInfo> answer = Promise.promise();
    reachability.before("n", answer).succeed(node);
    return answer.future();
  }

  private Throwable refusal() throws Exception {
    return Store.await(asked().transform(done -> Future.succeededFuture(done.cause())));
  }

  @Test
  void a_reachable_node_is_answered() throws Exception {
    NetServer unused = server(node.port());
    assertThat(Store.await(asked())).isSameAs(node);
  }

  @Test
  void an_unreachable_node_fails_without_a_stack_trace() throws Exception {
    Throwable e = refusal();
    assertThat(e)
        .isInstanceOf(VertxException.class)
        .hasMessageContaining("node n cannot be reached");
    assertThat(e.getStackTrace()).isEmpty();
    assertThat(e.getCause()).isNull();
  }

  @Test
  void an_unreachable_node_is_tested_four_times_a_second() throws Exception {
    assertThat(refusal()).isNotNull();
    long begin = System.nanoTime();
    for (int i = 0; i < 3; i++) {
      assertThat(refusal()).isNotNull();
    }
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)).isGreaterThan(3 * 240);
  }

  @Test
  void a_node_whose_connection_has_ended_is_tested_a_moment_later() throws Exception {
    NetServer unused = server(node.port());
    assertThat(Store.await(asked())).isSameAs(node);
    long begin = System.nanoTime();
    assertThat(Store.await(asked())).isSameAs(node);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)).isGreaterThan(240);
  }

  @Test
  void a_node_that_comes_back_is_answered_again() throws Exception {
    assertThat(refusal()).isNotNull();
    NetServer unused = server(node.port());
    assertThat(Store.await(asked())).isSameAs(node);
  }

  @Test
  void after_close_nothing_is_tested() throws Exception {
    reachability.close();
    assertThat(Store.await(asked())).isSameAs(node);
  }
}
