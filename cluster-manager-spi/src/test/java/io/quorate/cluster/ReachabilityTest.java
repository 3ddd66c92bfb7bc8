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

/** What the event bus hears of a node that it wants to connect to. */
class ReachabilityTest {
  private final Vertx vertx = Vertx.vertx();
  private final Ports ports = Ports.take();
  private Reachability reachability;
  private NodeInfo node;

  @BeforeEach
  void open() {
    node = new NodeInfo("127.0.0.1", ports.first(), null);
    reachability = new Reachability(new Home(vertx));
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
  void one_that_is_there_is_told() throws Exception {
    NetServer unused = server(node.port());
    assertThat(Store.await(asked())).isSameAs(node);
  }

  @Test
  void one_that_is_not_there_any_more_is_an_answer_without_a_stack() throws Exception {
    Throwable e = refusal();
    assertThat(e).isInstanceOf(VertxException.class).hasMessageContaining("where node n was");
    assertThat(e.getStackTrace()).isEmpty();
    assertThat(e.getCause()).isNull();
  }

  @Test
  void one_that_is_not_there_is_looked_for_four_times_a_second() throws Exception {
    assertThat(refusal()).isNotNull();
    long begin = System.nanoTime();
    for (int i = 0; i < 3; i++) {
      assertThat(refusal()).isNotNull();
    }
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)).isGreaterThan(3 * 240);
  }

  @Test
  void one_whose_connection_has_ended_is_looked_for_a_moment_later() throws Exception {
    NetServer unused = server(node.port());
    assertThat(Store.await(asked())).isSameAs(node);
    long begin = System.nanoTime();
    assertThat(Store.await(asked())).isSameAs(node);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)).isGreaterThan(240);
  }

  @Test
  void one_that_comes_back_is_told_again() throws Exception {
    assertThat(refusal()).isNotNull();
    NetServer unused = server(node.port());
    assertThat(Store.await(asked())).isSameAs(node);
  }

  @Test
  void after_the_end_nothing_is_looked_for() throws Exception {
    reachability.close();
    assertThat(Store.await(asked())).isSameAs(node);
  }
}
