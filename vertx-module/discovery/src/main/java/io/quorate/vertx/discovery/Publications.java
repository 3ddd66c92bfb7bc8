package io.quorate.vertx.discovery;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.Compares;
import io.quorate.vertx.client.QuorateClient;
import io.quorate.vertx.client.RangeCopy;
import io.quorate.vertx.client.Session;
import io.quorate.vertx.client.UnknownOutcomeException;
import io.quorate.vertx.client.log.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The records that this process has published, under one session at a time. When a session is lost,
 * a new one is opened and all records are put again, with their last known values, since other
 * processes may have changed them; records that others have removed are left out. Methods may be
 * called by any thread; the state is used on one event loop.
 */
final class Publications {
  private static final Logger LOG = Logger.getLogger(Publications.class);
  private static final long AGAIN_MILLIS = 200;
  private static final int ATTEMPTS = 3;
  private static final Throwable NO_ANSWER = new IllegalStateException("no answer");

  private final ContextInternal home;
  private final QuorateClient client;
  private final BackendSettings settings;
  private final Map<String, Publication> all = new HashMap<>();
  private final Set<Publication> toPut = new LinkedHashSet<>();
  private @Nullable Future<Session> session;
  private @Nullable RangeCopy copy;
  private boolean timed;
  private boolean closed;

  Publications(ContextInternal home, QuorateClient client, BackendSettings settings) {
    this.home = home;
    this.client = client;
    this.settings = settings;
  }

  /** One record. */
  private static final class Publication {
    final String id;
    final Bytes key;
    final List<Promise<Void>> waiting = new ArrayList<>();

    /** The last known value in the store. */
    Bytes value;

    /** The lease it is attached to; 0 if it has to be put. */
    long leaseId;

    /**
     * The revision of the last known put; 0 if there was none yet. Copies of the store at an
     * earlier revision are ignored.
     */
    long revision;

    /** The mod revision of the last version whose deletion was observed. */
    long goneRevision;

    /** The number of failed attempts to put it for the first time. */
    int attempts;

    boolean busy;

    Publication(String id, Bytes key, Bytes value) {
      this.id = id;
      this.key = key;
      this.value = value;
    }

    boolean isNew() {
      return revision == 0;
    }

    void seen(Bytes present, long presentRevision) {
      if (presentRevision >= revision && !isNew()) {
        value = present;
        revision = presentRevision;
      }
    }

    void answer(@Nullable Throwable failure) {
      List<Promise<Void>> answered = List.copyOf(waiting);
      waiting.clear();
      for (Promise<Void> promise : answered) {
        if (failure == null) {
          promise.complete();
        } else {
          promise.fail(failure);
        }
      }
    }
  }

  private <T> Promise<T> promise() {
    return ((ContextInternal) client.vertx().getOrCreateContext()).promise();
  }

  /** Puts a new record. If that fails, the record is not published later. */
  Future<Void> publish(String id, Bytes value) {
    Promise<Void> done = promise();
    home.runOnContext(
        v -> {
          Publication publication = new Publication(id, Bytes.utf8(settings.key(id)), value);
          all.put(id, publication);
          await(publication, done);
        });
    return done.future();
  }

  /** Puts a record of this process again that is missing in the store. Fails for other records. */
  Future<Void> restored(String id) {
    Promise<Void> done = promise();
    home.runOnContext(
        v -> {
          Publication publication = all.get(id);
          if (publication == null) {
            done.fail("Record '" + id + "' not found");
          } else {
            await(publication, done);
          }
        });
    return done.future();
  }

  /** Takes over a change made through this backend. Records of other processes are ignored. */
  void changed(String id, Bytes value, long revision) {
    home.runOnContext(
        v -> {
          Publication publication = all.get(id);
          if (publication != null) {
            publication.seen(value, revision);
          }
        });
  }

  private void await(Publication publication, Promise<Void> done) {
    if (closed) {
      done.fail("the service discovery is closed");
      return;
    }
    publication.waiting.add(done);
    toPut.add(publication);
    putAll();
  }

  /**
   * Removes a record, of this process or another. A record of this process is not put again.
   *
   * @param deletion deletes its key
   */
  <T> Future<T> remove(String id, Supplier<Future<T>> deletion) {
    Promise<T> done = promise();
    home.runOnContext(
        v -> {
          Publication ours = all.remove(id);
          if (ours != null) {
            toPut.remove(ours);
          }
          deletion
              .get()
              .onFailure(
                  failure -> {
                    if (ours != null && !closed) {
                      all.put(id, ours);
                      toPut.add(ours);
                      putAll();
                    }
                  })
              .onComplete(done);
        });
    return done.future();
  }

  /** Ends the session, which deletes all records. Completes in bounded time. */
  Future<Void> close() {
    Promise<Void> done = promise();
    home.runOnContext(
        v -> {
          closed = true;
          toPut.clear();
          for (Publication publication : all.values()) {
            publication.answer(new IllegalStateException("the service discovery is closed"));
          }
          Future<Void> ended = copy == null ? Future.succeededFuture() : copy.close();
          Future<Session> open = session;
          if (open != null) {
            ended = Future.join(ended, open.compose(Session::close)).mapEmpty();
          }
          ended.otherwiseEmpty().onComplete(done);
        });
    return done.future();
  }

  // ---- on the event loop

  private Future<Session> session() {
    Future<Session> current = session;
    if (current == null || current.failed()) {
      current = client.session(settings.ttlSeconds());
      session = current;
      current.onSuccess(opened -> opened.lost().onComplete(v -> lost(opened.leaseId())));
    }
    return current;
  }

  private void putAll() {
    if (closed || toPut.isEmpty()) {
      return;
    }
    session()
        .onComplete(
            (opened, failure) -> {
              if (opened != null) {
                follow();
              }
              for (Publication publication : List.copyOf(toPut)) {
                if (opened == null) {
                  failed(publication, failure == null ? NO_ANSWER : failure);
                } else if (!publication.busy) {
                  toPut.remove(publication);
                  put(publication, opened.leaseId());
                }
              }
            });
  }

  private void follow() {
    if (copy == null && !closed) {
      KeyRange range = KeyRange.prefix(Bytes.utf8(settings.prefix()));
      copy = RangeCopy.follow(home, client, range, new Following());
    }
  }

  /** If the key exists, changes only its lease: another process may have changed the value. */
  private void put(Publication publication, long leaseId) {
    publication.busy = true;
    Bytes key = publication.key;
    client
        .txn()
        .when(Compares.createRevision(key).isEqualTo(0))
        .then(Command.Put.of(key, publication.value).onLease(leaseId))
        .otherwise(Command.Put.of(key, Bytes.EMPTY).onLease(leaseId).keepingValue())
        .commit()
        .onComplete(
            (done, failure) -> {
              publication.busy = false;
              if (all.get(publication.id) != publication) {
                drop(publication);
              } else if (done == null) {
                failed(publication, failure == null ? NO_ANSWER : failure);
                if (isGone(failure)) {
                  lost(leaseId);
                }
              } else {
                publication.leaseId = leaseId;
                publication.revision = done.revision();
                publication.answer(null);
                if (toPut.contains(publication) || !isCurrent(leaseId)) {
                  toPut.add(publication);
                  putAll();
                } else if (publication.goneRevision >= done.revision()) {
                  missing(publication); // the deletion was observed before this response
                }
              }
            });
  }

  private static boolean isGone(@Nullable Throwable failure) {
    return failure instanceof EtcdException e && e.error() == EtcdError.LEASE_NOT_FOUND;
  }

  private boolean isCurrent(long leaseId) {
    Future<Session> current = session;
    return current != null && current.succeeded() && current.result().leaseId() == leaseId;
  }

  /** Deletes the record: it may exist nevertheless, and would stay until the session ends. */
  private void drop(Publication publication) {
    publication.answer(new IllegalStateException("the record was removed"));
    client
        .delete(publication.key)
        .onFailure(
            failure ->
                LOG.warn(
                    "key '{}' may have to be deleted by hand: {}",
                    publication.key,
                    failure.getMessage()));
  }

  private void failed(Publication publication, Throwable failure) {
    boolean open = failure instanceof UnknownOutcomeException;
    if (publication.isNew() && !((open || isGone(failure)) && ++publication.attempts < ATTEMPTS)) {
      all.remove(publication.id);
      toPut.remove(publication);
      publication.answer(failure);
      if (open) {
        drop(publication);
      }
      return;
    }
    if (!publication.isNew()) {
      publication.answer(failure);
    }
    toPut.add(publication);
    if (!timed && !closed) {
      timed = true;
      home.setTimer(
          AGAIN_MILLIS,
          id -> {
            timed = false;
            putAll();
          });
    }
  }

  private void lost(long leaseId) {
    if (isCurrent(leaseId)) {
      session = null;
    }
    if (closed) {
      return;
    }
    for (Publication publication : all.values()) {
      if (publication.leaseId == leaseId) {
        publication.leaseId = 0;
        toPut.add(publication);
      }
    }
    if (!toPut.isEmpty()) {
      LOG.warn(
          "lease {} is lost, putting {} records again", Long.toHexString(leaseId), toPut.size());
      putAll();
    }
  }

  /**
   * Called when a record is missing. If its lease is gone, it is put again; otherwise another
   * process has removed it, and it is forgotten.
   */
  private void missing(Publication publication) {
    long leaseId = publication.leaseId;
    publication.busy = true;
    client
        .store()
        .leaseTimeToLive(leaseId, false)
        .onComplete(
            (time, failure) -> {
              publication.busy = false;
              if (closed
                  || all.get(publication.id) != publication
                  || publication.leaseId != leaseId) {
                putAll(); // a put may have been waiting for this answer
              } else if (time == null) {
                home.setTimer(
                    AGAIN_MILLIS,
                    id -> {
                      if (!closed && !publication.busy && publication.leaseId == leaseId) {
                        missing(publication);
                      }
                    });
              } else if (time.ttlSeconds() < 0) {
                lost(leaseId);
              } else {
                all.remove(publication.id);
                toPut.remove(publication);
                publication.answer(
                    new IllegalStateException("Record '" + publication.id + "' not found"));
              }
            });
  }

  private final class Following implements RangeCopy.Listener {

    @Override
    public void changed(NavigableMap<Bytes, KeyValue> pairs, long revision) {
      for (Publication publication : List.copyOf(all.values())) {
        if (publication.leaseId == 0 || publication.busy || publication.revision > revision) {
          continue;
        }
        KeyValue pair = pairs.get(publication.key);
        if (pair != null) {
          publication.seen(pair.value(), pair.modRevision());
        } else {
          missing(publication);
        }
      }
    }

    @Override
    public void gone(KeyValue last, long revision) {
      for (Publication publication : all.values()) {
        if (publication.key.equals(last.key())) {
          publication.goneRevision = last.modRevision();
          publication.seen(last.value(), last.modRevision());
        }
      }
    }

    @Override
    public void unavailable(Throwable cause) {
      LOG.warn("published records cannot be read, trying again: {}", cause.getMessage());
    }

    @Override
    public void ended(Throwable cause) {
      LOG.debug("the watch on published records has ended", cause);
    }
  }
}
