package io.quorate.cluster.connection;

import io.quorate.cluster.connection.Probe.Finding;
import io.quorate.cluster.connection.Probe.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who begins a cluster where there is none. A wrong yes makes two clusters of one; a wrong no only
 * makes a process wait. So: there is one place that may begin, which only one process can hold at a
 * time; it begins only if all other places have <em>said</em>, while it held its own, that there is
 * no cluster; and silence says nothing.
 */
sealed interface Founding {

  /** Where else to look. */
  List<Address> candidates();

  /** Whether it matters at once who comes up at {@code address}. */
  boolean isDecisive(Address address);

  /** What the process at {@code self} makes of what it has found. */
  Decision decide(Address self, Map<Address, Finding> found);

  /** What to do next. */
  sealed interface Decision {
    /** There is a cluster. */
    record Join(Address member, String clusterId) implements Decision {}

    /** There is none, and this process begins it. */
    record Begin() implements Decision {}

    /** Look again; {@code why} is the message if nothing changes until time is over. */
    record Wait(String why) implements Decision {}

    /** As {@link Wait}, from the first port on: the one that may begin has become free. */
    record TakeAnotherPort() implements Decision {}

    /** It will not become better. */
    record Refuse(String why) implements Decision {}
  }

  /** What is the same everywhere: whoever finds a cluster joins it, and never two of one name. */
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

  private static boolean isNobody(@Nullable Finding finding) {
    return finding != null && finding.kind() == Kind.NOBODY;
  }

  /** What was found at {@code addresses}, as far as anybody looked. */
  private static List<Finding> at(
      List<Address> addresses, Address self, Map<Address, Finding> found) {
    return addresses.stream()
        .filter(a -> !a.equals(self))
        .map(
            a ->
                Optional.ofNullable(found.get(a))
                    .orElseGet(() -> new Finding(a, Kind.SILENT, "not asked yet")))
        .toList();
  }

  private static List<Finding> of(Collection<Finding> found, Kind kind) {
    return found.stream().filter(f -> f.kind() == kind).toList();
  }

  /**
   * All processes on one host, which share a range of ports. The one that holds the first port may
   * begin. Every member of a cluster that could be there holds a port of the range, so all are
   * asked.
   */
  record OneHost(String host, int port, int range) implements Founding {
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
        List<Finding> silent = of(found.values(), Kind.SILENT);
        return silent.isEmpty()
            ? new Decision.Begin()
            : new Decision.Wait("cannot tell whether a cluster runs here: " + silent);
      }
      Finding holder = found.get(first);
      if (holder == null) {
        return new Decision.Wait("nothing is known of " + first);
      }
      return switch (holder.kind()) {
        case NOBODY -> new Decision.TakeAnotherPort();
        case STRANGER ->
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

  /** A fixed list. The first on it may begin. */
  record Seeds(List<Address> seeds, List<Address> ownRange) implements Founding {
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
      List<Finding> strangers = of(others, Kind.STRANGER);
      if (!strangers.isEmpty()) {
        return new Decision.Refuse("a seed is wrong: " + strangers);
      }
      Address first = seeds.get(0);
      List<Finding> silent = of(found.values(), Kind.SILENT);
      if (!self.equals(first) && ownRange.contains(first) && isNobody(found.get(first))) {
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
   * What a name stands for at the moment. Records come and go and nobody is first by configuration,
   * so more is asked for: as many as are to vote must be there, all must answer that they look for
   * a cluster, too, and the lowest address begins.
   */
  record Records(String name, List<Address> records, int voters) implements Founding {
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
      List<Finding> strangers = of(others, Kind.STRANGER);
      if (!strangers.isEmpty()) {
        return new Decision.Refuse("dns " + name + " is wrong: " + strangers);
      }
      TreeSet<Address> all = new TreeSet<>(records);
      boolean listed = all.contains(self);
      boolean allLook = others.stream().allMatch(f -> f.kind() == Kind.LOOKING);
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
