package io.quorate.vertx.server.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.member.fault.ConfigurationException;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class BenchTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private FakeEtcd etcd;

  @BeforeEach
  void start() throws Exception {
    etcd = new FakeEtcd();
  }

  @AfterEach
  void stop() throws Exception {
    etcd.close();
  }

  @Test
  void numberAndSizeOfPutsFollowTheOptions() {
    JsonObject json =
        passes("put", "--total=500", "--clients=20", "--conns=3", "--key-size=9", "--val-size=77");
    assertThat(json.getJsonObject("put").getLong("succeeded")).isEqualTo(500);
    assertThat(json.getJsonObject("put").getJsonObject("latencyMillis").getDouble("p50"))
        .isPositive();
    assertThat(etcd.puts).hasSize(500);
    assertThat(etcd.connections).hasSize(3);
    assertThat(etcd.puts)
        .allSatisfy(put -> assertThat(put.getKey().size()).isEqualTo(9))
        .allSatisfy(put -> assertThat(put.getValue().size()).isEqualTo(77));
  }

  @Test
  void sequentialKeysCoverTheKeySpaceInOrder() {
    passes("put", "--total=100", "--sequential-keys", "--key-space-size=50", "--key-size=2");
    assertThat(etcd.puts.stream().map(put -> put.getKey().toStringUtf8()).limit(3))
        .containsExactly("00", "01", "02");
    assertThat(etcd.puts.stream().map(PutRequest::getKey).distinct()).hasSize(50);
  }

  @Test
  void theSameSeedGivesTheSameKeysAndValues() {
    passes("put", "--total=50", "--seed=7");
    List<PutRequest> first = new ArrayList<>(etcd.puts);
    etcd.puts.clear();
    passes("put", "--total=50", "--seed=7");
    assertThat(etcd.puts).containsExactlyElementsOf(first);
    etcd.puts.clear();
    passes("put", "--total=50", "--seed=8");
    assertThat(new ArrayList<>(etcd.puts)).isNotEqualTo(first);
  }

  @Test
  void warmUpIsNotCounted() {
    JsonObject json = passes("put", "--total=30", "--clients=2", "--warm-up=0.3");
    assertThat(json.getJsonObject("put").getLong("total")).isEqualTo(30);
    assertThat(etcd.puts.size()).isGreaterThan(30);
  }

  @Test
  void theRunEndsAfterTheGivenSeconds() {
    JsonObject put = passes("put", "--seconds=0.5", "--clients=4").getJsonObject("put");
    assertThat(put.getDouble("seconds")).isBetween(0.4, 5.0);
    assertThat(put.getLong("succeeded")).isPositive();
  }

  @Test
  void requestsAreSentAtTheGivenRate() {
    JsonObject put =
        passes("put", "--rate=200", "--seconds=1", "--clients=50").getJsonObject("put");
    assertThat(put.getLong("succeeded")).isBetween(150L, 201L);
  }

  @Test
  void anOpenLoopIncludesTheTimeThatDueRequestsWaited() {
    // One client, and every fifth request gets no answer: the requests behind it wait for its
    // time-out.
    etcd.ignoreEvery = 5;
    JsonObject put =
        fails("put", "--rate=5", "--total=8", "--clients=1", "--timeout=1").getJsonObject("put");
    assertThat(put.getJsonObject("errors").getMap().keySet())
        .containsAnyOf("no answer within the time-out", "not sent within the time-out");
    assertThat(put.getJsonObject("latencyMillis").getDouble("max")).isGreaterThan(500);
  }

  @Test
  void failuresAreCountedByMessageAndTheRunFails() {
    etcd.failEvery = 10;
    JsonObject put = fails("put", "--total=100", "--clients=10").getJsonObject("put");
    assertThat(put.getLong("failed")).isEqualTo(10);
    assertThat(put.getLong("succeeded")).isEqualTo(90);
    assertThat(put.getJsonObject("errors").getMap())
        .containsOnlyKeys("UNAVAILABLE: etcdserver: no leader");
  }

  @Test
  void anAnswerThatNeverComesIsAFailure() {
    etcd.ignoreEvery = 10;
    JsonObject put =
        fails("put", "--total=20", "--clients=2", "--timeout=0.5").getJsonObject("put");
    assertThat(put.getJsonObject("errors").getLong("no answer within the time-out")).isEqualTo(2);
    assertThat(put.getLong("succeeded")).isEqualTo(18);
  }

  @Test
  void anUnreachableServerEndsTheRun() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    int code =
        Bench.run(
            new String[] {
              "put", "--endpoints=127.0.0.1:" + port, "--total=100000000", "--timeout=0.3"
            },
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    assertThat(code).isEqualTo(1);
    assertThat(text(out)).contains("put: 0 in ").contains("failed ");
  }

  @Test
  void rangeRequestsFollowTheOptions() {
    passes("range", "--total=10", "--consistency=s", "--limit=3", "--keys-only");
    assertThat(etcd.ranges)
        .hasSize(10)
        .allMatch(RangeRequest::getSerializable)
        .allMatch(RangeRequest::getKeysOnly)
        .allMatch(range -> range.getLimit() == 3 && range.getRangeEnd().isEmpty());
    etcd.ranges.clear();
    passes("range", "foo", "--prefix", "--total=1");
    assertThat(etcd.ranges)
        .containsExactly(
            RangeRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8("foo"))
                .setRangeEnd(ByteString.copyFromUtf8("fop"))
                .build());
  }

  @Test
  void aRangeWithAnEmptyPrefixHasNoEnd() {
    ByteString zero = ByteString.copyFrom(new byte[1]);
    assertThat(SingleRequests.prefixEnd(ByteString.EMPTY)).isEqualTo(zero);
    assertThat(SingleRequests.prefixEnd(ByteString.copyFrom(new byte[] {-1, -1}))).isEqualTo(zero);
    assertThat(SingleRequests.prefixEnd(ByteString.copyFrom(new byte[] {'a', -1})))
        .isEqualTo(ByteString.copyFromUtf8("b"));
  }

  @Test
  void transactionsHaveTheGivenNumberOfPutsOfDifferentKeys() {
    passes("txn-put", "--total=20", "--txn-ops=4", "--key-space-size=5");
    assertThat(etcd.txns)
        .hasSize(20)
        .allSatisfy(
            txn ->
                assertThat(
                        txn.getSuccessList().stream()
                            .map(op -> op.getRequestPut().getKey())
                            .distinct())
                    .hasSize(4));
  }

  @Test
  void mixedTransactionsHaveTheGivenRatio() {
    passes("txn-mixed", "--total=1000", "--clients=10", "--rw-ratio=3");
    long writes = etcd.txns.stream().mapToLong(FakeEtcd::putsIn).sum();
    assertThat(writes).isBetween(180L, 320L);
  }

  @Test
  void everyEventOfEveryWatcherIsCounted() {
    JsonObject json =
        passes(
            "watch",
            "--streams=4",
            "--watch-per-stream=5",
            "--watched-key-total=2",
            "--total=30",
            "--clients=3",
            "--conns=2");
    assertThat(json.getJsonObject("put").getLong("succeeded")).isEqualTo(30);
    assertThat(json.getJsonObject("event").getLong("succeeded")).isEqualTo(30 * 10);
  }

  @Test
  void anEventThatNeverComesIsAFailure() {
    etcd.loseEvery = 7;
    JsonObject event = fails("watch-latency", "--total=14", "--timeout=0.5").getJsonObject("event");
    assertThat(event.getJsonObject("errors").getLong("event never came")).isEqualTo(2);
    assertThat(event.getLong("succeeded")).isEqualTo(12);
  }

  @Test
  void leasesAreRenewedInTurnAndThenRevoked() {
    JsonObject json = passes("lease-keepalive", "--total=60", "--clients=3", "--leases=6");
    assertThat(json.getJsonObject("lease-keepalive").getLong("succeeded")).isEqualTo(60);
    assertThat(etcd.renewals).hasSize(60);
    assertThat(etcd.renewals.stream().distinct()).hasSize(6);
    assertThat(etcd.leases).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--conns=0",
        "--clients=0",
        "--endpoints=nowhere",
        "--endpoints=http://a:b",
        "--rate=-1",
        "--key-size=0",
        "--consistency=x",
        "--timeout=0",
        "--key-space-size=0"
      })
  void aWrongValueIsRefusedWithTheNameOfTheOption(String arg) {
    assertThatThrownBy(() -> Bench.run(new String[] {"put", arg}, System.out, System.err))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(arg.substring(0, arg.indexOf('=')));
  }

  private JsonObject passes(String... args) {
    return run(0, args);
  }

  private JsonObject fails(String... args) {
    return run(1, args);
  }

  private JsonObject run(int expectedCode, String... args) {
    out.reset();
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--endpoints=" + etcd.endpoint(), "--json", "--quiet"));
    int code =
        Bench.run(
            all.toArray(String[]::new),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    assertThat(code).as(text(out) + text(err)).isEqualTo(expectedCode);
    return new JsonObject(text(out));
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
