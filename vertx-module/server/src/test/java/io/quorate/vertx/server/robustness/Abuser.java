package io.quorate.vertx.server.robustness;

import com.google.protobuf.ByteString;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.WatchCreateRequest;
import io.quorate.vertx.client.proto.rpc.WatchRequest;
import io.quorate.vertx.testing.RawHttp2;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A misbehaving client that only reads: it reads all keys and resets the call, sends calls and
 * reads no answers, opens watches and never reads, or closes the connection in between. It changes
 * no data, so it is not part of the judged history. Has its own thread.
 */
final class Abuser implements AutoCloseable {
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);
  private static final int CALLS = 300;
  private static final int PINGS_WHILE_STUCK = 3;

  private final MemberEndpoints members;
  private final Random random;
  private final AtomicInteger rounds = new AtomicInteger();
  private final Thread thread = new Thread(this::run, "abuser");
  private volatile boolean stopped;

  Abuser(MemberEndpoints members, long seed) {
    this.members = members;
    this.random = new Random(seed);
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    while (!stopped) {
      int port = members.get(random.nextInt(members.size())).proxiedPort();
      try {
        abuse(port);
        rounds.incrementAndGet();
      } catch (Exception gone) {
        // the member is down or cut off, or has closed the connection because of the abuse
        Thread.yield();
      }
    }
  }

  private void abuse(int port) throws Exception {
    int way = random.nextInt(3);
    try (RawHttp2 raw =
        way == 0 ? new RawHttp2(port) : RawHttp2.withInitialWindow(port, random.nextInt(2) * 100)) {
      for (int call = 0; call < CALLS && !stopped; call++) {
        int stream = 2 * call + 1;
        request(raw, stream);
        if (way == 0) {
          raw.reset(stream);
        }
      }
      raw.flush();
      if (way == 1) {
        for (int i = 0; i < PINGS_WHILE_STUCK && !stopped; i++) {
          raw.ping();
        }
      }
    }
  }

  private void request(RawHttp2 raw, int stream) throws Exception {
    RangeRequest all =
        RangeRequest.newBuilder()
            .setKey(ZERO)
            .setRangeEnd(ZERO)
            .setSerializable(random.nextBoolean())
            .build();
    switch (random.nextInt(4)) {
      case 0, 1 -> raw.call(stream, "/etcdserverpb.KV/Range", all.toByteArray());
      case 2 ->
          raw.call(
              stream,
              "/etcdserverpb.KV/Txn",
              TxnRequest.newBuilder()
                  .addSuccess(RequestOp.newBuilder().setRequestRange(all))
                  .build()
                  .toByteArray());
      default ->
          raw.call(
              stream,
              "/etcdserverpb.Watch/Watch",
              WatchRequest.newBuilder()
                  .setCreateRequest(
                      WatchCreateRequest.newBuilder()
                          .setKey(ZERO)
                          .setRangeEnd(ZERO)
                          .setStartRevision(1))
                  .build()
                  .toByteArray());
    }
    if (random.nextBoolean()) {
      raw.end(stream);
    }
  }

  /** Rounds of abuse without a failed connection. */
  int rounds() {
    return rounds.get();
  }

  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
