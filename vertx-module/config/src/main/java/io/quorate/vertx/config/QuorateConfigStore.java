package io.quorate.vertx.config;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.RangeCopy;
import io.quorate.vertx.client.log.Logger;
import io.quorate.vertx.client.remote.ClientConnection;
import io.vertx.config.spi.ConfigStore;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A configuration kept in memory and updated by a watch: {@code get} does not send a request. Any
 * thread; futures complete on the caller's context.
 *
 * <ol>
 *   <li>Before the first load, {@code get} waits for it, at most for the load time-out.
 *   <li>Invalid content never replaces a valid configuration: the previous one stays, and a warning
 *       is logged. If there was none before, {@code get} fails.
 *   <li>While the store cannot be reached, {@code get} returns the last content. After the store
 *       was closed, {@code get} fails.
 * </ol>
 */
public final class QuorateConfigStore implements ConfigStore {
  private static final Logger LOG = Logger.getLogger(QuorateConfigStore.class);

  private final ClientConnection connection;
  private final ConfigStoreSettings settings;
  private final Vertx vertx;
  private final Set<Promise<Buffer>> waiting = ConcurrentHashMap.newKeySet();
  private final RangeCopy copy;
  private volatile boolean closed;
  private volatile @Nullable Shown shown;
  private volatile @Nullable Throwable lastFailure;
  private volatile @Nullable Handler<Buffer> changes;

  /** The result of {@code get}: either content or failure. */
  private record Shown(@Nullable Buffer content, @Nullable Throwable failure) {}

  QuorateConfigStore(ClientConnection connection, ConfigStoreSettings settings) {
    this.connection = connection;
    this.settings = settings;
    this.vertx = connection.client().vertx();
    this.copy = RangeCopy.follow(connection.client(), settings.content().range(), new Following());
  }

  /**
   * A store for applications that do not use a {@code ConfigRetriever}.
   *
   * @param client the caller closes it
   * @param options those of a store of type {@code quorate}, without {@code connection}
   * @throws IllegalArgumentException naming an option that is unknown or invalid
   */
  public static QuorateConfigStore open(QuorateClient client, JsonObject options) {
    if (options.containsKey("connection")) {
      throw new IllegalArgumentException("connection: the client is given");
    }
    return new QuorateConfigStore(
        ClientConnection.given(client), ConfigStoreSettings.read(options));
  }

  /**
   * Sets a handler that gets the new content whenever it has changed, on a context of the store's
   * own. Call {@link #get} for the present content.
   */
  public QuorateConfigStore changes(@Nullable Handler<Buffer> handler) {
    changes = handler;
    return this;
  }

  @Override
  public Future<Buffer> get() {
    Promise<Buffer> answer = ((ContextInternal) vertx.getOrCreateContext()).promise();
    waiting.add(answer);
    if (shown != null) {
      answerAll();
    } else {
      long timer =
          vertx.setTimer(
              settings.loadTimeoutMillis(),
              id -> {
                waiting.remove(answer);
                answer.tryFail(late());
              });
      answer.future().onComplete(done -> vertx.cancelTimer(timer));
      if (shown != null) {
        answerAll();
      }
    }
    return answer.future();
  }

  private void answerAll() {
    for (Promise<Buffer> answer : waiting) {
      waiting.remove(answer);
      answer(answer);
    }
  }

  private void answer(Promise<Buffer> answer) {
    Shown now = shown;
    if (now != null && now.content() != null) {
      answer.tryComplete(now.content().copy());
    } else {
      answer.tryFail(now == null || now.failure() == null ? late() : now.failure());
    }
  }

  private Throwable late() {
    TimeoutException late =
        new TimeoutException(
            "configuration not loaded within " + settings.loadTimeoutMillis() + " ms");
    Throwable cause = lastFailure;
    return cause == null ? late : late.initCause(cause);
  }

  /**
   * Ends the watch, and closes the connection unless the client was given or shared. Completes in
   * bounded time.
   */
  @Override
  public Future<Void> close() {
    closed = true;
    show(null, new IllegalStateException("the configuration store is closed"));
    return copy.close().eventually(connection::close);
  }

  private synchronized void show(@Nullable Buffer content, @Nullable Throwable failure) {
    if (closed && content != null) {
      return;
    }
    shown = new Shown(content, failure);
    answerAll();
  }

  /** Called on the copy's context. */
  private final class Following implements RangeCopy.Listener {
    private String warned = "";

    @Override
    public void changed(NavigableMap<Bytes, KeyValue> pairs, long revision) {
      Shown before = shown;
      Buffer last = before == null ? null : before.content();
      if (pairs.isEmpty() && settings.required()) {
        show(null, new ContentException(settings.content().describe()));
        return;
      }
      try {
        Content content = settings.content();
        Buffer now = pairs.isEmpty() ? content.absent() : content.of(pairs.values());
        warned = "";
        show(now, null);
        Handler<Buffer> hears = changes;
        if (hears != null && !now.equals(last)) {
          hears.handle(now.copy());
        }
      } catch (ContentException e) {
        String message = String.valueOf(e.getMessage());
        if (!message.equals(warned)) {
          warned = message;
          LOG.warn(
              "{}: {}",
              last == null ? "no configuration" : "the configuration stays what it was",
              message);
        }
        if (last == null) {
          show(null, e);
        }
      }
    }

    @Override
    public void unavailable(Throwable cause) {
      lastFailure = cause;
      LOG.warn("configuration not loaded, trying again: {}", cause.getMessage());
    }

    @Override
    public void ended(Throwable cause) {
      show(null, cause);
    }
  }
}
