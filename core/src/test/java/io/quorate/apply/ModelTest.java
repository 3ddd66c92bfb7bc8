package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The state machine against a model that is as plain as can be: every revision is a map of its own,
 * and a transaction works on a copy that is thrown away if it fails.
 */
final class ModelTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyAnswerIsThatOfTheModel(long seed) {
    MachineOnMemory m = new MachineOnMemory();
    Model model = new Model();
    RandomCommands commands = new RandomCommands(seed);
    int refused = 0;
    for (int i = 0; i < 1_500; i++) {
      Command command = commands.next(model.revision);
      if (command instanceof Command.Alarm
          || command instanceof Command.MemberPublish
          || command instanceof Command.Auth
          || command instanceof Command.MemberUpdate) {
        continue;
      }
      Outcome outcome = m.apply(command);
      Object answer = outcome.error() == null ? outcome.result() : outcome.error();
      assertThat(answer).as("%s", command).isEqualTo(model.apply(command));
      refused += outcome.error() == null ? 0 : 1;
      assertThat(m.all()).isEqualTo(List.copyOf(model.keys.values()));
      assertThat(m.machine.leases()).isEqualTo(List.copyOf(model.leases));
      for (long lease : model.leases) {
        assertThat(m.machine.leaseKeys(lease)).isEqualTo(model.keysOf(lease));
      }
      if (i % 50 == 49) {
        m.machine.sweep(4);
        m.flush();
      }
    }
    assertThat(refused).as("refusals are part of what is tested").isBetween(100, 1_000);
  }

  private static final class Model {
    TreeMap<Bytes, KeyValue> keys = new TreeMap<>();
    final Map<Long, TreeMap<Bytes, KeyValue>> history = new LinkedHashMap<>();
    final TreeSet<Long> leases = new TreeSet<>();
    long revision = 1;
    long compacted = -1;

    // Of the transaction under way.
    private TreeMap<Bytes, KeyValue> before = new TreeMap<>();
    private boolean changed;

    Object apply(Command command) {
      before = new TreeMap<>(keys);
      changed = false;
      try {
        Object result = execute(command);
        if (changed) {
          revision++;
          history.put(revision, new TreeMap<>(keys));
        }
        return result;
      } catch (EtcdException refused) {
        keys = before;
        return refused.error();
      }
    }

    private Object execute(Command command) {
      if (command instanceof Command.Put put) {
        return put(put);
      } else if (command instanceof Command.DeleteRange delete) {
        return delete(delete);
      } else if (command instanceof Command.Txn txn) {
        List<Result.OpResult> responses = new ArrayList<>();
        boolean succeeded = txn(txn, responses);
        return new Result.TxnDone(now(), succeeded, responses);
      } else if (command instanceof Command.LeaseGrant grant) {
        if (!leases.add(grant.id())) {
          throw EtcdError.LEASE_EXIST.exception();
        }
        return new Result.LeaseGranted(revision, grant.id(), grant.ttlSeconds());
      } else if (command instanceof Command.LeaseGrantMillis grant) {
        if (!leases.add(grant.id())) {
          throw EtcdError.LEASE_EXIST.exception();
        }
        return new Result.LeaseGranted(revision, grant.id(), 1 + (grant.ttlMillis() - 1) / 1_000);
      } else if (command instanceof Command.Count count) {
        return count(count);
      } else if (command instanceof Command.LeaseRevoke revoke) {
        if (!leases.contains(revoke.id())) {
          throw EtcdError.LEASE_NOT_FOUND.exception();
        }
        end(revoke.id());
        return new Result.LeaseRevoked(now());
      } else if (command instanceof Command.LeaseExpire expire) {
        List<Long> expired = new ArrayList<>();
        for (long id : expire.ids()) {
          if (leases.contains(id)) {
            end(id);
            nextRevision();
            expired.add(id);
          }
        }
        return new Result.LeasesExpired(revision, expired);
      } else if (command instanceof Command.Compact compact) {
        if (compact.revision() <= compacted) {
          throw EtcdError.COMPACTED.exception();
        }
        if (compact.revision() > revision) {
          throw EtcdError.FUTURE_REV.exception();
        }
        compacted = compact.revision();
        return new Result.Compacted(revision);
      }
      throw new AssertionError(command);
    }

    /** Step by step, and undone by the caller if one is refused. */
    private Result.Counted count(Command.Count count) {
      boolean once = !count.slot().isEmpty();
      KeyValue slot = once ? keys.get(count.slot()) : null;
      if (slot != null) {
        String[] words = slot.value().utf8().split(" ");
        long sequence = Long.parseLong(words[0]);
        if (sequence == count.sequence()) {
          List<Result.Counted.Counter> counters = new ArrayList<>();
          for (String word : List.of(words).subList(1, words.length)) {
            String[] pair = word.split(":");
            counters.add(
                new Result.Counted.Counter(Long.parseLong(pair[0]), Long.parseLong(pair[1])));
          }
          return new Result.Counted(revision, counters);
        }
        if (sequence > count.sequence()) {
          throw EtcdError.SUPERSEDED.exception();
        }
      }
      if (count.lease() != 0 && !leases.contains(count.lease())) {
        throw EtcdError.LEASE_NOT_FOUND.exception();
      }
      TreeMap<Bytes, Long> values = new TreeMap<>();
      StringBuilder text = new StringBuilder("" + count.sequence());
      List<Result.Counted.Counter> counters = new ArrayList<>();
      for (Command.CounterOp op : count.ops()) {
        if (!values.containsKey(op.key())) {
          values.put(op.key(), number(op.key()));
        }
        long old = values.get(op.key());
        long now = old;
        if (op.action() == Command.CounterAction.ADD) {
          now += op.operand();
        } else if (old == op.operand()) {
          now = op.update();
        }
        values.put(op.key(), now);
        counters.add(new Result.Counted.Counter(old, now));
        text.append(' ').append(old).append(':').append(now);
      }
      for (Bytes key : values.keySet()) {
        if (values.get(key) != number(key)) {
          KeyValue old = keys.get(key);
          put(
              new Command.Put(
                  key,
                  Bytes.utf8("" + values.get(key)),
                  old == null ? 0 : old.lease(),
                  false,
                  false,
                  false));
        }
      }
      if (once) {
        put(
            new Command.Put(
                count.slot(), Bytes.utf8(text.toString()), count.lease(), false, false, false));
      }
      return new Result.Counted(now(), counters);
    }

    private long number(Bytes key) {
      KeyValue counter = keys.get(key);
      try {
        return counter == null ? 0 : Long.parseLong(counter.value().utf8());
      } catch (NumberFormatException e) {
        throw EtcdError.NOT_A_COUNTER.exception();
      }
    }

    private void nextRevision() {
      if (changed) {
        revision++;
        history.put(revision, new TreeMap<>(keys));
        changed = false;
      }
    }

    private void end(long lease) {
      changed |= keys.values().removeIf(kv -> kv.lease() == lease);
      leases.remove(lease);
    }

    List<Bytes> keysOf(long lease) {
      return keys.values().stream().filter(kv -> kv.lease() == lease).map(KeyValue::key).toList();
    }

    private long now() {
      return changed ? revision + 1 : revision;
    }

    private boolean txn(Command.Txn txn, List<Result.OpResult> responses) {
      boolean succeeded = txn.compares().stream().allMatch(this::holds);
      for (Command.Op op : succeeded ? txn.success() : txn.failure()) {
        if (op instanceof Command.Put put) {
          responses.add(put(put));
        } else if (op instanceof Command.DeleteRange delete) {
          responses.add(delete(delete));
        } else if (op instanceof Command.Range range) {
          responses.add(range(range));
        } else if (op instanceof Command.Txn nested) {
          List<Result.OpResult> inner = new ArrayList<>();
          boolean innerSucceeded = txn(nested, inner);
          responses.add(new Result.TxnDone(0, innerSucceeded, inner));
        }
      }
      return succeeded;
    }

    private boolean holds(Command.Compare compare) {
      List<KeyValue> pairs = in(before, compare.range());
      if (pairs.isEmpty()) {
        return compare.target() != Command.CompareTarget.VALUE && holds(compare, null);
      }
      return pairs.stream().allMatch(pair -> holds(compare, pair));
    }

    private static boolean holds(Command.Compare compare, @Nullable KeyValue pair) {
      KeyValue kv = pair == null ? KeyValue.tombstone(Bytes.ZERO, 0) : pair;
      int order =
          switch (compare.target()) {
            case VERSION -> Long.compare(kv.version(), compare.number());
            case CREATE -> Long.compare(kv.createRevision(), compare.number());
            case MOD -> Long.compare(kv.modRevision(), compare.number());
            case LEASE -> Long.compare(kv.lease(), compare.number());
            case VALUE -> kv.value().compareTo(compare.value());
          };
      return switch (compare.result()) {
        case EQUAL -> order == 0;
        case NOT_EQUAL -> order != 0;
        case GREATER -> order > 0;
        case LESS -> order < 0;
      };
    }

    private Result.Putted put(Command.Put put) {
      KeyValue old = keys.get(put.key());
      if ((put.ignoreValue() || put.ignoreLease())
          && (old == null || !before.containsKey(put.key()))) {
        throw EtcdError.KEY_NOT_FOUND.exception();
      }
      if (put.lease() != 0 && !leases.contains(put.lease())) {
        throw EtcdError.LEASE_NOT_FOUND.exception();
      }
      changed = true;
      keys.put(
          put.key(),
          new KeyValue(
              put.key(),
              put.ignoreValue() && old != null ? old.value() : put.value(),
              old == null ? now() : old.createRevision(),
              now(),
              old == null ? 1 : old.version() + 1,
              put.ignoreLease() && old != null ? old.lease() : put.lease()));
      return new Result.Putted(now(), put.prevKv() ? old : null);
    }

    private Result.Deleted delete(Command.DeleteRange delete) {
      List<KeyValue> gone = in(keys, delete.range());
      gone.forEach(kv -> keys.remove(kv.key()));
      changed |= !gone.isEmpty();
      return new Result.Deleted(now(), gone.size(), delete.prevKv() ? gone : List.of());
    }

    private Result.Ranged range(Command.Range range) {
      if (range.revision() > revision) {
        throw EtcdError.FUTURE_REV.exception();
      }
      if (range.revision() != 0 && range.revision() < compacted) {
        throw EtcdError.COMPACTED.exception();
      }
      TreeMap<Bytes, KeyValue> at =
          range.revision() > 0 ? history.getOrDefault(range.revision(), new TreeMap<>()) : keys;
      List<KeyValue> found = in(at, range.range());
      if (range.countOnly()) {
        return new Result.Ranged(now(), List.of(), false, found.size());
      }
      boolean more = range.limit() > 0 && found.size() > range.limit();
      return new Result.Ranged(
          now(), more ? found.subList(0, (int) range.limit()) : found, more, found.size());
    }

    private static List<KeyValue> in(TreeMap<Bytes, KeyValue> keys, KeyRange range) {
      return keys.values().stream().filter(kv -> range.contains(kv.key())).toList();
    }
  }
}
