package io.quorate.apply;

import io.quorate.command.Bytes;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyValue;
import io.quorate.command.Result;
import io.quorate.command.Result.Counted.Counter;
import io.quorate.lease.LeaseTable;
import io.quorate.mvcc.WriteTxn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Executes a {@link Command.Count}, only once for each slot and sequence number (thesis 6.3). The
 * value of a slot is text: the sequence number, then {@code before:after} for each step, separated
 * by blanks. Used for one command, on the apply thread.
 */
final class Counting {
  private final WriteTxn txn;
  private final LeaseTable leases;

  Counting(WriteTxn txn, LeaseTable leases) {
    this.txn = txn;
    this.leases = leases;
  }

  /** What a slot contains. */
  private record Done(long sequence, List<Counter> counters) {

    static Done parse(KeyValue slot) {
      String[] words = slot.value().utf8().split(" ");
      List<Counter> counters = new ArrayList<>(words.length - 1);
      for (int i = 1; i < words.length; i++) {
        int colon = words[i].indexOf(':');
        if (colon < 0) {
          throw EtcdError.NOT_A_COUNTER.exception();
        }
        counters.add(
            new Counter(
                number(words[i].substring(0, colon)), number(words[i].substring(colon + 1))));
      }
      return new Done(number(words[0]), counters);
    }

    Bytes text() {
      StringBuilder text = new StringBuilder(Long.toString(sequence));
      for (Counter counter : counters) {
        text.append(' ').append(counter.before()).append(':').append(counter.after());
      }
      return Bytes.utf8(text.toString());
    }
  }

  /**
   * @throws EtcdException LEASE_NOT_FOUND, NOT_A_COUNTER, SUPERSEDED; nothing has changed then
   */
  Result.Counted execute(Command.Count count) {
    KeyValue slot = count.slot().isEmpty() ? null : txn.get(count.slot());
    if (slot != null) {
      Done done = Done.parse(slot);
      if (done.sequence == count.sequence()) {
        return new Result.Counted(txn.beginRevision(), done.counters);
      }
      if (done.sequence > count.sequence()) {
        throw EtcdError.SUPERSEDED.exception();
      }
    }
    if (count.lease() != 0 && !leases.exists(count.lease())) {
      throw EtcdError.LEASE_NOT_FOUND.exception();
    }
    Map<Bytes, Long> found = new LinkedHashMap<>();
    Map<Bytes, Long> values = new LinkedHashMap<>();
    List<Counter> counters = new ArrayList<>(count.ops().size());
    for (Command.CounterOp op : count.ops()) {
      long before = values.computeIfAbsent(op.key(), key -> find(key, found));
      long after = after(op, before);
      values.put(op.key(), after);
      counters.add(new Counter(before, after));
    }
    values.forEach(
        (key, value) -> {
          if (!value.equals(found.get(key))) {
            put(key, Bytes.utf8(Long.toString(value)), txn.leaseOf(key));
          }
        });
    if (!count.slot().isEmpty()) {
      put(count.slot(), new Done(count.sequence(), counters).text(), count.lease());
    }
    return new Result.Counted(txn.revision(), counters);
  }

  private static long after(Command.CounterOp op, long before) {
    if (op.action() == Command.CounterAction.ADD) {
      return before + op.operand();
    }
    return before == op.operand() ? op.update() : before;
  }

  private long find(Bytes key, Map<Bytes, Long> found) {
    KeyValue counter = txn.get(key);
    long value = counter == null ? 0 : number(counter.value().utf8());
    found.put(key, value);
    return value;
  }

  private void put(Bytes key, Bytes value, long lease) {
    txn.put(key, value, lease);
    leases.attach(key, lease);
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw EtcdError.NOT_A_COUNTER.exception();
    }
  }
}
