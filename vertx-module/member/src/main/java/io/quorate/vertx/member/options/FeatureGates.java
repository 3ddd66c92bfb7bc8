package io.quorate.vertx.member.options;

import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The feature gates that have been set, as in etcd's {@code --feature-gates}. Immutable. */
public final class FeatureGates {
  /** No gate has been set. */
  public static final FeatureGates DEFAULT = new FeatureGates(new EnumMap<>(FeatureGate.class));

  private static final String ALL_ALPHA = "AllAlpha";
  private static final String ALL_BETA = "AllBeta";

  private final EnumMap<FeatureGate, Boolean> set;

  private FeatureGates(EnumMap<FeatureGate, Boolean> set) {
    this.set = set;
  }

  /**
   * Parses {@code name=true,name=false}. A gate that is named wins over {@code AllAlpha} and {@code
   * AllBeta}, wherever it stands.
   *
   * @throws IllegalArgumentException if a gate is unknown or has no boolean value
   */
  public static FeatureGates parse(String text) {
    EnumMap<FeatureGate, Boolean> named = new EnumMap<>(FeatureGate.class);
    EnumMap<FeatureGate, Boolean> all = new EnumMap<>(FeatureGate.class);
    for (String part : text.split(",", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      int equals = part.indexOf('=');
      String name = (equals < 0 ? part : part.substring(0, equals)).strip();
      if (equals < 0) {
        throw new IllegalArgumentException(
            "has no value for " + name + "; write " + name + "=true");
      }
      Boolean value = GoBoolean.parse(part.substring(equals + 1).strip());
      if (value == null) {
        throw new IllegalArgumentException("must be true or false for " + name);
      }
      FeatureGate gate = FeatureGate.of(name);
      if (gate != null) {
        named.put(gate, value);
      } else if (name.equals(ALL_ALPHA)) {
        putAll(all, FeatureGate.Stage.ALPHA, value);
      } else if (name.equals(ALL_BETA)) {
        putAll(all, FeatureGate.Stage.BETA, value);
      } else {
        throw new IllegalArgumentException("has the unrecognized feature gate " + name);
      }
    }
    all.putAll(named);
    return new FeatureGates(all);
  }

  private static void putAll(
      EnumMap<FeatureGate, Boolean> gates, FeatureGate.Stage stage, Boolean value) {
    for (FeatureGate gate : FeatureGate.values()) {
      if (gate.stage() == stage) {
        gates.put(gate, value);
      }
    }
  }

  /** Whether a gate is on, by what was set or by its default. */
  public boolean isOn(FeatureGate gate) {
    return set.getOrDefault(gate, gate.isOnByDefault());
  }

  /** The gates with another value than their default although they have no effect here. */
  public Map<FeatureGate, Boolean> withoutEffect() {
    EnumMap<FeatureGate, Boolean> found = new EnumMap<>(FeatureGate.class);
    set.forEach(
        (gate, value) -> {
          if (value != gate.isOnByDefault() && !gate.withoutEffect().isEmpty()) {
            found.put(gate, value);
          }
        });
    return found;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FeatureGates gates && set.equals(gates.set);
  }

  @Override
  public int hashCode() {
    return set.hashCode();
  }

  /** In the form that {@link #parse} reads. */
  @Override
  public String toString() {
    return set.entrySet().stream()
        .map(entry -> entry.getKey().etcdName() + "=" + entry.getValue())
        .collect(Collectors.joining(","));
  }
}
