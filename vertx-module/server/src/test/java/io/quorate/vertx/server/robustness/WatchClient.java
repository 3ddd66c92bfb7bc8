package io.quorate.vertx.server.robustness;

import io.quorate.command.Event;
import io.quorate.command.KeyValue;
import io.quorate.command.WatchSpec;
import io.quorate.history.WatchGuarantees;
import io.quorate.history.WatchGuarantees.Received;
import io.quorate.history.WatchGuarantees.Watched;
import io.quorate.vertx.client.proto.rpc.WatchGrpcClient;
import io.quorate.vertx.client.proto.rpc.WatchProgressRequest;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.client.proto.rpc.WatchResponse;
import io.vertx.core.Future;
import io.vertx.grpc.client.GrpcClientRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One watch on one stream, until the stream ends. Used on the event loop of the clients. */
final class WatchClient {
  private final String name;
  private final WatchSpec spec;
  private final List<Received> received = new ArrayList<>();
  private final Consumer<Received> onReceived;
  private final Runnable onEnd;
  private @Nullable GrpcClientRequest<WatchRequest, WatchResponse> request;
  private boolean ended;

  /**
   * @param onEnd called when the stream has ended for any other reason than {@link #leave}
   */
  WatchClient(
      String name,
      GrpcConnection connection,
      WatchSpec spec,
      Consumer<Received> onReceived,
      Runnable onEnd) {
    this.name = name;
    this.spec = spec;
    this.onReceived = onReceived;
    this.onEnd = onEnd;
    connection
        .open(WatchGrpcClient.Watch)
        .onFailure(failure -> end())
        .onSuccess(
            opened -> {
              request = opened;
              opened.exceptionHandler(failure -> end());
              opened
                  .response()
                  .onFailure(failure -> end())
                  .onSuccess(
                      response ->
                          response
                              .exceptionHandler(failure -> end())
                              .endHandler(over -> end())
                              .handler(this::receive));
              if (ended) {
                opened.cancel();
              } else {
                Future<Void> unused = opened.write(Wire.request(spec));
              }
            });
  }

  WatchSpec spec() {
    return spec;
  }

  boolean isOpen() {
    return !ended;
  }

  private void receive(WatchResponse response) {
    if (ended) {
      return;
    }
    Received answer = Wire.received(response);
    received.add(answer);
    onReceived.accept(answer);
    if (answer instanceof WatchGuarantees.Canceled) {
      leaveStream();
      end();
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      onEnd.run();
    }
  }

  void askForProgress() {
    GrpcClientRequest<WatchRequest, WatchResponse> stream = request;
    if (stream != null && !ended && !received.isEmpty()) {
      Future<Void> unused =
          stream.write(
              WatchRequest.newBuilder()
                  .setProgressRequest(WatchProgressRequest.getDefaultInstance())
                  .build());
    }
  }

  /** Stops receiving. */
  void leave() {
    ended = true;
    leaveStream();
  }

  private void leaveStream() {
    if (request != null) {
      request.cancel();
    }
  }

  /** The revision at which a further watch has to start to receive the rest. */
  long next() {
    for (int i = received.size() - 1; i >= 0; i--) {
      Received last = received.get(i);
      if (last instanceof WatchGuarantees.Events events && !events.moreToCome()) {
        return lastRevision(events) + 1;
      } else if (last instanceof WatchGuarantees.Progress progress) {
        return Math.max(progress.revision() + 1, spec.startRevision());
      } else if (last instanceof WatchGuarantees.Canceled canceled
          && canceled.compactRevision() > 0) {
        return canceled.compactRevision();
      } else if (last instanceof WatchGuarantees.Created created && spec.startRevision() == 0) {
        return created.revision() + 1;
      }
    }
    return spec.startRevision();
  }

  /** Whether a progress notification has confirmed all events up to this revision. */
  boolean hasProgressTo(long revision) {
    return received.stream()
        .anyMatch(
            each ->
                each instanceof WatchGuarantees.Progress progress
                    && progress.revision() >= revision);
  }

  /**
   * Everything it received; a watch that is still open must have received everything up to {@code
   * completeTo}.
   */
  Watched received(long completeTo) {
    return new Watched(name, spec, received, ended ? 0 : completeTo);
  }

  private static long lastRevision(WatchGuarantees.Events events) {
    return events.events().get(events.events().size() - 1).kv().modRevision();
  }

  /** The revisions in an answer, each with the pairs written in it. */
  static List<List<KeyValue>> byRevision(WatchGuarantees.Events events) {
    List<List<KeyValue>> revisions = new ArrayList<>();
    long last = 0;
    for (Event event : events.events()) {
      if (event.kv().modRevision() != last) {
        last = event.kv().modRevision();
        revisions.add(new ArrayList<>());
      }
      revisions.get(revisions.size() - 1).add(event.kv());
    }
    return revisions;
  }
}
