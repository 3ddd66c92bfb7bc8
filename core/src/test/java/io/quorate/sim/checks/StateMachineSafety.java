package io.quorate.sim.checks;

import io.quorate.apply.MemoryStateStore;
import io.quorate.mvcc.Record;
import io.quorate.node.NodeStatus;
import io.quorate.sim.Ledger;
import io.quorate.sim.SimWorld;
import java.util.HashMap;
import java.util.Map;

/**
 * State Machine Safety (paper, figure 3; 5.4.3): a state applied up to an index is what the
 * committed entries up to there make of it, no more and no less. So the applied index and the
 * effects are written together, and a state that came as a snapshot is right too.
 */
public final class StateMachineSafety implements SimWorld.Observer {
  private final SimWorld world;
  private final Ledger ledger;
  private final Map<Long, Long> checkedUpTo = new HashMap<>();

  public StateMachineSafety(SimWorld world, Ledger ledger) {
    this.world = world;
    this.ledger = ledger;
  }

  @Override
  public void started(SimWorld.Life life) {
    if (check(life.id)) {
      checkRecords(life.id);
    }
  }

  @Override
  public void after(SimWorld.Life life) {
    long applied = world.state(life.id).applied().index();
    Long before = checkedUpTo.put(life.id, applied);
    if (before == null || before != applied) {
      check(life.id);
    }
    NodeStatus status = life.node.status();
    if (status.applied() > status.commit()) {
      world.violated(life.id + " has applied what it does not take for committed: " + status);
    }
  }

  private boolean check(long member) {
    MemoryStateStore state = world.state(member);
    long applied = state.applied().index();
    if (applied == 0) {
      return true; // a member that joins and has nothing yet
    }
    Ledger.Expected expected = ledger.at(applied);
    Ledger.Expected found = Ledger.Expected.of(state.load());
    if (!found.equals(expected)) {
      world.violated("the state of " + member + " is " + found + " instead of " + expected);
      return false;
    }
    return true;
  }

  /** What is there is right, and only what compaction may take is not there. */
  public void checkRecords(long member) {
    MemoryStateStore state = world.state(member);
    Map<Long, Record> held = new HashMap<>();
    state.forEach(r -> held.put(r.id(), r));
    for (Record record : held.values()) {
      if (!record.equals(ledger.record(record.id()))) {
        world.violated(
            "the state of " + member + " holds " + record + ", not " + ledger.record(record.id()));
        return;
      }
    }
    var loaded = state.load();
    for (long id = 1; id < loaded.nextRecordId(); id++) {
      Record record = ledger.record(id);
      if (record != null && !held.containsKey(id) && record.main() > loaded.compactRevision()) {
        world.violated("the state of " + member + " lacks " + record);
        return;
      }
    }
  }
}
