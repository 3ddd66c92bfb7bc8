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
 * The backend of {@code vertx-service-discovery} for {@code "backend-name": "quorate"}, found on
 * the class path.
 *
 * <p>Without a name, {@code vertx-service-discovery} uses the first backend it finds, which may be
 * this one. It then delegates to the backend that would be used if this artifact were not on the
 * class path. Any thread.
 */
public final class QuorateServiceDiscoveryBackend implements ServiceDiscoveryBackend {
  /** The value of {@code backend-name}. */
  public static final String NAME = "quorate";

  private @Nullable ServiceDiscoveryBackend chosen;

  /**
   * Opens nothing: {@code vertx-service-discovery} creates an instance in its search for any
   * backend.
   */
  public QuorateServiceDiscoveryBackend() {}

  @Override
  public String name() {
    return NAME;
  }

  /**
   * @throws IllegalArgumentException naming an option that is unknown or invalid
   */
  @Override
  public void init(Vertx vertx, JsonObject config) {
    ServiceDiscoveryBackend backend =
        NAME.equals(config.getString("backend-name")) ? new RecordBackend() : other();
    backend.init(vertx, config);
    chosen = backend;
  }

  /** Searches in the same way as {@code vertx-service-discovery}. */
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
