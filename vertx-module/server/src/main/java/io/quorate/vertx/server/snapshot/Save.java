package io.quorate.vertx.server.snapshot;

import io.quorate.snapshot.SnapshotFile;
import io.quorate.vertx.client.HostPort;
import io.quorate.vertx.client.proto.rpc.AuthGrpcClient;
import io.quorate.vertx.client.proto.rpc.AuthenticateRequest;
import io.quorate.vertx.client.proto.rpc.AuthenticateResponse;
import io.quorate.vertx.client.proto.rpc.MaintenanceGrpcClient;
import io.quorate.vertx.client.proto.rpc.SnapshotRequest;
import io.quorate.vertx.client.proto.rpc.SnapshotResponse;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One {@code quorate snapshot save}, on the calling thread. */
final class Save {
  /** Messages that have been asked for and not written to the disk yet. */
  private static final int WINDOW_MESSAGES = 16;

  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  /** Servers refuse clients that ping much more often. */
  private static final long PING_INTERVAL_MILLIS = 10_000;

  private static final long CLOSE_SECONDS = 5;

  private final SaveOptions options;

  /** What arrives: messages, and then one of the other two. */
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();

  private sealed interface Arrival permits Chunk, Ended, Lost {}

  private record Chunk(SnapshotResponse message) implements Arrival {}

  private record Ended(GrpcStatus status, @Nullable String message) implements Arrival {}

  private record Lost(Throwable cause) implements Arrival {}

  Save(SaveOptions options) {
    this.options = options;
  }

  /**
   * Saves the snapshot.
   *
   * @throws IOException there is none; then there is no new file either
   */
  Saved run() throws IOException, InterruptedException {
    options.validate();
    URI url = options.url();
    Path file = SnapshotCommand.path(options.file);
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1));
    try {
      String version;
      try (FileChannel channel = create(part)) {
        version = copy(vertx, url, channel);
        channel.force(true);
      }
      SnapshotFile.open(part, SnapshotFile.Check.REQUIRED).close(); // as it is on the disk
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      syncDirectoryOf(file);
      return new Saved(file, version);
    } catch (FileSystemException e) {
      Files.deleteIfExists(part);
      throw new IOException(
          "cannot write " + e.getFile() + ": " + (e.getReason() == null ? e : e.getReason()), e);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(part);
      throw e;
    } finally {
      close(vertx);
    }
  }

  /** For the owner alone, as all keys and values are in it. */
  private static FileChannel create(Path part) throws IOException {
    Files.deleteIfExists(part);
    boolean posix = part.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] ownerOnly =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    Set<OpenOption> create = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return FileChannel.open(part, create, ownerOnly);
  }

  private static void syncDirectoryOf(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (posix && directory != null) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Writes all that the member sends; returns the version that it tells. */
  private String copy(Vertx vertx, URI url, FileChannel channel)
      throws IOException, InterruptedException {
    GrpcClientResponse<SnapshotRequest, SnapshotResponse> response = request(vertx, url);
    String version = "";
    while (true) {
      Arrival arrival = arrivals.take();
      if (arrival instanceof Chunk chunk) {
        version = chunk.message.getVersion();
        for (ByteBuffer bytes : chunk.message.getBlob().asReadOnlyByteBufferList()) {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        }
        response.fetch(1);
      } else if (arrival instanceof Ended ended) {
        if (ended.status != GrpcStatus.OK) {
          throw new IOException(url + " answers " + ended.status + ": " + ended.message);
        }
        return version;
      } else if (arrival instanceof Lost lost) {
        throw new IOException("the connection to " + url + " is lost: " + lost.cause, lost.cause);
      }
    }
  }

  private GrpcClientResponse<SnapshotRequest, SnapshotResponse> request(Vertx vertx, URI url)
      throws IOException, InterruptedException {
    HostPort hostPort = HostPort.required(url);
    SocketAddress address = SocketAddress.inetSocketAddress(hostPort.port(), hostPort.bareHost());
    HttpClientOptions http = http(url.getScheme().equals("https")); // reads files
    CompletableFuture<GrpcClientResponse<SnapshotRequest, SnapshotResponse>> answered =
        new CompletableFuture<>();
    vertx.runOnContext(
        v -> {
          GrpcClient client =
              GrpcClient.client(
                  vertx, new GrpcClientOptions().setMaxMessageSize(MAX_MESSAGE_BYTES), http);
          token(client, address)
              .compose(
                  token ->
                      client
                          .request(address, MaintenanceGrpcClient.Snapshot)
                          .compose(
                              request -> {
                                ping(vertx, request.connection(), answered);
                                if (!token.isEmpty()) {
                                  request.headers().set("token", token);
                                }
                                request.end(SnapshotRequest.getDefaultInstance());
                                return request.response();
                              }))
              .onSuccess(this::receive)
              .onSuccess(answered::complete)
              .onFailure(answered::completeExceptionally);
        });
    try {
      return answered.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("no answer from " + url + ": " + cause.getMessage(), e);
    }
  }

  /** Empty for somebody who does not log in. */
  private Future<String> token(GrpcClient client, SocketAddress address) {
    if (options.userName().isEmpty()) {
      return Future.succeededFuture("");
    }
    AuthenticateRequest login =
        AuthenticateRequest.newBuilder()
            .setName(options.userName())
            .setPassword(options.userPassword())
            .build();
    return client
        .request(address, AuthGrpcClient.Authenticate)
        .compose(
            request -> {
              Future<GrpcClientResponse<AuthenticateRequest, AuthenticateResponse>> response =
                  request.response();
              request.end(login);
              return response;
            })
        .compose(
            response ->
                response
                    .last()
                    .map(AuthenticateResponse::getToken)
                    .recover(
                        failure ->
                            Future.failedFuture(
                                new IOException(
                                    "login: " + response.status() + ": " + response.statusMessage(),
                                    failure))));
  }

  private HttpClientOptions http(boolean secure) {
    HttpClientOptions http =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false)
            .setConnectTimeout((int) TimeUnit.SECONDS.toMillis(options.dialTimeoutSeconds));
    if (secure) {
      options.tls.load().turnOnClient(http).setUseAlpn(true);
    }
    return http;
  }

  /** A member that hangs, or is not there any more, does not let this command hang too. */
  private void ping(Vertx vertx, HttpConnection connection, CompletableFuture<?> answered) {
    long millis = TimeUnit.SECONDS.toMillis(options.dialTimeoutSeconds);
    long timer =
        vertx.setPeriodic(
            PING_INTERVAL_MILLIS,
            id ->
                connection
                    .ping(Buffer.buffer(new byte[Long.BYTES]))
                    .timeout(millis, TimeUnit.MILLISECONDS)
                    .onFailure(
                        silent -> {
                          IOException cause =
                              new IOException("a ping was not answered within " + millis + " ms");
                          answered.completeExceptionally(cause);
                          arrivals.add(new Lost(cause));
                          connection.close();
                        }));
    connection.closeHandler(closed -> vertx.cancelTimer(timer));
  }

  /** On the event loop. */
  private void receive(GrpcClientResponse<SnapshotRequest, SnapshotResponse> response) {
    response.pause();
    response.handler(message -> arrivals.add(new Chunk(message)));
    response.exceptionHandler(cause -> arrivals.add(new Lost(cause)));
    response.endHandler(v -> arrivals.add(new Ended(response.status(), response.statusMessage())));
    response.fetch(WINDOW_MESSAGES);
  }

  private static void close(Vertx vertx) throws InterruptedException {
    Future<Void> closed = vertx.close();
    try {
      closed.toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // the process ends anyway
    }
  }
}
