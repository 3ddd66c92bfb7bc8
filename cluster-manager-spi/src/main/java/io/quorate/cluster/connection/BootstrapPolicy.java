package io.quorate.cluster.connection;

import io.quorate.cluster.connection.PeerProbe.Finding;
import io.quorate.cluster.connection.PeerProbe.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides which process bootstraps a new cluster. If two did, there would be two clusters; if none
 * does, processes only wait longer. So there is one address whose holder may bootstrap, and only
 * one process can hold it at a time. It bootstraps only if every other address has
 * <em>answered</em>, while it held its own, that there is no cluster. A missing answer is not taken
 * for an answer.
 */
sealed interface BootstrapPolicy {

  /** The other addresses to ask. */
  List<Address> candidates();

  /** Whether {@code address} is asked again in every round. */
  boolean isDecisive(Address address);

  /** What the process at {@code self} does, given the answers so far. */
  Decision decide(Address self, Map<Address, Finding> found);

  /** What to do next. */
  sealed interface Decision {
    /** There is a cluster to join. */
    record Join(Address member, String clusterId) implements Decision {}

    /** There is no cluster, and this process bootstraps it. */
    record Begin() implements Decision {}

    /** Ask again; {@code why} is the error message if nothing changes before the deadline. */
    record Wait(String why) implements Decision {}

    /** Start again from the first port: the port whose holder may bootstrap has become free. */
    record TakeAnotherPort() implements Decision {}

    /** Give up: waiting would not help. */
    record Refuse(String why) implements Decision {}
  }

  /**
   * Common to all policies: an existing cluster is joined, and two clusters of one name are an
   * error.
   */
  private static Optional<Decision> existing(Collection<Finding> found) {
    TreeSet<String> ids = new TreeSet<>();
    List<Finding> members = new ArrayList<>();
    for (Finding finding : found) {
      if (finding.kind() == Kind.IN_CLUSTER) {
        ids.add(finding.detail());
        members.add(finding);
      }
    }
    if (ids.size() > 1) {
      return Optional.of(
          new Decision.Refuse(
              "there are two clusters of this name: " + members + "; stop the wrong one"));
    }
    return members.isEmpty()
        ? Optional.empty()
        : Optional.of(new Decision.Join(members.get(0).address(), members.get(0).detail()));
  }

  private static boolean isRefused(@Nullable Finding finding) {
    return finding != null && finding.kind() == Kind.REFUSED;
  }

  /** The findings at {@code addresses}; an address not asked yet counts as silent. */
  private static List<Finding> at(
      List<Address> addresses, Address self, Map<Address, Finding> found) {
    return addresses.stream()
        .filter(a -> !a.equals(self))
        .map(
            a ->
                Optional.ofNullable(found.get(a))
                    .orElseGet(() -> new Finding(a, Kind.NO_ANSWER, "not asked yet")))
        .toList();
  }

  private static List<Finding> of(Collection<Finding> found, Kind kind) {
    return found.stream().filter(f -> f.kind() == kind).toList();
  }

  /**
   * All processes on one host share a range of ports. The process that holds the first port may
   * bootstrap. Every member of an existing cluster holds a port of the range, so all ports are
   * asked.
   */
  record SingleHost(String host, int port, int range) implements BootstrapPolicy {
    @Override
    public List<Address> candidates() {
      List<Address> all = new ArrayList<>();
      for (int i = 0; i < range; i++) {
        all.add(new Address(host, port + i));
      }
      return all;
    }

    @Override
    public boolean isDecisive(Address address) {
      return address.equals(new Address(host, port));
    }

    @Override
    public Decision decide(Address self, Map<Address, Finding> found) {
      Optional<Decision> existing = existing(found.values());
      if (existing.isPresent()) {
        return existing.get();
      }
      Address first = new Address(host, port);
      if (self.equals(first)) {
        List<Finding> silent = of(found.values(), Kind.NO_ANSWER);
        return silent.isEmpty()
            ? new Decision.Begin()
            : new Decision.Wait("cannot tell whether a cluster runs here: " + silent);
      }
      Finding holder = found.get(first);
      if (holder == null) {
        return new Decision.Wait("nothing is known of " + first);
      }
      return switch (holder.kind()) {
        case REFUSED -> new Decision.TakeAnotherPort();
        case OTHER_CLUSTER ->
            new Decision.Refuse(holder + ": give one of the two another port range (option port)");
        default ->
            new Decision.Wait(
                "no cluster was found, and only the process at "
                    + first
                    + " may begin one: "
                    + holder);
      };
    }
  }

  /** A fixed list of seeds. The first seed may bootstrap. */
  record SeedList(List<Address> seeds, List<Address> ownRange) implements BootstrapPolicy {
    @Override
    public List<Address> candidates() {
      TreeSet<Address> all = new TreeSet<>(seeds);
      all.addAll(ownRange);
      return List.copyOf(all);
    }

    @Override
    public boolean isDecisive(Address address) {
      return seeds.contains(address);
    }

    @Override
    public Decision decide(Address self, Map<Address, Finding> found) {
      Optional<Decision> existing = existing(found.values());
      if (existing.isPresent()) {
        return existing.get();
      }
      List<Finding> others = at(seeds, self, found);
      List<Finding> strangers = of(others, Kind.OTHER_CLUSTER);
      if (!strangers.isEmpty()) {
        return new Decision.Refuse("a seed is wrong: " + strangers);
      }
      Address first = seeds.get(0);
      List<Finding> silent = of(found.values(), Kind.NO_ANSWER);
      if (!self.equals(first) && ownRange.contains(first) && isRefused(found.get(first))) {
        return new Decision.TakeAnotherPort();
      }
      if (!self.equals(first)) {
        return new Decision.Wait(
            "no seed is in a cluster, and only the first, " + first + ", may begin one: " + others);
      }
      return silent.isEmpty()
          ? new Decision.Begin()
          : new Decision.Wait("cannot tell whether a cluster runs: " + silent);
    }
  }

  /**
   * The records that a DNS name has at the moment. They change, and no address is first by
   * configuration. So the requirements are stricter: there must be as many records as voters, all
   * processes must answer that they are searching too, and the lowest address bootstraps.
   */
  record DnsRecords(String name, List<Address> records, int voters) implements BootstrapPolicy {
    @Override
    public List<Address> candidates() {
      return records;
    }

    @Override
    public boolean isDecisive(Address address) {
      return true;
    }

    @Override
    public Decision decide(Address self, Map<Address, Finding> found) {
      Optional<Decision> existing = existing(found.values());
      if (existing.isPresent()) {
        return existing.get();
      }
      List<Finding> others = at(records, self, found);
      List<Finding> strangers = of(others, Kind.OTHER_CLUSTER);
      if (!strangers.isEmpty()) {
        return new Decision.Refuse("dns " + name + " is wrong: " + strangers);
      }
      TreeSet<Address> all = new TreeSet<>(records);
      boolean listed = all.contains(self);
      boolean allLook = others.stream().allMatch(f -> f.kind() == Kind.SEARCHING);
      if (listed && allLook && all.size() >= voters && all.first().equals(self)) {
        return new Decision.Begin();
      }
      return new Decision.Wait(
          "no cluster was found behind "
              + name
              + "; the lowest address begins one once "
              + voters
              + " are there and all answer. Now there are "
              + records
              + (listed ? "" : ", without this process (" + self + ")")
              + "; "
              + others);
    }
  }
}
