package io.quorate.vertx.service;

import static io.quorate.vertx.service.Served.await;
import static io.quorate.vertx.service.Served.failure;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.member.QuorateServer;
import io.quorate.vertx.testing.Await;
import io.quorate.vertx.testing.Signals;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import io.vertx.serviceproxy.ServiceProxyBuilder;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Every failure that a request can cause, caused by one JVM and received by another. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EveryFailureIT {
  /** Failures that no request to a healthy member causes, and what causes them. */
  private static final Map<ServiceFailure, String> NOT_BY_REQUEST =
      Map.ofEntries(
          entry(ServiceFailure.EMPTY_KEY, "earlier"), // reported as INVALID_ARGUMENT
          entry(ServiceFailure.INVALID_SORT_OPTION, "earlier"),
          entry(ServiceFailure.INVALID_CLIENT_API_VERSION, "gRPC"),
          entry(ServiceFailure.NOT_SUPPORTED_FOR_LEARNER, "gRPC"),
          entry(ServiceFailure.WATCH_CANCELED, "unused"),
          entry(ServiceFailure.CLUSTER_ID_MISMATCH, "unused"),
          entry(ServiceFailure.TIMEOUT_CONNECTION_LOST, "unused"),
          entry(ServiceFailure.TIMEOUT_WAIT_APPLIED, "unused"),
          entry(ServiceFailure.NOT_A_COUNTER, "counters"), // no service uses it
          entry(ServiceFailure.SUPERSEDED, "counters"),
          entry(ServiceFailure.ANSWER_TOO_LARGE, "size"),
          entry(ServiceFailure.ABOVE_FEATURE_LEVEL, "upgrade"),
          entry(ServiceFailure.TOO_MANY_REQUESTS, "load"),
          entry(ServiceFailure.PROPOSAL_DROPPED, "load"),
          entry(ServiceFailure.NO_LEADER, "quorum"),
          entry(ServiceFailure.TIMEOUT, "quorum"),
          entry(ServiceFailure.TIMEOUT_LEADER_FAIL, "quorum"),
          entry(ServiceFailure.TIMEOUT_LEADER_TRANSFER, "quorum"),
          entry(ServiceFailure.UNHEALTHY, "quorum"),
          entry(ServiceFailure.LEADER_CHANGED, "election"),
          entry(ServiceFailure.STOPPED, "closing"),
          entry(ServiceFailure.CLOSED, "closing"),
          entry(ServiceFailure.CORRUPT, "damage"),
          entry(ServiceFailure.INTERNAL, "fault"),
          entry(ServiceFailure.USER_EMPTY, "rights"),
          entry(ServiceFailure.PERMISSION_DENIED, "rights"),
          entry(ServiceFailure.AUTH_OLD_REVISION, "rights"),
          entry(ServiceFailure.INVALID_AUTH_TOKEN, "rights"),
          entry(ServiceFailure.AUTH_FAILED, "rights"),
          entry(ServiceFailure.NO_PASSWORD_USER, "rights"),
          entry(ServiceFailure.VERIFY_ONLY, "rights"),
          entry(ServiceFailure.AUTH_NOT_ENABLED, "rights"),
          entry(ServiceFailure.ROOT_USER_NOT_EXIST, "users"), // no service changes them
          entry(ServiceFailure.ROOT_ROLE_NOT_EXIST, "users"),
          entry(ServiceFailure.USER_ALREADY_EXIST, "users"),
          entry(ServiceFailure.USER_NOT_FOUND, "users"),
          entry(ServiceFailure.ROLE_ALREADY_EXIST, "users"),
          entry(ServiceFailure.ROLE_NOT_FOUND, "users"),
          entry(ServiceFailure.ROLE_EMPTY, "users"),
          entry(ServiceFailure.PASSWORD_TOO_LONG, "users"),
          entry(ServiceFailure.PERMISSION_NOT_GIVEN, "users"),
          entry(ServiceFailure.ROLE_NOT_GRANTED, "users"),
          entry(ServiceFailure.PERMISSION_NOT_GRANTED, "users"),
          entry(ServiceFailure.INVALID_AUTH_MGMT, "users"),
          entry(ServiceFailure.WRONG_DOWNGRADE_VERSION_FORMAT, "unused"),
          entry(ServiceFailure.INVALID_DOWNGRADE_TARGET_VERSION, "unused"),
          entry(ServiceFailure.UNKNOWN_METHOD, "unused"),
          entry(ServiceFailure.NO_DOWNGRADE, "unused"),
          entry(ServiceFailure.REFUSED, "rights"));

  private final Set<ServiceFailure> shown = EnumSet.noneOf(ServiceFailure.class);
  @TempDir static Path directory;
  private TwoJvms jvms;

  @BeforeAll
  void start() {
    jvms = new TwoJvms("every-failure", directory);
  }

  @AfterAll
  void stop() {
    jvms.close();
  }

  /**
   * The same for the proxies of {@link QuorateServices} and for generated ones, which know only
   * code and message.
   */
  private void fails(
      ServiceFailure expected, String message, Function<Proxies, Future<?>> request) {
    Failed.with(expected, message, request.apply(jvms.ours));
    plainly(expected, message, request.apply(jvms.plain));
    shown.add(expected);
  }

  private static void plainly(ServiceFailure expected, String message, Future<?> request) {
    Throwable failure = failure(request);
    assertThat(failure).isExactlyInstanceOf(ReplyException.class).hasMessageContaining(message);
    assertThat(((ReplyException) failure).failureType()).isEqualTo(ReplyFailure.RECIPIENT_FAILURE);
    assertThat(((ReplyException) failure).failureCode()).isEqualTo(expected.code());
  }

  /**
   * A failure of the event bus, which has a code only with the proxies of {@link QuorateServices}.
   */
  private void failsByTheBus(
      ServiceFailure expected, String message, ReplyFailure type, Future<?> ours, Future<?> plain) {
    Failed.with(expected, message, ours);
    Throwable failure = failure(plain);
    assertThat(failure).isExactlyInstanceOf(ReplyException.class);
    assertThat(((ReplyException) failure).failureType()).isEqualTo(type);
    shown.add(expected);
  }

  private String lease() {
    return await(jvms.ours.leases().grant(60)).getLeaseId();
  }

  @Test
  void requestsThatMakeNoSense() {
    fails(ServiceFailure.INVALID_ARGUMENT, "key: must not be empty", p -> p.kv().get(""));
    fails(ServiceFailure.INVALID_ARGUMENT, "memberId: ", p -> p.cluster().memberRemove("zz"));
    PutRequest ignored = new PutRequest().setKey("none").setIgnoreValue(true);
    fails(ServiceFailure.KEY_NOT_FOUND, "etcdserver: key not found", p -> p.kv().putWith(ignored));
    PutRequest value = new PutRequest(ignored).setValue("v");
    fails(
        ServiceFailure.VALUE_PROVIDED, "etcdserver: value is provided", p -> p.kv().putWith(value));
    PutRequest lease = new PutRequest().setKey("none").setIgnoreLease(true).setLeaseId("1");
    fails(
        ServiceFailure.LEASE_PROVIDED, "etcdserver: lease is provided", p -> p.kv().putWith(lease));
    TxnOp put = new TxnOp().setPut(new PutRequest().setKey("k"));
    TxnRequest twice = new TxnRequest().setSuccess(List.of(put, put));
    fails(
        ServiceFailure.DUPLICATE_KEY,
        "etcdserver: duplicate key given in txn request",
        p -> p.kv().txn(twice));
    TxnRequest long129 = new TxnRequest().setSuccess(Collections.nCopies(129, put));
    fails(
        ServiceFailure.TOO_MANY_OPS,
        "etcdserver: too many operations in txn request",
        p -> p.kv().txn(long129));
    String large = "x".repeat(2_000_000);
    fails(
        ServiceFailure.REQUEST_TOO_LARGE,
        "etcdserver: request is too large",
        p -> p.kv().put("k", large));
    shown.add(ServiceFailure.UNSUPPORTED);
    String address = ServiceName.KV.address(QuorateServicesOptions.DEFAULT_ADDRESS_PREFIX);
    Failed.with(
        ServiceFailure.UNSUPPORTED,
        "KvService has no method 'leases'",
        LeaseService.createProxy(jvms.vertx, address).leases());
    plainly(
        ServiceFailure.UNSUPPORTED,
        "KvService has no method 'leases'",
        new ServiceProxyBuilder(jvms.vertx).setAddress(address).build(LeaseService.class).leases());
  }

  @Test
  void whatIsNotThere() {
    RangeRequest future = new RangeRequest().setKey("k").setRevision(1_000_000);
    fails(
        ServiceFailure.FUTURE_REV,
        "etcdserver: mvcc: required revision is a future revision",
        p -> p.kv().range(future));
    long revision = await(jvms.ours.kv().put("k", "1")).getRevision();
    PutResult last = await(jvms.ours.kv().put("k", "2"));
    long unused =
        await(jvms.ours.kv().compact(new CompactRequest().setRevision(last.getRevision())));
    RangeRequest past = new RangeRequest().setKey("k").setRevision(revision);
    fails(
        ServiceFailure.COMPACTED,
        "etcdserver: mvcc: required revision has been compacted",
        p -> p.kv().range(past));
    String bytes = "wyg="; // the bytes c3 28, which are not UTF-8
    PutRequest put = new PutRequest().setKey("Yg==").setValue(bytes).setEncoding(Encoding.BASE64);
    assertThat(await(jvms.ours.kv().putWith(put)).getRevision()).isPositive();
    fails(ServiceFailure.NOT_UTF8, "the value of b is not text", p -> p.kv().get("b"));
    fails(
        ServiceFailure.LEASE_NOT_FOUND,
        "etcdserver: requested lease not found",
        p -> p.leases().keepAlive("123"));
    LeaseGrantRequest again = new LeaseGrantRequest().setLeaseId(lease()).setTtlSeconds(60);
    fails(
        ServiceFailure.LEASE_EXIST,
        "etcdserver: lease already exists",
        p -> p.leases().grantWith(again));
    fails(
        ServiceFailure.LEASE_TTL_TOO_LARGE,
        "etcdserver: too large lease TTL",
        p -> p.leases().grant(10_000_000_000L));
  }

  @Test
  void whatOthersHold() {
    LockRequest request = new LockRequest().setName("lock").setLeaseId(lease());
    Acquired held = await(jvms.ours.locks().lock(request));
    LockRequest other = new LockRequest(request).setLeaseId(lease());
    fails(ServiceFailure.NOT_ACQUIRED, "held by another", p -> p.locks().lock(other));
    Future<Acquired> waiting = jvms.ours.locks().lock(new LockRequest(other).setWaitMillis(60_000));
    RangeRequest line = new RangeRequest().setPrefix("lock/").setCountOnly(true);
    Await.untilTrue("it waits", () -> await(jvms.ours.kv().range(line)).getCount() == 2);
    CampaignRequest campaign = new CampaignRequest().setName("office").setLeaseId(lease());
    fails(
        ServiceFailure.TOO_MANY_WAITING,
        "there are 1 waiting here already",
        p -> p.elections().campaign(campaign));
    assertThat(await(jvms.ours.locks().unlock(held.getKey(), held.getFencingToken()))).isTrue();
    assertThat(await(waiting).getFencingToken()).isGreaterThan(held.getFencingToken());
    ProclaimRequest proclaim =
        new ProclaimRequest().setKey(held.getKey()).setFencingToken(held.getFencingToken());
    fails(
        ServiceFailure.NOT_HELD,
        held.getKey() + " no longer leads",
        p -> p.elections().proclaim(proclaim));
  }

  @Test
  void watchesThatCannotBeHadOrEnded() {
    MessageConsumer<JsonObject> caller = jvms.vertx.eventBus().consumer("caller");
    caller.handler(message -> message.reply(null));
    Void unused = await(caller.completion());
    WatchRequest request = new WatchRequest().setKey("k").setAddress("caller");
    String id = await(jvms.ours.watches().watch(request)).getWatchId();
    fails(
        ServiceFailure.TOO_MANY_WATCHES,
        "there are 1 watches here already",
        p -> p.watches().watch(request));
    assertThat(await(jvms.ours.watches().cancel(id))).isTrue();
    // an instance that does not answer
    String instance = UUID.randomUUID().toString();
    MessageConsumer<JsonObject> silent =
        jvms.vertx.eventBus().consumer("quorate.watch." + instance);
    silent.handler(message -> {});
    unused = await(silent.completion());
    fails(
        ServiceFailure.NO_ANSWER,
        "the instance that has the watch does not answer",
        p -> p.watches().cancel(instance + ".1"));
    unused = await(silent.unregister());
    unused = await(caller.unregister());
  }

  @Test
  void membersThatCannotBe() {
    fails(
        ServiceFailure.MEMBER_BAD_URLS,
        "etcdserver: given member URLs are invalid",
        p -> p.cluster().memberAdd(new MemberAddRequest().setPeerUrls(List.of("nowhere"))));
    fails(
        ServiceFailure.PEER_URL_EXIST,
        "etcdserver: Peer URLs already exists",
        p -> p.cluster().memberAdd(learner(jvms.peerUrl)));
    fails(
        ServiceFailure.MEMBER_NOT_FOUND,
        "etcdserver: member not found",
        p -> p.cluster().memberRemove("123"));
    fails(
        ServiceFailure.MEMBER_NOT_LEARNER,
        "etcdserver: can only promote a learner member",
        p -> p.cluster().memberPromote(jvms.memberId));
    fails(
        ServiceFailure.MEMBER_NOT_ENOUGH_STARTED,
        "etcdserver: re-configuration failed due to not enough started members",
        p -> p.cluster().memberRemove(jvms.memberId));
    fails(
        ServiceFailure.BAD_LEADER_TRANSFEREE,
        "etcdserver: bad leader transferee",
        p -> p.cluster().moveLeader("123"));
    String id = await(jvms.ours.cluster().memberAdd(learner(Served.url(1)))).getMemberId();
    fails(
        ServiceFailure.LEARNER_NOT_READY,
        "etcdserver: can only promote a learner member which is in sync with leader",
        p -> p.cluster().memberPromote(id));
    fails(
        ServiceFailure.TOO_MANY_LEARNERS,
        "etcdserver: too many learner members in cluster",
        p -> p.cluster().memberAdd(learner(Served.url(2))));
    assertThat(await(jvms.ours.cluster().memberRemove(id))).hasSize(1);
  }

  private static MemberAddRequest learner(URI url) {
    return new MemberAddRequest().setPeerUrls(List.of(url.toString())).setLearner(true);
  }

  /**
   * Ids are derived from the addresses and the current second, so an id repeats only within one
   * second.
   */
  @Test
  void aMemberThatWasAddedInTheSameSecond() {
    String message = "etcdserver: member ID already exist";
    Await.untilTrue(
        "all three fell into one second",
        () -> {
          MemberAddRequest request = learner(Served.url(Served.freePort()));
          String id = await(jvms.ours.cluster().memberAdd(request)).getMemberId();
          List<Future<ClusterMember>> again =
              List.of(
                  jvms.ours.cluster().memberAdd(request), jvms.plain.cluster().memberAdd(request));
          boolean same =
              again.stream()
                  .allMatch(
                      added -> ServiceFailure.of(failure(added)) == ServiceFailure.MEMBER_EXIST);
          if (same) {
            Failed.with(ServiceFailure.MEMBER_EXIST, message, again.get(0));
            plainly(ServiceFailure.MEMBER_EXIST, message, again.get(1));
            shown.add(ServiceFailure.MEMBER_EXIST);
          }
          assertThat(await(jvms.ours.cluster().memberRemove(id))).hasSize(1);
          return same;
        });
  }

  @Test
  void aMemberThatDoesNotLead() {
    URI url = Served.url(Served.freePort());
    ClusterService cluster = jvms.ours.cluster();
    String id = await(cluster.memberAdd(learner(url))).getMemberId();
    QuorateServer second = TwoJvms.join("two", directory, jvms.peerUrl, url);
    try {
      TwoJvms.promote(second, id, cluster);
      Void unused = await(cluster.moveLeader(id));
      fails(
          ServiceFailure.NOT_LEADER,
          "etcdserver: not leader",
          p -> p.cluster().moveLeader(jvms.memberId));
      assertThat(await(cluster.memberRemove(id))).hasSize(1);
    } finally {
      Void unused = await(second.close());
    }
  }

  @Test
  void anAddressWhereNobodyServes() {
    failsByTheBus(
        ServiceFailure.UNREACHABLE,
        "no service is registered",
        ReplyFailure.NO_HANDLERS,
        KvService.createProxy(jvms.vertx, "nowhere.kv").put("k", "v"),
        plainKv("nowhere.kv").put("k", "v"));
  }

  private KvService plainKv(String address) {
    return new ServiceProxyBuilder(jvms.vertx)
        .setAddress(address)
        .setOptions(new DeliveryOptions().setSendTimeout(500))
        .build(KvService.class);
  }

  @Test
  void aJvmThatStandsStill() {
    KvService impatient = RetryingProxy.at(KvService.class, jvms.vertx, "quorate.kv", 500);
    Signals.pause(jvms.process.process);
    try {
      Future<?> read = impatient.get("late");
      Future<?> written = impatient.put("late", "1");
      failsByTheBus(
          ServiceFailure.UNKNOWN_OUTCOME,
          "Timed out",
          ReplyFailure.TIMEOUT,
          written,
          plainKv("quorate.kv").put("later", "1"));
      Failed.with(ServiceFailure.NO_ANSWER, "no answer within 500 ms", read);
    } finally {
      Signals.resume(jvms.process.process);
    }
    // the unknown outcome: the request was executed
    Await.untilTrue("it is there", () -> await(jvms.ours.kv().get("late")) != null);
  }

  @Test
  @Order(Integer.MAX_VALUE - 1)
  void aStoreThatIsFull() {
    String mebibyte = "x".repeat(1 << 20);
    AtomicInteger keys = new AtomicInteger();
    Await.untilTrue(
        "it is full", // the size is measured a while later
        () ->
            await(
                jvms.ours
                    .kv()
                    .put("full/" + keys.getAndIncrement(), mebibyte)
                    .map(false)
                    .otherwise(failure -> true)));
    fails(
        ServiceFailure.NO_SPACE,
        "etcdserver: mvcc: database space exceeded",
        p -> p.kv().put("full", mebibyte));
    ClusterAlarm alarm = new ClusterAlarm().setMemberId(jvms.memberId).setAlarm("NOSPACE");
    assertThat(await(jvms.ours.cluster().alarms())).containsExactly(alarm);
    assertThat(await(jvms.plain.cluster().status()).getAlarms()).containsExactly(alarm);
    assertThat(await(jvms.ours.cluster().disarm(alarm))).isEmpty();
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void noFailureWasLeftOut() {
    Set<ServiceFailure> rest = EnumSet.complementOf(EnumSet.copyOf(shown));
    assertThat(rest).isEqualTo(NOT_BY_REQUEST.keySet());
  }
}
