package io.quorate.vertx.discovery;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.client.remote.ClientConnection;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.servicediscovery.Record;
import io.vertx.servicediscovery.spi.ServiceDiscoveryBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stores records as JSON, one for each key, and reads them from the store each time. Reads are
 * linearizable. Any thread; handlers are called on the caller's context.
 */
final class RecordBackend implements ServiceDiscoveryBackend {
  private static final Logger LOG = Logger.getLogger(RecordBackend.class);
  private static final String NO_ID = "No registration id in the record";

  private @Nullable Opened opened;

  /**
   * @param publications those of this process; null if records outlive it
   */
  private record Opened(
      BackendSettings settings, QuorateClient client, @Nullable Publications publications) {}

  @Override
  public void init(Vertx vertx, JsonObject config) {
    BackendSettings settings = BackendSettings.read(config);
    ContextInternal owner = (ContextInternal) vertx.getOrCreateContext();
    ContextInternal home = ((VertxInternal) vertx).createEventLoopContext();
    // Not the owner's context: when a verticle is undeployed, Vert.x closes the clients of its
    // context, before the records could be removed.
    ClientConnection connection;
    ContextInternal before = home.beginDispatch();
    try {
      connection = ClientConnection.of(vertx, settings.connection());
    } finally {
      home.endDispatch(before);
    }
    QuorateClient client = connection.client();
    Publications publications =
        settings.ephemeral() ? new Publications(home, client, settings) : null;
    opened = new Opened(settings, client, publications);
    owner.addCloseHook(
        closed -> {
          Future<Void> gone =
              publications == null ? Future.succeededFuture() : publications.close();
          gone.eventually(connection::close).onComplete(closed);
        });
  }

  private Opened opened() {
    return Objects.requireNonNull(opened, "the backend has not been initialized");
  }

  private static Bytes json(Record record) {
    return Bytes.of(record.toJson().toBuffer().getBytes());
  }

  private static Record record(KeyValue pair) {
    try {
      return new Record(new JsonObject(Buffer.buffer(pair.value().array())));
    } catch (DecodeException | IllegalArgumentException e) {
      throw new IllegalStateException("key '" + pair.key() + "' holds no record", e);
    }
  }

  @Override
  public void store(Record record, Handler<AsyncResult<Record>> resultHandler) {
    if (record.getRegistration() != null) {
      throw new IllegalArgumentException("The record has already been registered");
    }
    Opened o = opened();
    String id = UUID.randomUUID().toString();
    Bytes value = json(new Record(record).setRegistration(id));
    Publications publications = o.publications();
    Future<Void> stored =
        publications != null
            ? publications.publish(id, value)
            : o.client().put(Bytes.utf8(o.settings().key(id)), value).mapEmpty();
    stored.map(v -> record.setRegistration(id)).onComplete(resultHandler);
  }

  @Override
  public void remove(Record record, Handler<AsyncResult<Record>> resultHandler) {
    remove(Objects.requireNonNull(record.getRegistration(), NO_ID), resultHandler);
  }

  @Override
  public void remove(String uuid, Handler<AsyncResult<Record>> resultHandler) {
    Objects.requireNonNull(uuid, NO_ID);
    Opened o = opened();
    KeyRange key = KeyRange.single(Bytes.utf8(o.settings().key(uuid)));
    Supplier<Future<Result.Deleted>> deletion =
        () -> o.client().store().delete(new Command.DeleteRange(key, true));
    Publications publications = o.publications();
    (publications == null ? deletion.get() : publications.remove(uuid, deletion))
        .compose(
            deleted ->
                deleted.prevKvs().isEmpty()
                    ? RecordBackend.<Record>notFound(uuid)
                    : Future.succeededFuture(record(deleted.prevKvs().get(0))))
        .onComplete(resultHandler);
  }

  private static <T> Future<T> notFound(String id) {
    return Future.failedFuture("Record '" + id + "' not found");
  }

  @Override
  public void update(Record record, Handler<AsyncResult<Void>> resultHandler) {
    String id = Objects.requireNonNull(record.getRegistration(), NO_ID);
    Publications publications = opened().publications();
    Bytes value = json(record);
    updated(id, value)
        .compose(
            done -> {
              if (done || publications == null) {
                return Future.succeededFuture(done);
              }
              return publications.restored(id).compose(v -> updated(id, value));
            })
        .compose(done -> done ? Future.<Void>succeededFuture() : RecordBackend.<Void>notFound(id))
        .onComplete(resultHandler);
  }

  /** Completes with true if the record existed. It keeps its publisher's lease. */
  private Future<Boolean> updated(String id, Bytes value) {
    Opened o = opened();
    Bytes key = Bytes.utf8(o.settings().key(id));
    return o.client()
        .txn()
        .when(Compares.createRevision(key).isGreaterThan(0))
        .then(Command.Put.of(key, value).keepingLease())
        .commit()
        .map(
            done -> {
              Publications publications = o.publications();
              if (done.succeeded() && publications != null) {
                publications.changed(id, value, done.revision());
              }
              return done.succeeded();
            });
  }

  @Override
  public void getRecords(Handler<AsyncResult<List<Record>>> resultHandler) {
    Opened o = opened();
    o.client()
        .getPrefix(o.settings().prefix())
        .map(RecordBackend::records)
        .onComplete(resultHandler);
  }

  /** Skips values that are not records, so that they do not hide the others. */
  private static List<Record> records(List<KeyValue> pairs) {
    List<Record> records = new ArrayList<>();
    for (KeyValue pair : pairs) {
      try {
        records.add(record(pair));
      } catch (IllegalStateException e) {
        LOG.warn("left out: {}", e.getMessage());
      }
    }
    return records;
  }

  @Override
  public void getRecord(String uuid, Handler<AsyncResult<Record>> resultHandler) {
    Opened o = opened();
    o.client()
        .get(o.settings().key(uuid))
        .map(pair -> pair.map(RecordBackend::record).orElse(null))
        .onComplete(resultHandler);
  }
}
