package io.quorate.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.support.CloseableClient;
import io.etcd.jetcd.support.Observers;
import io.etcd.jetcd.watch.WatchEvent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A first use from Java with jetcd, a client written for etcd: put, get, a transaction, a watch and
 * a lease.
 *
 * <p>The only argument is a member's client URL, {@code http://127.0.0.1:2379} if absent. Whatever
 * is below {@code first-use/} is deleted first.
 */
public final class FirstUseWithJetcd {
  private static final ByteSequence ALL = bytes("first-use/");
  private static final ByteSequence GREETING = bytes("first-use/greeting");
  private static final ByteSequence WORKER = bytes("first-use/worker");
  private static final int PATIENCE_SECONDS = 15;

  private FirstUseWithJetcd() {}

  public static void main(String[] args) throws Exception {
    String endpoint = args.length > 0 ? args[0] : "http://127.0.0.1:2379";
    try (Client client = Client.builder().endpoints(endpoint).build()) {
      KV kv = client.getKVClient();
      await(kv.delete(ALL, DeleteOption.builder().isPrefix(true).build()));
      putAndGet(kv);
      transact(kv);
      watch(client.getWatchClient(), kv);
      lease(client.getLeaseClient(), kv);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "no answer from " + endpoint + " within " + PATIENCE_SECONDS + " s: does it run?", e);
    }
  }

  private static void putAndGet(KV kv) throws Exception {
    await(kv.put(GREETING, bytes("hello")));
    GetResponse got = await(kv.get(GREETING));
    System.out.println("get: " + got.getKvs().get(0).getValue());
  }

  /** A compare-and-set that also reads what it has written. */
  private static void transact(KV kv) throws Exception {
    TxnResponse done =
        await(
            kv.txn()
                .If(new Cmp(GREETING, Cmp.Op.EQUAL, CmpTarget.value(bytes("hello"))))
                .Then(
                    Op.put(GREETING, bytes("hello, world"), PutOption.DEFAULT),
                    Op.get(GREETING, GetOption.DEFAULT))
                .Else(Op.get(GREETING, GetOption.DEFAULT))
                .commit());
    System.out.println(
        "txn: "
            + (done.isSucceeded() ? "it was hello, now it is " : "it was not hello but ")
            + done.getGetResponses().get(0).getKvs().get(0).getValue());
  }

  private static void watch(Watch watches, KV kv) throws Exception {
    LinkedBlockingQueue<WatchEvent> heard = new LinkedBlockingQueue<>();
    CompletableFuture<Void> created = new CompletableFuture<>();
    WatchOption option =
        WatchOption.builder().isPrefix(true).withPrevKV(true).withCreateNotify(true).build();
    Watch.Listener listener =
        Watch.listener(
            response -> {
              if (response.isCreatedNotify()) {
                created.complete(null);
              }
              heard.addAll(response.getEvents());
            },
            created::completeExceptionally);
    try (Watch.Watcher watcher = watches.watch(ALL, option, listener)) {
      await(created);
      await(kv.put(GREETING, bytes("good evening")));
      WatchEvent event = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (event == null) {
        throw new TimeoutException("nothing was heard");
      }
      System.out.println(
          "watch: %s of %s, from '%s' to '%s'"
              .formatted(
                  event.getEventType(),
                  event.getKeyValue().getKey(),
                  event.getPrevKV().getValue(),
                  event.getKeyValue().getValue()));
    }
  }

  /** A key that lives as long as somebody cares for it. */
  private static void lease(Lease leases, KV kv) throws Exception {
    long id = await(leases.grant(5)).getID();
    await(kv.put(WORKER, bytes("at work"), PutOption.builder().withLeaseId(id).build()));
    CountDownLatch renewed = new CountDownLatch(1);
    try (CloseableClient renewing =
        leases.keepAlive(
            id, Observers.<LeaseKeepAliveResponse>observer(response -> renewed.countDown()))) {
      if (!renewed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new TimeoutException("the lease was not renewed");
      }
      System.out.println("lease: renewed, worker is " + count(kv, WORKER));
    }
    await(leases.revoke(id));
    System.out.println("lease: revoked, worker is " + count(kv, WORKER));
  }

  private static String count(KV kv, ByteSequence key) throws Exception {
    return await(kv.get(key)).getCount() == 0 ? "gone" : "there";
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, UTF_8);
  }

  private static <T> T await(CompletableFuture<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
