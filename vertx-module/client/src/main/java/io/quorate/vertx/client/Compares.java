package io.quorate.vertx.client;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.KeyRange;

/**
 * Conditions of a transaction. For a missing key, every number compares as 0, and there is no
 * value.
 */
public final class Compares {
  private Compares() {}

  /** The key's version: the number of puts since it was created. */
  public static OfNumber version(Bytes key) {
    return new OfNumber(key, Command.CompareTarget.VERSION);
  }

  /** The revision at which the key was created; 0 if it does not exist. */
  public static OfNumber createRevision(Bytes key) {
    return new OfNumber(key, Command.CompareTarget.CREATE);
  }

  /** The revision at which the key was last put. */
  public static OfNumber modRevision(Bytes key) {
    return new OfNumber(key, Command.CompareTarget.MOD);
  }

  /** Id of the lease that the key is attached to. */
  public static OfNumber lease(Bytes key) {
    return new OfNumber(key, Command.CompareTarget.LEASE);
  }

  /** Every comparison with the value of a missing key is false. */
  public static OfValue value(Bytes key) {
    return new OfValue(key);
  }

  /**
   * One number of a key, to be compared.
   *
   * @param key the key
   * @param target which of its numbers
   */
  public record OfNumber(Bytes key, Command.CompareTarget target) {
    public Command.Compare isEqualTo(long number) {
      return compare(Command.CompareResult.EQUAL, number);
    }

    public Command.Compare isNotEqualTo(long number) {
      return compare(Command.CompareResult.NOT_EQUAL, number);
    }

    public Command.Compare isGreaterThan(long number) {
      return compare(Command.CompareResult.GREATER, number);
    }

    public Command.Compare isLessThan(long number) {
      return compare(Command.CompareResult.LESS, number);
    }

    private Command.Compare compare(Command.CompareResult result, long number) {
      return new Command.Compare(KeyRange.single(key), result, target, number, Bytes.EMPTY);
    }
  }

  /**
   * The value of a key, to be compared.
   *
   * @param key the key
   */
  public record OfValue(Bytes key) {
    public Command.Compare isEqualTo(Bytes value) {
      return compare(Command.CompareResult.EQUAL, value);
    }

    public Command.Compare isNotEqualTo(Bytes value) {
      return compare(Command.CompareResult.NOT_EQUAL, value);
    }

    public Command.Compare isGreaterThan(Bytes value) {
      return compare(Command.CompareResult.GREATER, value);
    }

    public Command.Compare isLessThan(Bytes value) {
      return compare(Command.CompareResult.LESS, value);
    }

    private Command.Compare compare(Command.CompareResult result, Bytes value) {
      return new Command.Compare(
          KeyRange.single(key), result, Command.CompareTarget.VALUE, 0, value);
    }
  }
}
