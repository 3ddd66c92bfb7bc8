package io.quorate.cluster.connection;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ports that nodes of this JVM hold or are about to listen on. Many may start at once, and each
 * that loses a port to another one has built a Vert.x for nothing. Like the ports themselves, this
 * is of the whole process.
 */
final class Claims {
  private static final Set<Address> HELD = ConcurrentHashMap.newKeySet();

  private Claims() {}

  /** False if another node of this JVM has it. */
  static boolean claim(Address address) {
    return HELD.add(address);
  }

  static void release(Address address) {
    HELD.remove(address);
  }
}
