package io.quorate.vertx.server.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.util.SplittableRandom;

/**
 * Numbered keys of one length, and a value of one length. Values and order are determined by the
 * seed.
 */
final class Keys {
  private static final byte[] DIGITS = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i',
    'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z'
  };

  private final int size;
  private final long space;
  private final boolean sequential;
  private final long seed;
  private final ByteString value;

  Keys(BenchOptions options) {
    this.size = options.keySize;
    this.space = options.keySpaceSize;
    this.sequential = options.sequentialKeys;
    this.seed = options.seed;
    this.value = UnsafeByteOperations.unsafeWrap(randomBytes(options.seed, options.valSize));
  }

  static byte[] randomBytes(long seed, int length) {
    byte[] bytes = new byte[length];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    return bytes;
  }

  /**
   * The key of the n-th request: the n-th key in order, or a random one determined by seed and n.
   */
  ByteString keyOfRequest(long n) {
    return key(sequential ? n % space : Math.floorMod(mix(seed + n), space));
  }

  /** The number in base 36, padded with zeros on the left. */
  ByteString key(long number) {
    byte[] key = new byte[size];
    long rest = number;
    for (int i = size - 1; i >= 0; i--) {
      key[i] = DIGITS[(int) (rest % DIGITS.length)];
      rest /= DIGITS.length;
    }
    return UnsafeByteOperations.unsafeWrap(key);
  }

  ByteString value() {
    return value;
  }

  /** The finalizer of SplitMix64: consecutive numbers give unrelated results. */
  static long mix(long z) {
    long x = z * 0x9e3779b97f4a7c15L;
    x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }
}
