package io.quorate.apply;

import io.quorate.command.AuthChange;
import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.Password;
import io.quorate.command.Permission;
import io.quorate.command.Validation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** An endless stream of commands over few keys and leases, so that they meet; from a seed. */
final class RandomCommands {
  private final SplittableRandom random;

  RandomCommands(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** Anything that passes validation; {@code revision} is where the store is about. */
  Command next(long revision) {
    int what = random.nextInt(100);
    if (what < 30) {
      return put();
    } else if (what < 40) {
      return delete();
    } else if (what < 70) {
      return txn(revision);
    } else if (what < 75) {
      return count(revision);
    } else if (what < 78) {
      return random.nextBoolean()
          ? new Command.LeaseGrant(lease(), random.nextInt(1, 100))
          : new Command.LeaseGrantMillis(lease(), random.nextInt(1, 5_000));
    } else if (what < 84) {
      return new Command.LeaseRevoke(lease());
    } else if (what < 88) {
      return new Command.LeaseExpire(List.of(lease(), lease()));
    } else if (what < 92) {
      return new Command.Compact(revision - random.nextInt(-1, 20), random.nextBoolean());
    }
    return other();
  }

  /** Mostly over counters, at times over what other commands wrote; numbers come again. */
  private Command count(long revision) {
    List<Command.CounterOp> ops = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      Bytes key = random.nextInt(8) == 0 ? key() : Bytes.utf8("count" + random.nextInt(3));
      ops.add(
          random.nextBoolean()
              ? new Command.CounterOp(key, Command.CounterAction.ADD, random.nextLong(-2, 3), 0)
              : new Command.CounterOp(
                  key,
                  Command.CounterAction.COMPARE_AND_SET,
                  random.nextLong(-2, 3),
                  random.nextLong(-2, 3)));
    }
    Bytes slot = random.nextInt(3) == 0 ? Bytes.EMPTY : Bytes.utf8("slot" + random.nextInt(2));
    return new Command.Count(
        slot, revision - random.nextInt(3), random.nextBoolean() ? 0 : lease(), ops);
  }

  /** Now and then something that is not about keys. */
  private Command other() {
    switch (random.nextInt(8)) {
      case 0:
        return new Command.Alarm(
            Command.AlarmAction.ACTIVATE, random.nextInt(2), Command.AlarmType.NOSPACE);
      case 1, 2, 3, 4:
        return new Command.Alarm(
            Command.AlarmAction.DEACTIVATE, random.nextInt(2), Command.AlarmType.NOSPACE);
      case 5:
        return new Command.Alarm(Command.AlarmAction.GET, 0, Command.AlarmType.NONE);
      case 6:
        return new Command.MemberPublish(
            random.nextInt(1, 5), "m" + random.nextInt(3), List.of("http://c" + random.nextInt(3)));
      default:
        return random.nextInt(3) > 0
            ? new Command.Auth(authChange())
            : new Command.MemberUpdate(
                random.nextInt(1, 5), List.of("http://p" + random.nextInt(6)));
    }
  }

  /** Everything but enabling, after which nothing else would be allowed to nobody. */
  private AuthChange authChange() {
    String user = "u" + random.nextInt(3);
    String role = "r" + random.nextInt(3);
    Password password =
        random.nextBoolean() ? Password.NONE : new Password.Hashed("h" + random.nextInt(3));
    return switch (random.nextInt(10)) {
      case 0 -> new AuthChange.Disable();
      case 1 -> new AuthChange.UserAdd(user, password);
      case 2 -> new AuthChange.UserDelete(user);
      case 3 -> new AuthChange.UserChangePassword(user, password);
      case 4 -> new AuthChange.UserGrantRole(user, role);
      case 5 -> new AuthChange.UserRevokeRole(user, role);
      case 6 -> new AuthChange.RoleAdd(role);
      case 7 -> new AuthChange.RoleDelete(role);
      case 8 ->
          new AuthChange.RoleGrantPermission(
              role, new Permission(pick(Permission.Type.values()), keys()));
      default -> new AuthChange.RoleRevokePermission(role, keys());
    };
  }

  /** What validation refuses never gets into the log. */
  Command.Txn txn(long revision) {
    Command.Txn txn;
    do {
      txn = txn(revision, 2);
    } while (!isValid(txn));
    return txn;
  }

  private static boolean isValid(Command.Txn txn) {
    try {
      Validation.check(txn, 128);
      return true;
    } catch (EtcdException refused) {
      return false;
    }
  }

  private Command.Txn txn(long revision, int depth) {
    List<Command.Compare> compares = new ArrayList<>();
    for (int left = random.nextInt(3); left > 0; left--) {
      compares.add(compare(revision));
    }
    return new Command.Txn(compares, ops(revision, depth), ops(revision, depth));
  }

  private List<Command.Op> ops(long revision, int depth) {
    List<Command.Op> ops = new ArrayList<>();
    for (int left = random.nextInt(4); left > 0; left--) {
      int what = random.nextInt(depth > 0 ? 10 : 8);
      if (what < 4) {
        ops.add(put());
      } else if (what < 6) {
        ops.add(delete());
      } else if (what < 8) {
        ops.add(range(revision));
      } else {
        ops.add(txn(revision, depth - 1));
      }
    }
    return ops;
  }

  private Command.Compare compare(long revision) {
    Command.CompareTarget target = pick(Command.CompareTarget.values());
    long number =
        switch (target) {
          case VERSION -> random.nextInt(3);
          case CREATE, MOD -> random.nextBoolean() ? 0 : revision - random.nextInt(5);
          case LEASE -> random.nextBoolean() ? 0 : lease();
          case VALUE -> 0;
        };
    Bytes value = target == Command.CompareTarget.VALUE ? value() : Bytes.EMPTY;
    return new Command.Compare(keys(), pick(Command.CompareResult.values()), target, number, value);
  }

  private Command.Range range(long revision) {
    long at = random.nextInt(4) == 0 ? revision - random.nextInt(-1, 6) : 0;
    return new Command.Range(
        keys(),
        random.nextInt(4),
        at,
        Command.SortOrder.NONE,
        Command.SortTarget.KEY,
        random.nextBoolean(),
        false,
        random.nextInt(5) == 0,
        0,
        0,
        0,
        0);
  }

  private Command.Put put() {
    boolean ignoreValue = random.nextInt(8) == 0;
    boolean ignoreLease = random.nextInt(8) == 0;
    return new Command.Put(
        key(),
        ignoreValue ? Bytes.EMPTY : value(),
        ignoreLease || random.nextBoolean() ? 0 : lease(),
        random.nextBoolean(),
        ignoreValue,
        ignoreLease);
  }

  private Command.DeleteRange delete() {
    return new Command.DeleteRange(keys(), random.nextBoolean());
  }

  private KeyRange keys() {
    return switch (random.nextInt(5)) {
      case 0 -> new KeyRange(key(), key());
      case 1 -> new KeyRange(key(), Bytes.ZERO);
      default -> KeyRange.single(key());
    };
  }

  private Bytes key() {
    return Bytes.utf8("k" + random.nextInt(9));
  }

  private Bytes value() {
    return Bytes.utf8("v" + random.nextInt(4));
  }

  private long lease() {
    return random.nextInt(1, 5);
  }

  private <T> T pick(T[] values) {
    return values[random.nextInt(values.length)];
  }
}
