package io.quorate.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.codec.CommandCodec;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyRange;
import io.quorate.command.KeyValue;
import io.quorate.command.Member;
import io.quorate.command.MemberChange;
import io.quorate.command.Proposal;
import io.quorate.command.Result;
import io.quorate.mvcc.KvStore;
import io.quorate.raft.ConfChange;
import io.quorate.raft.ConfState;
import io.quorate.raft.Entry;
import io.quorate.raft.LogPosition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A state machine over a store in memory, fed with entries of its own numbering. */
final class MachineOnMemory {
  static final long ORIGIN = 11;
  static final long TERM = 3;
  static final long CLOCK = 1_790_000_000_000L;

  final MemoryStateStore store;
  final StateMachine machine;
  private long requests = 100;

  MachineOnMemory() {
    this(new MemoryStateStore());
  }

  /** A member that starts with {@code member} as the only voter. */
  static MachineOnMemory withVoter(Member member) {
    MemoryStateStore store = new MemoryStateStore();
    StateBatch bootstrap = new StateBatch();
    bootstrap.members.put(member.id(), Optional.of(member));
    bootstrap.conf = new ConfState(List.of(member.id()), List.of(), List.of(), List.of(), false);
    try {
      store.commit(bootstrap);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new MachineOnMemory(store);
  }

  /** A member that starts on what {@code store} holds. */
  MachineOnMemory(MemoryStateStore store) {
    this.store = store;
    StateStore.Loaded loaded = store.load();
    KvStore kv = new KvStore(store, 1 << 20);
    kv.load(loaded.revision(), loaded.compactRevision(), loaded.nextRecordId());
    machine = new StateMachine(kv, loaded);
  }

  /** The same member after a stop: what was applied is written, then read back. */
  MachineOnMemory restarted() {
    flush();
    return new MachineOnMemory(store);
  }

  StateBatch flush() {
    StateBatch batch = machine.takeBatch();
    try {
      store.commit(batch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    machine.kv().flushed(batch.nextRecordId - 1);
    return batch;
  }

  /** Numbers of requests go on from here. */
  void nextRequestId(long requestId) {
    requests = requestId;
  }

  Applied applyAll(Command... commands) {
    List<Proposal> proposals = new ArrayList<>();
    for (Command command : commands) {
      proposals.add(new Proposal(ORIGIN, requests++, Caller.NOBODY, CommandCodec.encode(command)));
    }
    return applyData(
        Entry.Kind.NORMAL, CommandCodec.encodeBatch(new CommandCodec.Batch(2, CLOCK, proposals)));
  }

  Applied applyData(Entry.Kind kind, byte[] data) {
    return machine.apply(new Entry(new LogPosition(TERM, machine.appliedIndex() + 1), kind, data));
  }

  Outcome apply(Command command) {
    return applyAll(command).outcomes().get(0);
  }

  /** The result of a command that must not be refused. */
  <R extends Result> R result(Class<R> type, Command command) {
    Outcome outcome = apply(command);
    Result result = outcome.result();
    if (result == null) {
      throw new AssertionError(command + " was refused with " + outcome.error());
    }
    return type.cast(result);
  }

  /** A refused command must leave no trace. */
  void refused(EtcdError error, Command command) {
    long revision = machine.kv().revision();
    long records = machine.kv().nextRecordId();
    int pending = machine.pendingOperations();
    Applied applied = applyAll(command);
    Outcome outcome = applied.outcomes().get(0);
    assertThat(outcome.error()).as("%s", command).isEqualTo(error);
    assertThat(outcome.result()).isNull();
    assertThat(applied.changes()).isEmpty();
    assertThat(applied.leaseChanges()).isEmpty();
    assertThat(applied.conf()).isNull();
    assertThat(machine.kv().revision()).isEqualTo(revision);
    assertThat(machine.kv().nextRecordId()).isEqualTo(records);
    assertThat(machine.pendingOperations()).isEqualTo(pending);
  }

  Applied change(MemberChange change) {
    byte[] context =
        CommandCodec.encodeChange(
            new CommandCodec.ProposedChange(2, ORIGIN, requests++, Caller.NOBODY, change));
    return change(ConfChange.Transition.AUTO, List.of(MemberTable.step(change)), context);
  }

  Applied change(ConfChange.Transition transition, List<ConfChange.Step> steps, byte[] context) {
    return applyData(Entry.Kind.CONF_CHANGE, confChange(transition, steps, context));
  }

  /** Raft's own encoding, as its codec documents it. */
  private static byte[] confChange(
      ConfChange.Transition transition, List<ConfChange.Step> steps, byte[] context) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(1);
    out.write(transition.ordinal() + 1);
    out.write(0);
    out.write(steps.size());
    for (ConfChange.Step step : steps) {
      out.write(step.kind().ordinal() + 1);
      out.writeBytes(ByteBuffer.allocate(8).putLong(step.memberId()).array());
    }
    out.writeBytes(context);
    return out.toByteArray();
  }

  List<KeyValue> all() {
    return machine.kv().range(Command.Range.of(KeyRange.all())).kvs();
  }

  static Bytes key(String key) {
    return Bytes.utf8(key);
  }

  static Command.Put put(String key, String value) {
    return Command.Put.of(key(key), key(value));
  }

  static Command.Put put(String key, String value, long lease) {
    return new Command.Put(key(key), key(value), lease, false, false, false);
  }

  static Command.DeleteRange delete(String key, String end) {
    return new Command.DeleteRange(new KeyRange(key(key), key(end)), false);
  }

  static Command.Range range(String key, String end) {
    return Command.Range.of(new KeyRange(key(key), key(end)));
  }

  static Command.Range rangeAt(String key, long revision) {
    return new Command.Range(
        KeyRange.single(key(key)),
        0,
        revision,
        Command.SortOrder.NONE,
        Command.SortTarget.KEY,
        false,
        false,
        false,
        0,
        0,
        0,
        0);
  }

  static Command.Txn then(Command.Op... ops) {
    return new Command.Txn(List.of(), List.of(ops), List.of());
  }
}
