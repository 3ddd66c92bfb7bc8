package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.quorate.command.Member;
import io.quorate.command.Result;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.QuorateStore;
import io.quorate.vertx.service.server.QuorateServicesBinder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A store behind the services that breaks its contract. */
class FaultsTest {
  private final Vertx vertx = Vertx.vertx();
  private final QuorateServices services = QuorateServices.of(vertx);
  private final Logger logger =
      (Logger) LoggerFactory.getLogger("io.quorate.vertx.service.server.ServerFailures");
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

  @BeforeEach
  void listen() {
    logged.start();
    logger.addAppender(logged);
    logger.setAdditive(false);
  }

  @AfterEach
  void close() {
    logger.setAdditive(true);
    logger.detachAppender(logged);
    Void unused = await(vertx.close());
  }

  /** Every request to the store has this result. */
  private void serve(Supplier<Future<?>> fault) {
    QuorateStore store =
        (QuorateStore)
            Proxy.newProxyInstance(
                QuorateStore.class.getClassLoader(),
                new Class<?>[] {QuorateStore.class},
                (proxy, method, arguments) -> fault.get());
    Object unused =
        await(
            QuorateServicesBinder.bind(
                QuorateClient.over(vertx, store), new QuorateServicesOptions()));
  }

  private void fails(String message, Future<?> request) {
    Failed.with(ServiceFailure.INTERNAL, message, request);
    assertThat(logged.list).hasSize(1);
    assertThat(logged.list.get(0).getLevel()).isEqualTo(Level.ERROR);
    assertThat(logged.list.get(0).getThrowableProxy().getMessage()).contains(message);
    logged.list.clear();
  }

  @Test
  void anExceptionIsAnsweredAsInternalAndLogged() {
    serve(
        () -> {
          throw new IllegalStateException("broken");
        });
    fails("broken", services.kv().get("k"));
    fails("broken", services.kv().put("k", "v"));
    fails("broken", services.leases().leases());
    fails("broken", services.elections().leader("office"));
    fails("broken", services.cluster().status());
    fails("broken", services.watches().watch(new WatchRequest().setKey("k").setAddress("a")));
  }

  @Test
  void anUnknownFailureIsAnsweredAsInternalAndLogged() {
    serve(() -> Future.failedFuture(new UnsupportedOperationException("not today")));
    fails("not today", services.kv().delete("k"));
    fails("not today", services.leases().grant(60));
    fails("not today", services.locks().unlock("k", 1));
    fails("not today", services.cluster().members());
  }

  @Test
  void anImpossibleResultIsAnsweredAsInternalAndLogged() {
    Member other = new Member(1, "one", List.of("http://h:1"), List.of(), false);
    serve(() -> Future.succeededFuture(new Result.Members(null, List.of(other))));
    MemberAddRequest request = new MemberAddRequest().setPeerUrls(List.of("http://h:2"));
    fails("a member was added but not told", services.cluster().memberAdd(request));
  }
}
