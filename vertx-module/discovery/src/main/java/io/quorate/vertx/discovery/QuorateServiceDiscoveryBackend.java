package io.quorate.vertx.discovery;

import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.servicediscovery.Record;
import io.vertx.servicediscovery.impl.DefaultServiceDiscoveryBackend;
import io.vertx.servicediscovery.spi.ServiceDiscoveryBackend;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Known to {@code vertx-service-discovery} by being on the class path, and Quorate's only for who
 * says {@code "backend-name": "quorate"}.
 *
 * <p>Without a name {@code vertx-service-discovery} takes the first backend it finds, which may be
 * this one. Then it stands aside: everything goes to the backend that would have been found if this
 * one were not there. Any thread.
 */
public final class QuorateServiceDiscoveryBackend implements ServiceDiscoveryBackend {
  /** For the {@code backend-name}. */
  public static final String NAME = "quorate";

  private @Nullable ServiceDiscoveryBackend chosen;

  /** Opens nothing: it is made for whoever looks for a backend of any name. */
  public QuorateServiceDiscoveryBackend() {}

  @Override
  public String name() {
    return NAME;
  }

  /**
   * @throws IllegalArgumentException naming what is unknown or cannot be right
   */
  @Override
  public void init(Vertx vertx, JsonObject config) {
    ServiceDiscoveryBackend backend =
        NAME.equals(config.getString("backend-name")) ? new RecordBackend() : other();
    backend.init(vertx, config);
    chosen = backend;
  }

  /** As {@code vertx-service-discovery} looks for it. */
  private static ServiceDiscoveryBackend other() {
    for (ServiceDiscoveryBackend backend : ServiceLoader.load(ServiceDiscoveryBackend.class)) {
      if (!(backend instanceof QuorateServiceDiscoveryBackend)) {
        return backend;
      }
    }
    return new DefaultServiceDiscoveryBackend();
  }

  private ServiceDiscoveryBackend chosen() {
    if (chosen == null) {
      throw new IllegalStateException("the backend has not been initialized");
    }
    return chosen;
  }

  @Override
  public void store(Record record, Handler<AsyncResult<Record>> resultHandler) {
    chosen().store(record, resultHandler);
  }

  @Override
  public void remove(Record record, Handler<AsyncResult<Record>> resultHandler) {
    chosen().remove(record, resultHandler);
  }

  @Override
  public void remove(String uuid, Handler<AsyncResult<Record>> resultHandler) {
    chosen().remove(uuid, resultHandler);
  }

  @Override
  public void update(Record record, Handler<AsyncResult<Void>> resultHandler) {
    chosen().update(record, resultHandler);
  }

  @Override
  public void getRecords(Handler<AsyncResult<List<Record>>> resultHandler) {
    chosen().getRecords(resultHandler);
  }

  @Override
  public void getRecord(String uuid, Handler<AsyncResult<Record>> resultHandler) {
    chosen().getRecord(uuid, resultHandler);
  }
}
