package io.quorate.cluster;

import io.quorate.command.Bytes;
import io.quorate.command.KeyRange;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The keys of the cluster manager in the store, as listed in this module's {@code DESIGN.md}.
 * Everything that each node mirrors is under one prefix, so that one watch delivers it in the order
 * of revisions. Any thread.
 */
final class KeyLayout {
  /** The kinds of mirrored keys: the byte after {@link #shared}. */
  static final byte NODE = 'n';

  static final byte REGISTRATION = 'r';
  static final byte HA = 'h';
  static final byte ACK = 'a';
  static final byte BARRIER = 'b';

  private static final HexFormat HEX = HexFormat.of();

  private final String prefix;
  private final Bytes shared;

  /**
   * @param prefix of all keys, such as {@code vertx/}
   */
  KeyLayout(String prefix) {
    this.prefix = prefix;
    this.shared = Bytes.utf8(prefix + "s/");
  }

  /** The range of all mirrored keys. */
  KeyRange shared() {
    return KeyRange.prefix(shared);
  }

  /** One of the constants above. */
  byte kind(Bytes sharedKey) {
    return sharedKey.array()[shared.length()];
  }

  /** The part of a key after kind and slash. */
  String rest(Bytes sharedKey) {
    int start = shared.length() + 2;
    return new String(sharedKey.array(), start, sharedKey.length() - start, StandardCharsets.UTF_8);
  }

  Bytes node(String nodeId) {
    return Bytes.utf8(prefix + "s/n/" + nodeId);
  }

  KeyRange nodes() {
    return KeyRange.prefix(Bytes.utf8(prefix + "s/n/"));
  }

  Bytes ack(String nodeId) {
    return Bytes.utf8(prefix + "s/a/" + nodeId);
  }

  Bytes registration(String nodeId, long seq, String address) {
    return Bytes.utf8(
        prefix + "s/r/" + nodeId + '/' + Long.toUnsignedString(seq, 16) + '/' + address);
  }

  /** Key of a node's barrier; its value is empty. */
  Bytes barrier(String nodeId) {
    return Bytes.utf8(prefix + "s/b/" + nodeId);
  }

  KeyRange ha() {
    return KeyRange.prefix(Bytes.utf8(prefix + "s/h/"));
  }

  /** Put by the first node of a cluster when it deletes what is under {@link #ha}. */
  Bytes begun() {
    return Bytes.utf8(prefix + "f");
  }

  Bytes haEntry(String map, Bytes key) {
    return join(prefix + "s/h/" + escape(map) + '/', key);
  }

  /** The escaped name of the map that a mirrored HA entry is in. */
  String haMap(Bytes sharedKey) {
    byte[] key = sharedKey.array();
    int start = shared.length() + 2;
    int end = start;
    while (end < key.length && key[end] != '/') {
      end++;
    }
    return new String(key, start, end - start, StandardCharsets.US_ASCII);
  }

  Bytes counter(String name) {
    return Bytes.utf8(prefix + "c/" + escape(name));
  }

  /** Key under which the store keeps the last counter command of a session. */
  Bytes counterSlot(String nodeId, long leaseId) {
    return Bytes.utf8(prefix + "q/" + nodeId + '/' + Long.toHexString(leaseId));
  }

  /** The places in the queue of a lock. */
  KeyRange lock(String name) {
    return KeyRange.prefix(Bytes.utf8(lockPrefix(name)));
  }

  Bytes lockPlace(String name, String nodeId, long number) {
    return Bytes.utf8(lockPrefix(name) + nodeId + '/' + Long.toHexString(number));
  }

  private String lockPrefix(String name) {
    return prefix + "l/" + escape(name) + '/';
  }

  KeyRange map(String name) {
    return KeyRange.prefix(Bytes.utf8(mapPrefix(name)));
  }

  Bytes mapEntry(String name, Bytes key) {
    return join(mapPrefix(name), key);
  }

  /** Length in bytes of what precedes the caller's key. */
  int mapPrefixLength(String name) {
    return mapPrefix(name).length();
  }

  private String mapPrefix(String name) {
    return prefix + "m/" + escape(name) + '/';
  }

  private static Bytes join(String head, Bytes tail) {
    byte[] h = head.getBytes(StandardCharsets.US_ASCII);
    byte[] joined = Arrays.copyOf(h, h.length + tail.length());
    System.arraycopy(tail.array(), 0, joined, h.length, tail.length());
    return Bytes.of(joined);
  }

  /** ASCII without a slash; different names stay different. */
  static String escape(String name) {
    StringBuilder escaped = new StringBuilder(name.length());
    // chars, not UTF-8, so that lone surrogates stay apart too
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c < 0x80 && (Character.isLetterOrDigit(c) || "-_.".indexOf(c) >= 0)) {
        escaped.append(c);
      } else {
        escaped.append('%').append(HEX.toHexDigits(c));
      }
    }
    return escaped.toString();
  }
}
