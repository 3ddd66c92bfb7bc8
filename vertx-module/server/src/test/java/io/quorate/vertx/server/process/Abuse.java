package io.quorate.vertx.server.process;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseGrantRequest;
import io.quorate.vertx.client.proto.rpc.LeaseGrpcClient;
import io.quorate.vertx.client.proto.rpc.LeaseKeepAliveRequest;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.testing.RawHttp2;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;

/**
 * Misbehaving clients for a server of etcd's API, each for a bounded time, and a well-behaved
 * client beside them. {@link #main} runs them by hand against any server, for comparison.
 */
final class Abuse implements AutoCloseable {
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  /** A range of all keys. */
  static final RangeRequest ALL =
      RangeRequest.newBuilder().setKey(ZERO).setRangeEnd(ZERO).setSerializable(true).build();

  /**
   * Reads of the well-behaved client that suffice for a result; it attempts as many in a second.
   */
  static final int MEANINGFUL_READS = 50;

  private final int port;
  private final SocketAddress address;
  private final Vertx vertx =
      Vertx.vertx(
          new VertxOptions()
              .setEventLoopPoolSize(2)
              .setWorkerPoolSize(1)
              .setInternalBlockingPoolSize(1));
  private final List<GrpcClient> clients = new ArrayList<>();

  Abuse(int port) {
    this.port = port;
    this.address = SocketAddress.inetSocketAddress(port, "127.0.0.1");
  }

  private GrpcClient client() {
    GrpcClient client =
        GrpcClient.client(
            vertx,
            new GrpcClientOptions().setMaxMessageSize(1L << 30),
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2MultiplexingLimit(10_000)
                .setHttp2ClearTextUpgrade(false));
    clients.add(client);
    return client;
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(300, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Puts {@code keys} keys with this prefix and values of {@code bytes} bytes. */
  void fill(String prefix, int keys, int bytes) {
    KVGrpcClient kv = KVGrpcClient.create(client(), address);
    ByteString value = ByteString.copyFrom(new byte[bytes]);
    for (int i = 0; i < keys; i++) {
      var unused =
          await(
              kv.put(
                  PutRequest.newBuilder()
                      .setKey(ByteString.copyFromUtf8(prefix + i))
                      .setValue(value)
                      .build()));
    }
  }

  /** What the well-behaved client observed during the abuse. */
  record Observations(int reads, int failed, long worstMillis, boolean leaseLives) {}

  /** Reads one key every 20 ms and renews a lease every second, on its own connection. */
  final class WellBehavedClient {
    private final GrpcClient grpc = client();
    private final KVGrpcClient kv = KVGrpcClient.create(grpc, address);
    private final LeaseGrpcClient leases = LeaseGrpcClient.create(grpc, address);
    private final long lease =
        await(leases.leaseGrant(LeaseGrantRequest.newBuilder().setTTL(3).build())).getID();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicLong worstNanos = new AtomicLong();
    private final long beganNanos = System.nanoTime();
    private final long reading;
    private final long renewing;

    WellBehavedClient() {
      var unused =
          await(
              kv.put(
                  PutRequest.newBuilder()
                      .setKey(ByteString.copyFromUtf8("behaving"))
                      .setLease(lease)
                      .build()));
      reading = vertx.setPeriodic(20, timer -> read());
      renewing = vertx.setPeriodic(1_000, timer -> renew());
    }

    private void read() {
      long begin = System.nanoTime();
      kv.range(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("behaving")).build())
          .onComplete(
              done -> {
                reads.incrementAndGet();
                failed.addAndGet(done.failed() ? 1 : 0);
                worstNanos.accumulateAndGet(System.nanoTime() - begin, Math::max);
              });
    }

    private void renew() {
      var unused =
          leases.leaseKeepAlive(
              (stream, error) -> {
                if (stream != null) {
                  stream.end(LeaseKeepAliveRequest.newBuilder().setID(lease).build());
                }
              });
    }

    /**
     * Whether the client needs more reads for a result; false after 30 s. An abuse that would be
     * over sooner has to continue as long as this is true.
     */
    boolean needsMoreReads() {
      return reads.get() < MEANINGFUL_READS
          && System.nanoTime() - beganNanos < TimeUnit.SECONDS.toNanos(30);
    }

    Observations observations() {
      vertx.cancelTimer(reading);
      boolean lives =
          await(
                      kv.range(
                          RangeRequest.newBuilder()
                              .setKey(ByteString.copyFromUtf8("behaving"))
                              .build()))
                  .getCount()
              == 1;
      vertx.cancelTimer(renewing);
      return new Observations(
          reads.get(), failed.get(), TimeUnit.NANOSECONDS.toMillis(worstNanos.get()), lives);
    }
  }

  /** Reads of all keys, {@code atOnce} at a time, each cancelled after {@code deadlineMillis}. */
  int cancelledReads(int atOnce, long deadlineMillis, long forMillis) throws Exception {
    GrpcClient grpc = client();
    AtomicBoolean on = new AtomicBoolean(true);
    LongAdder asked = new LongAdder();
    List<Future<Void>> ends = new ArrayList<>();
    for (int i = 0; i < atOnce; i++) {
      ends.add(repeat(grpc, deadlineMillis, on, asked));
    }
    Thread.sleep(forMillis); // the duration of the abuse, not a wait for a condition
    on.set(false);
    await(Future.join(ends).otherwiseEmpty());
    return asked.intValue();
  }

  private Future<Void> repeat(
      GrpcClient grpc, long deadlineMillis, AtomicBoolean on, LongAdder asked) {
    asked.increment();
    return grpc.request(address, KVGrpcClient.Range)
        .compose(
            (GrpcClientRequest<RangeRequest, RangeResponse> request) -> {
              request.timeout(deadlineMillis, TimeUnit.MILLISECONDS);
              return request.send(ALL).compose(response -> response.last());
            })
        .transform(
            done -> on.get() ? repeat(grpc, deadlineMillis, on, asked) : Future.succeededFuture());
  }

  /**
   * Calls that are reset as soon as they were sent, on {@code connections} connections: {@code
   * resetsEach} on each, and more while {@code goOn} is true.
   */
  int rapidResets(int connections, int resetsEach, BooleanSupplier goOn) throws Exception {
    List<Thread> threads = new ArrayList<>();
    AtomicInteger sent = new AtomicInteger();
    for (int i = 0; i < connections; i++) {
      Thread thread =
          new Thread(
              () -> {
                try (RawHttp2 raw = new RawHttp2(port)) {
                  for (int call = 0; call < resetsEach || goOn.getAsBoolean(); call++) {
                    raw.call(2 * call + 1, "/etcdserverpb.KV/Range", ALL.toByteArray());
                    raw.end(2 * call + 1);
                    raw.reset(2 * call + 1);
                    sent.incrementAndGet();
                    if (call % 100 == 99) {
                      raw.flush();
                    }
                  }
                  raw.flush();
                } catch (Exception closedByTheServer) {
                  // the server may close a connection with that many resets
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return sent.get();
  }

  /** A connection that sends calls and reads no answers; the caller closes it. */
  RawHttp2 openUnreadConnection(int calls, MessageLite request) throws Exception {
    RawHttp2 raw = RawHttp2.withInitialWindow(port, 0);
    for (int i = 0; i < calls; i++) {
      raw.call(2 * i + 1, "/etcdserverpb.KV/Range", request.toByteArray());
      raw.end(2 * i + 1);
    }
    raw.flush();
    return raw;
  }

  /** The result of a bulk load. */
  record Loaded(int transactions, int refused, String firstRefusal, long millis) {}

  /** Transactions of 100 puts of {@code bytes} bytes by {@code clients} concurrent clients. */
  Loaded load(int clients, int transactions, int bytes) {
    ByteString value = ByteString.copyFrom(new byte[bytes]);
    AtomicInteger next = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    StringBuffer first = new StringBuffer();
    long begin = System.nanoTime();
    List<Future<Void>> ends = new ArrayList<>();
    List<GrpcClient> connections = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      connections.add(client());
    }
    for (int i = 0; i < clients; i++) {
      KVGrpcClient kv = KVGrpcClient.create(connections.get(i % 8), address);
      ends.add(txns(kv, next, transactions, value, refused, first));
    }
    await(Future.join(ends));
    return new Loaded(
        transactions,
        refused.get(),
        first.toString(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
  }

  private static Future<Void> txns(
      KVGrpcClient kv,
      AtomicInteger next,
      int transactions,
      ByteString value,
      AtomicInteger refused,
      StringBuffer first) {
    int number = next.getAndIncrement();
    if (number >= transactions) {
      return Future.succeededFuture();
    }
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (int i = 0; i < 100; i++) {
      String key = String.format("load/%09d", number * 100 + i);
      txn.addSuccess(
          RequestOp.newBuilder()
              .setRequestPut(
                  PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).setValue(value)));
    }
    return kv.txn(txn.build())
        .transform(
            done -> {
              if (done.failed() && refused.incrementAndGet() == 1) {
                first.append(done.cause());
              }
              return txns(kv, next, transactions, value, refused, first);
            });
  }

  /** Reads all keys as one answer; returns their number. */
  Future<Integer> list() {
    return KVGrpcClient.create(client(), address).range(ALL).map(RangeResponse::getKvsCount);
  }

  @Override
  public void close() {
    clients.forEach(GrpcClient::close);
    await(vertx.close());
  }

  /** Runs one kind of abuse against a server: its port, then reads, resets, untaken or load. */
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    try (Abuse abuse = new Abuse(port)) {
      for (String what : List.of(args).subList(1, args.length)) {
        System.out.println(what + ": " + abuse.measured(what));
      }
    }
  }

  private Object measured(String what) throws Exception {
    switch (what) {
      case "fill":
        fill("big/", 160, 50_000);
        return "160 keys of 50 kB";
      case "reads":
        {
          WellBehavedClient wellBehaved = new WellBehavedClient();
          int asked = cancelledReads(24, 50, 8_000);
          return asked + " given up; " + wellBehaved.observations();
        }
      case "resets":
        {
          WellBehavedClient wellBehaved = new WellBehavedClient();
          int sent = rapidResets(4, 20_000, () -> false);
          return sent + " reset; " + wellBehaved.observations();
        }
      case "untaken":
        {
          WellBehavedClient wellBehaved = new WellBehavedClient();
          RangeRequest some = ALL.toBuilder().setLimit(40).build();
          try (RawHttp2 raw = openUnreadConnection(400, some)) {
            Thread.sleep(10_000); // the duration of the abuse
            return wellBehaved.observations();
          }
        }
      case "load":
        return load(256, 10_000, 256);
      case "list":
        {
          long begin = System.nanoTime();
          int keys = await(list());
          return keys + " keys in " + (System.nanoTime() - begin) / 1_000_000 + " ms";
        }
      default:
        throw new IOException("unknown: " + what);
    }
  }
}
