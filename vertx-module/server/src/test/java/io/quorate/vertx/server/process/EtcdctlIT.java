package io.quorate.vertx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.vertx.server.process.Etcdctl.Outcome;
import io.quorate.vertx.testing.Await;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The output of etcdctl with three members, command by command. All tests share one cluster; each
 * test uses its own keys and does not depend on absolute revisions.
 */
@ExtendWith(LogTails.class)
class EtcdctlIT {
  @SuppressWarnings("NullAway.Init")
  private static ProcessCluster cluster;

  @SuppressWarnings("NullAway.Init")
  private static Etcdctl etcdctl;

  @BeforeAll
  static void startThreeMembers() {
    cluster = ProcessCluster.start("etcdctl", 3);
    etcdctl = new Etcdctl(cluster.endpoints());
    for (MemberProcess member : cluster.members()) {
      Await.untilTrue(
          "all names known to " + member.name(),
          () -> !new Etcdctl(member.clientUrl()).ok("member", "list").contains("unstarted"));
    }
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  // ---- put, get, del

  @Test
  void a_put_key_is_read_from_every_member() {
    assertThat(etcdctl.ok("put", "put/a", "1")).isEqualTo("OK");
    for (MemberProcess member : cluster.members()) {
      assertThat(new Etcdctl(member.clientUrl()).ok("get", "put/a")).isEqualTo("put/a\n1");
    }
  }

  @Test
  void a_value_from_standard_input_keeps_its_line_breaks() {
    assertThat(etcdctl.okWithInput("two\nlines", "put", "put/stdin")).isEqualTo("OK");
    assertThat(etcdctl.ok("get", "put/stdin", "--print-value-only")).isEqualTo("two\nlines");
  }

  @Test
  void a_put_can_return_the_previous_pair_and_keep_its_value() {
    etcdctl.ok("put", "put/prev", "old");
    assertThat(etcdctl.ok("put", "put/prev", "new", "--prev-kv")).isEqualTo("OK\nput/prev\nold");
    assertThat(etcdctl.ok("put", "put/prev", "--ignore-value")).isEqualTo("OK");
    assertThat(etcdctl.ok("get", "put/prev")).isEqualTo("put/prev\nnew");
  }

  @Test
  void a_prefix_is_read_in_the_requested_order() {
    for (String pair : List.of("a=3", "b=1", "c=2")) {
      etcdctl.ok("put", "order/" + pair.charAt(0), pair.substring(2));
    }
    etcdctl.ok("put", "order/a", "3"); // created first, modified last

    assertThat(keys("order/", "--prefix")).containsExactly("order/a", "order/b", "order/c");
    assertThat(keys("order/", "--prefix", "--order=DESCEND"))
        .containsExactly("order/c", "order/b", "order/a");
    assertThat(keys("order/", "--prefix", "--sort-by=VALUE"))
        .containsExactly("order/b", "order/c", "order/a");
    assertThat(keys("order/", "--prefix", "--sort-by=MODIFY", "--order=DESCEND"))
        .containsExactly("order/a", "order/c", "order/b");
    assertThat(keys("order/", "--prefix", "--sort-by=CREATE", "--order=DESCEND"))
        .containsExactly("order/c", "order/b", "order/a");
    assertThat(keys("order/", "--prefix", "--sort-by=VERSION", "--order=DESCEND").get(0))
        .isEqualTo("order/a");
    assertThat(keys("order/", "--prefix", "--limit=2")).containsExactly("order/a", "order/b");
    assertThat(keys("order/", "--prefix", "--sort-by=VALUE", "--limit=1"))
        .containsExactly("order/b");
  }

  private static List<String> keys(String key, String... options) {
    String[] arguments =
        Arrays.copyOf(new String[] {"get", key, "--keys-only"}, 3 + options.length);
    System.arraycopy(options, 0, arguments, 3, options.length);
    return etcdctl.ok(arguments).lines().filter(line -> !line.isEmpty()).toList();
  }

  @Test
  void a_range_may_be_open_ended() {
    for (String key : List.of("range/a", "range/b", "range/c")) {
      etcdctl.ok("put", key, "x");
    }
    assertThat(keys("range/a", "range/c")).containsExactly("range/a", "range/b");
    assertThat(keys("range/b", "--from-key", "--limit=2")).containsExactly("range/b", "range/c");
  }

  @Test
  void only_the_count_or_only_the_values_can_be_requested() {
    etcdctl.ok("put", "count/a", "x");
    etcdctl.ok("put", "count/b", "y");
    assertThat(etcdctl.ok("get", "count/", "--prefix", "--print-value-only")).isEqualTo("x\ny");
    assertThat(cluster.member(0).client().count("count/"))
        .isEqualTo(2); // etcdctl 3.4 has no option for it
    assertThat(etcdctl.ok("get", "count/", "--prefix", "--limit=1", "-w", "json"))
        .contains("\"more\":true")
        .contains("\"count\":2");
  }

  @Test
  void an_old_revision_can_be_read() {
    etcdctl.ok("put", "rev/a", "old");
    long old = revision();
    etcdctl.ok("put", "rev/a", "new");
    assertThat(etcdctl.ok("get", "rev/a", "--rev=" + old)).isEqualTo("rev/a\nold");
  }

  @Test
  void a_serializable_read_is_answered_by_one_member() {
    etcdctl.ok("put", "local/a", "1");
    for (MemberProcess member : cluster.members()) {
      Etcdctl one = new Etcdctl(member.clientUrl());
      Await.untilTrue(
          member.name() + " has it",
          () -> one.ok("get", "local/a", "--consistency=s").equals("local/a\n1"));
    }
  }

  @Test
  void json_and_fields_output_show_revisions_versions_and_the_answering_member() {
    etcdctl.ok("put", "w/a", "1");
    etcdctl.ok("put", "w/a", "2");
    String json = etcdctl.ok("get", "w/a", "-w", "json");
    assertThat(json)
        .contains("\"key\":\"dy9h\"", "\"value\":\"Mg==\"", "\"version\":2", "\"count\":1")
        .containsPattern("\"header\":\\{\"cluster_id\":\\d+,\"member_id\":\\d+,\"revision\":\\d+,");
    assertThat(number(json, "mod_revision")).isEqualTo(number(json, "create_revision") + 1);
    assertThat(etcdctl.ok("get", "w/a", "-w", "fields"))
        .contains("\"Key\" : \"w/a\"", "\"Value\" : \"2\"", "\"Version\" : 2", "\"Lease\" : 0")
        .contains("\"More\" : false", "\"Count\" : 1");
  }

  @Test
  void del_prints_the_number_of_keys_and_on_request_the_pairs() {
    for (String key : List.of("del/a", "del/b", "del/c")) {
      etcdctl.ok("put", key, key.toUpperCase(java.util.Locale.ROOT));
    }
    assertThat(etcdctl.ok("del", "del/none")).isEqualTo("0");
    assertThat(etcdctl.ok("del", "del/a", "--prev-kv")).isEqualTo("1\ndel/a\nDEL/A");
    assertThat(etcdctl.ok("del", "del/", "--prefix")).isEqualTo("2");
    assertThat(etcdctl.ok("get", "del/", "--prefix")).isEmpty();
  }

  // ---- txn

  @Test
  void a_transaction_executes_the_branch_selected_by_its_comparisons() {
    etcdctl.ok("put", "txn/a", "1");
    assertThat(
            etcdctl.okWithInput(
                """
                value("txn/a") = "1"
                version("txn/a") = "1"
                create("txn/a") > "0"
                mod("txn/a") > "1"

                put txn/a 2
                get txn/a

                get txn/none

                """,
                "txn"))
        .isEqualTo("SUCCESS\n\nOK\n\ntxn/a\n2");
    assertThat(
            etcdctl.okWithInput(
                """
                value("txn/a") = "1"

                put txn/a 3

                get txn/a
                del txn/a

                """,
                "txn"))
        .isEqualTo("FAILURE\n\ntxn/a\n2\n\n1");
    assertThat(etcdctl.ok("get", "txn/a")).isEmpty();
  }

  @Test
  void a_missing_key_has_create_revision_zero_and_leases_can_be_compared() {
    String lease = grant(600);
    etcdctl.ok("put", "txn/leased", "x", "--lease=" + lease);
    assertThat(
            etcdctl.okWithInput(
                """
                create("txn/never") = "0"
                version("txn/never") < "1"

                put txn/never 1

                get txn/never

                """,
                "txn",
                "--interactive=false"))
        .isEqualTo("SUCCESS\n\nOK");
    // etcdctl 3.4 panics on a comparison of leases, so another client has to send it.
    Client client = cluster.member(1).client();
    assertThat(client.isOfLease("txn/leased", Long.parseLong(lease, 16))).isTrue();
    assertThat(client.isOfLease("txn/leased", 1)).isFalse();
    etcdctl.ok("lease", "revoke", lease);
  }

  @Test
  void the_interactive_transaction_works() {
    String out =
        etcdctl.okWithInput("value(\"txn/i\") = \"no\"\n\n\nput txn/i yes\n\n", "txn", "-i");
    assertThat(out).contains("compares:", "failure requests", "FAILURE", "OK");
    assertThat(etcdctl.ok("get", "txn/i")).isEqualTo("txn/i\nyes");
  }

  // ---- watch

  @Test
  void a_watch_prints_past_and_new_events() {
    etcdctl.ok("put", "watch/a", "1");
    long from = revision();
    etcdctl.ok("put", "watch/b", "2");
    try (Etcdctl.Running watch =
        etcdctl.start("watch", "watch/", "--prefix", "--rev=" + from, "--prev-kv")) {
      assertEvent(watch, "PUT", "watch/a", "1");
      assertEvent(watch, "PUT", "watch/b", "2");
      etcdctl.ok("put", "watch/a", "3");
      watch.next("PUT");
      assertThat(List.of(watch.next("watch/a"), watch.next("")))
          .containsExactly("watch/a", "1"); // the previous pair
      assertThat(List.of(watch.next("watch/a"), watch.next(""))).containsExactly("watch/a", "3");
      etcdctl.ok("put", "elsewhere", "x");
      etcdctl.ok("del", "watch/b");
      watch.next("DELETE");
      watch.next("watch/b");
      assertThat(watch.next("")).isEqualTo("2");
      assertThat(watch.hasPrinted("elsewhere")).isFalse();
    }
  }

  private static void assertEvent(Etcdctl.Running watch, String kind, String key, String value) {
    assertThat(List.of(watch.next(kind), watch.next(key), watch.next("")))
        .containsExactly(kind, key, value);
  }

  @Test
  void a_watch_of_compacted_history_ends_with_the_reason() {
    etcdctl.ok("put", "compacted/a", "1");
    long old = revision();
    etcdctl.ok("put", "compacted/a", "2");
    etcdctl.ok("compact", Long.toString(revision()));
    Outcome watch = etcdctl.run("watch", "compacted/a", "--rev=" + old);
    assertThat(watch.exitCode()).isNotZero();
    assertThat(watch.err())
        .contains("watch was canceled (etcdserver: mvcc: required revision has been compacted)");
  }

  // ---- leases

  private static String grant(int seconds) {
    Matcher granted =
        Pattern.compile("lease ([0-9a-f]{16}) granted with TTL\\((\\d+)s\\)")
            .matcher(etcdctl.ok("lease", "grant", Integer.toString(seconds)));
    assertThat(granted.matches()).isTrue();
    assertThat(Integer.parseInt(granted.group(2))).isEqualTo(seconds);
    return granted.group(1);
  }

  @Test
  void revoking_a_lease_deletes_its_keys() {
    String lease = grant(600);
    etcdctl.ok("put", "lease/a", "1", "--lease=" + lease);
    etcdctl.ok("put", "lease/b", "2", "--lease=" + lease);
    assertThat(etcdctl.ok("lease", "keep-alive", "--once", lease))
        .isEqualTo("lease " + lease + " keepalived with TTL(600)");
    assertThat(etcdctl.ok("lease", "timetolive", lease))
        .matches("lease " + lease + " granted with TTL\\(600s\\), remaining\\(\\d+s\\)");
    assertThat(etcdctl.ok("lease", "timetolive", lease, "--keys"))
        .endsWith("attached keys([lease/a lease/b])");
    assertThat(etcdctl.ok("lease", "list")).contains("found ", lease);
    assertThat(etcdctl.ok("lease", "revoke", lease)).isEqualTo("lease " + lease + " revoked");
    assertThat(etcdctl.ok("get", "lease/", "--prefix")).isEmpty();
    assertThat(etcdctl.ok("lease", "timetolive", lease))
        .isEqualTo("lease " + lease + " already expired");
    assertThat(etcdctl.ok("lease", "list")).doesNotContain(lease);
  }

  @Test
  void keys_are_deleted_when_their_lease_expires() {
    String lease = grant(2);
    etcdctl.ok("put", "expiry/a", "1", "--lease=" + lease);
    try (Etcdctl.Running watch = etcdctl.start("watch", "expiry/a", "--rev=1")) {
      watch.next("DELETE");
    }
    assertThat(etcdctl.ok("get", "expiry/a")).isEmpty();
    assertThat(etcdctl.ok("lease", "timetolive", lease)).endsWith("already expired");
  }

  @Test
  void keep_alive_continues_until_the_lease_is_revoked() {
    String lease = grant(5);
    try (Etcdctl.Running keepAlive = etcdctl.start("lease", "keep-alive", lease)) {
      keepAlive.next("keepalived with TTL(5)");
      keepAlive.next("keepalived with TTL(5)");
      etcdctl.ok("lease", "revoke", lease);
      keepAlive.next("lease " + lease + " expired or revoked.");
    }
  }

  // ---- compaction

  @Test
  void compacted_revisions_cannot_be_read() {
    etcdctl.ok("put", "compact/a", "1");
    long old = revision();
    etcdctl.ok("put", "compact/a", "2");
    long last = revision();
    assertThat(etcdctl.ok("compact", Long.toString(last))).isEqualTo("compacted revision " + last);
    assertFails(
        "etcdserver: mvcc: required revision has been compacted",
        "get",
        "compact/a",
        "--rev=" + old);
    assertFails(
        "etcdserver: mvcc: required revision has been compacted", "compact", Long.toString(old));
    assertThat(etcdctl.ok("get", "compact/a", "--rev=" + last)).isEqualTo("compact/a\n2");
    etcdctl.ok("put", "compact/a", "3");
    long physical = revision();
    assertThat(etcdctl.ok("compact", "--physical", Long.toString(physical)))
        .isEqualTo("compacted revision " + physical);
  }

  // ---- cluster and maintenance

  @Test
  void the_member_list_has_three_output_formats() {
    assertThat(etcdctl.ok("member", "list").lines())
        .hasSize(3)
        .allMatch(
            line -> line.matches("[0-9a-f]+, started, m[123], http://\\S+, http://\\S+, false"));
    assertThat(etcdctl.ok("member", "list", "-w", "table"))
        .contains("| STATUS  |", "| started |   m1 |", "IS LEARNER");
    assertThat(etcdctl.ok("member", "list", "-w", "json"))
        .contains("\"name\":\"m2\"", "\"peerURLs\":[\"" + cluster.member(1).peerUrl() + "\"]");
  }

  @Test
  void a_member_reports_its_status() {
    for (MemberProcess member : cluster.members()) {
      Etcdctl one = new Etcdctl(member.clientUrl());
      assertThat(one.run("endpoint", "health").err())
          .contains("is healthy: successfully committed proposal");
      assertThat(one.ok("endpoint", "status")).startsWith(member.clientUrl() + ", ");
      String fields = one.ok("endpoint", "status", "-w", "fields");
      assertThat(fields).contains("\"IsLearner\" : false", "\"Errors\" : ");
      assertThat(number(fields.replace("\" : ", "\":"), "RaftTerm")).isPositive();
    }
  }

  @Test
  void endpoints_of_all_members_are_found_through_one_member() {
    for (MemberProcess member : cluster.members()) {
      Etcdctl one = new Etcdctl(member.clientUrl());
      assertThat(one.run("endpoint", "health", "--cluster").err().lines())
          .hasSize(3)
          .allMatch(line -> line.contains("is healthy"));
      List<String> status = one.ok("endpoint", "status", "--cluster").lines().toList();
      assertThat(status).hasSize(3);
      assertThat(status.stream().filter(line -> line.contains(", true, false, "))).hasSize(1);
      assertThat(one.ok("endpoint", "status", "--cluster", "-w", "table")).contains("IS LEADER");
      assertThat(one.ok("endpoint", "hashkv", "--cluster").lines()).hasSize(3);
    }
  }

  @Test
  void the_hash_of_one_revision_is_the_same_on_all_members() {
    etcdctl.ok("put", "hash/a", "1");
    long revision = revision();
    for (MemberProcess member : cluster.members()) {
      etcdctl.ok("get", "hash/a"); // so that no member lags behind
      Etcdctl one = new Etcdctl(member.clientUrl());
      one.ok("get", "hash/a");
    }
    List<String> hashes =
        etcdctl
            .ok("endpoint", "hashkv", "--rev=" + revision)
            .lines()
            .map(line -> line.substring(line.indexOf(", ")))
            .distinct()
            .toList();
    assertThat(hashes).hasSize(1);
  }

  @Test
  void leadership_moves_to_the_requested_member() {
    MemberProcess leader = cluster.awaitLeader();
    MemberProcess heir = cluster.others(leader).get(0);
    long heirId = heir.client().status().getHeader().getMemberId();
    long leaderId = leader.client().status().getHeader().getMemberId();
    assertThat(etcdctl.ok("move-leader", Long.toHexString(heirId)))
        .isEqualTo(
            "Leadership transferred from "
                + Long.toHexString(leaderId)
                + " to "
                + Long.toHexString(heirId));
    assertThat(cluster.awaitLeader()).isSameAs(heir);
    Outcome notThere = new Etcdctl(leader.clientUrl()).run("move-leader", "1");
    assertThat(notThere.exitCode()).isNotZero();
    assertThat(notThere.err()).contains("no leader endpoint given at");
  }

  @Test
  void there_is_no_alarm_to_list_or_disarm() {
    assertThat(etcdctl.ok("alarm", "list")).isEmpty();
    assertThat(etcdctl.ok("alarm", "disarm")).isEmpty();
  }

  // ---- recipes of the client

  @Test
  void a_lock_has_one_holder_at_a_time() {
    try (Etcdctl.Running first = etcdctl.start("lock", "mutex")) {
      String key = first.next("mutex/");
      try (Etcdctl.Running second = etcdctl.start("lock", "mutex")) {
        Await.untilTrue("both wait for the lock", () -> keys("mutex/", "--prefix").size() == 2);
        assertThat(second.hasPrinted("mutex/")).isFalse();
        first.stop();
        assertThat(second.next("mutex/")).isNotEqualTo(key);
        second.stop();
      }
    }
    assertThat(keys("mutex/", "--prefix")).isEmpty();
  }

  @Test
  void a_lock_is_held_while_a_command_runs() {
    assertThat(etcdctl.ok("lock", "mutex2", "echo", "held")).isEqualTo("held");
    assertThat(keys("mutex2/", "--prefix")).isEmpty();
  }

  @Test
  void an_election_has_one_winner_and_observers_see_it() {
    try (Etcdctl.Running listener = etcdctl.start("elect", "-l", "office");
        Etcdctl.Running first = etcdctl.start("elect", "office", "ann")) {
      String key = first.next("office/");
      assertThat(first.next("ann")).isEqualTo("ann");
      assertThat(listener.next("office/")).isEqualTo(key);
      try (Etcdctl.Running second = etcdctl.start("elect", "office", "bob")) {
        Await.untilTrue("both are candidates", () -> keys("office/", "--prefix").size() == 2);
        assertThat(second.hasPrinted("bob")).isFalse();
        first.stop();
        second.next("office/");
        assertThat(second.next("bob")).isEqualTo("bob");
        assertThat(listener.next("bob")).isEqualTo("bob");
        second.stop();
      }
    }
  }

  // ---- errors

  @Test
  void errors_give_an_exit_code_and_etcds_message() {
    assertFails("etcdserver: key is not provided", "put", "", "x");
    assertFails("etcdserver: requested lease not found", "put", "e", "x", "--lease=1");
    assertFails(
        "failed to revoke lease (etcdserver: requested lease not found)", "lease", "revoke", "1");
    assertFails(
        "etcdserver: mvcc: required revision is a future revision", "get", "e", "--rev=99999999");
    assertFails("etcdserver: mvcc: required revision is a future revision", "compact", "99999999");
    assertFails("etcdserver: member not found", "member", "remove", "1");
    assertFails("etcdserver: key not found", "put", "put/never", "--ignore-value");
    Outcome twice = etcdctl.runWithInput("\nput e 1\nput e 2\n\n\n", "txn");
    assertThat(twice.exitCode()).isNotZero();
    assertThat(twice.err()).contains("etcdserver: duplicate key given in txn request");
  }

  private static void assertFails(String words, String... arguments) {
    Outcome outcome = etcdctl.run(arguments);
    assertThat(outcome.exitCode()).as("exit code of %s", List.of(arguments)).isNotZero();
    assertThat(outcome.err()).contains("Error: " + words);
  }

  /** The command itself takes a minute, regardless of the server. */
  @Test
  void the_small_load_of_check_perf_passes() {
    assertThat(etcdctl.run("check", "perf", "--load=s").out()).contains("PASS: Throughput is");
  }

  private static long revision() {
    return number(etcdctl.ok("get", "revision", "-w", "json"), "revision");
  }

  private static long number(String json, String name) {
    Matcher matcher = Pattern.compile("\"" + name + "\":(\\d+)").matcher(json);
    assertThat(matcher.find()).as("%s in %s", name, json).isTrue();
    return Long.parseLong(matcher.group(1));
  }
}
