package io.quorate.cluster.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.cluster.connection.BootstrapPolicy.Decision;
import io.quorate.cluster.connection.PeerProbe.Finding;
import io.quorate.cluster.connection.PeerProbe.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BootstrapPolicyTest {
  private static final Address A = new Address("10.0.0.1", 100);
  private static final Address B = new Address("10.0.0.2", 100);
  private static final Address C = new Address("10.0.0.3", 100);
  private static final Address D = new Address("10.0.0.4", 100);

  private static Finding finding(Address address, Kind kind) {
    return new Finding(address, kind, kind == Kind.IN_CLUSTER ? "c1" : "other");
  }

  private static Map<Address, Finding> found(Finding... findings) {
    Map<Address, Finding> found = new HashMap<>();
    for (Finding finding : findings) {
      found.put(finding.address(), finding);
    }
    return found;
  }

  private static final BootstrapPolicy HOST = new BootstrapPolicy.SingleHost("h", 100, 3);
  private static final Address FIRST = new Address("h", 100);
  private static final Address SECOND = new Address("h", 101);
  private static final Address THIRD = new Address("h", 102);

  @Test
  void the_first_port_begins_if_all_others_answer_or_refuse() {
    assertThat(
            HOST.decide(
                FIRST, found(finding(SECOND, Kind.SEARCHING), finding(THIRD, Kind.REFUSED))))
        .isInstanceOf(Decision.Begin.class);
  }

  @Test
  void a_missing_answer_is_not_taken_for_a_refusal() {
    assertThat(
            HOST.decide(
                FIRST, found(finding(SECOND, Kind.NO_ANSWER), finding(THIRD, Kind.REFUSED))))
        .isInstanceOf(Decision.Wait.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"NO_ANSWER", "SEARCHING"})
  void another_port_never_begins(Kind first) {
    assertThat(HOST.decide(SECOND, found(finding(FIRST, first), finding(THIRD, Kind.REFUSED))))
        .isInstanceOf(Decision.Wait.class);
  }

  @Test
  void the_first_port_is_taken_once_it_is_free() {
    assertThat(
            HOST.decide(SECOND, found(finding(FIRST, Kind.REFUSED), finding(THIRD, Kind.REFUSED))))
        .isInstanceOf(Decision.TakeAnotherPort.class);
  }

  @Test
  void a_cluster_of_another_name_on_the_first_port_is_refused() {
    assertThat(HOST.decide(SECOND, found(finding(FIRST, Kind.OTHER_CLUSTER))))
        .isInstanceOf(Decision.Refuse.class);
    assertThat(HOST.decide(FIRST, found(finding(SECOND, Kind.OTHER_CLUSTER))))
        .isInstanceOf(Decision.Begin.class);
  }

  @Test
  void an_existing_cluster_is_joined_even_on_the_first_port() {
    assertThat(
            HOST.decide(
                FIRST, found(finding(SECOND, Kind.NO_ANSWER), finding(THIRD, Kind.IN_CLUSTER))))
        .isEqualTo(new Decision.Join(THIRD, "c1"));
  }

  @Test
  void two_clusters_of_one_name_are_refused() {
    assertThat(
            HOST.decide(
                FIRST,
                found(
                    new Finding(SECOND, Kind.IN_CLUSTER, "c1"),
                    new Finding(THIRD, Kind.IN_CLUSTER, "c2"))))
        .isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void only_the_first_seed_begins_and_only_if_all_seeds_answer() {
    BootstrapPolicy seeds = new BootstrapPolicy.SeedList(List.of(B, A, C), List.of());
    assertThat(seeds.decide(A, found(finding(B, Kind.REFUSED), finding(C, Kind.REFUSED))))
        .isInstanceOf(Decision.Wait.class);
    assertThat(seeds.decide(B, found(finding(A, Kind.REFUSED), finding(C, Kind.SEARCHING))))
        .isInstanceOf(Decision.Begin.class);
    assertThat(seeds.decide(B, found(finding(A, Kind.REFUSED), finding(C, Kind.NO_ANSWER))))
        .isInstanceOf(Decision.Wait.class);
    assertThat(seeds.decide(B, found(finding(A, Kind.REFUSED), finding(C, Kind.OTHER_CLUSTER))))
        .isInstanceOf(Decision.Refuse.class);
  }

  @Test
  void behind_a_dns_name_the_lowest_address_begins_once_all_are_searching() {
    BootstrapPolicy three = new BootstrapPolicy.DnsRecords("n", List.of(A, B, C), 3);
    Map<Address, Finding> looking = found(finding(B, Kind.SEARCHING), finding(C, Kind.SEARCHING));
    assertThat(three.decide(A, looking)).isInstanceOf(Decision.Begin.class);
    assertThat(three.decide(D, looking)).isInstanceOf(Decision.Wait.class);
    assertThat(three.decide(B, found(finding(A, Kind.SEARCHING), finding(C, Kind.SEARCHING))))
        .isInstanceOf(Decision.Wait.class);
    assertThat(three.decide(A, found(finding(B, Kind.SEARCHING), finding(C, Kind.REFUSED))))
        .isInstanceOf(Decision.Wait.class);
    assertThat(
            new BootstrapPolicy.DnsRecords("n", List.of(A, B), 3)
                .decide(A, found(finding(B, Kind.SEARCHING))))
        .isInstanceOf(Decision.Wait.class);
  }

  @Test
  void srv_records_have_ports_and_address_records_use_the_default() {
    NameResolver.Lookup lookup =
        new NameResolver.Lookup() {
          @Override
          public List<String> services(String name) {
            return name.equals("srv") ? List.of("0 5 7001 a.", "0 5 7002 b.") : List.of();
          }

          @Override
          public List<String> addresses(String host) {
            return switch (host) {
              case "a" -> List.of("10.0.0.1");
              case "b", "plain" -> List.of("10.0.0.2");
              default -> List.of();
            };
          }
        };
    assertThat(NameResolver.of(lookup).find("srv", 1))
        .containsExactly(new Address("10.0.0.1", 7001), new Address("10.0.0.2", 7002));
    assertThat(NameResolver.of(lookup).find("plain", 1))
        .containsExactly(new Address("10.0.0.2", 1));
    assertThat(NameResolver.of(lookup).find("none", 1)).isEmpty();
  }

  @Test
  void addresses_are_read_and_written_with_and_without_a_port() {
    assertThat(Address.parse("h", 5)).isEqualTo(new Address("h", 5));
    assertThat(Address.parse("h:7", 5)).isEqualTo(new Address("h", 7));
    assertThat(Address.parse("[::1]:7", 5)).isEqualTo(new Address("::1", 7));
    assertThat(Address.parse("::1", 5)).isEqualTo(new Address("::1", 5));
    assertThat(new Address("::1", 7)).hasToString("[::1]:7");
  }
}
