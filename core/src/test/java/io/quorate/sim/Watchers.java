package io.quorate.sim;

import io.quorate.command.KeyRange;
import io.quorate.command.WatchResponse;
import io.quorate.command.WatchSpec;
import io.quorate.history.WatchGuarantees;
import io.quorate.history.WatchGuarantees.Received;
import io.quorate.history.WatchGuarantees.Watched;
import io.quorate.watch.ServerWatchStream;
import io.quorate.watch.WatchSink;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Watchers of all kinds, on any member, from before and behind what is written. Some read slowly.
 * One whose member is gone takes up elsewhere behind what it has seen.
 */
final class Watchers {
  private final class Watcher implements WatchSink {
    final SimWorld.Life life;
    final WatchSpec spec;
    final boolean slow;
    final List<Received> received = new ArrayList<>();
    private @Nullable ServerWatchStream stream;
    private int unread;
    boolean canceled;

    Watcher(SimWorld.Life life, WatchSpec spec, boolean slow) {
      this.life = life;
      this.spec = spec;
      this.slow = slow;
      life.node.withWatches(
          hub -> {
            ServerWatchStream opened = hub.open(this);
            stream = opened;
            opened.create(spec);
          });
    }

    @Override
    public void send(WatchResponse response) {
      if (life.dead) {
        world.violated("a watcher heard of a member that had crashed: " + response);
      }
      Received answer = WatchGuarantees.received(response);
      received.add(answer);
      canceled |= answer instanceof WatchGuarantees.Canceled;
      unread++;
    }

    @Override
    public boolean isFull() {
      return slow && unread >= 2;
    }

    void read() {
      unread = 0;
      life.node.withWatches(
          hub -> {
            if (stream != null) {
              stream.resume();
            }
          });
    }

    void askForProgress() {
      life.node.withWatches(
          hub -> {
            if (stream != null) {
              stream.requestProgress();
              stream.progressTick();
            }
          });
    }

    /** Where another one goes on that is to see the rest. */
    long next() {
      for (int i = received.size() - 1; i >= 0; i--) {
        Received last = received.get(i);
        if (last instanceof WatchGuarantees.Events events) {
          return events.events().get(events.events().size() - 1).kv().modRevision() + 1;
        } else if (last instanceof WatchGuarantees.Progress progress) {
          return progress.revision() + 1;
        } else if (last instanceof WatchGuarantees.Created created && spec.startRevision() == 0) {
          return created.revision() + 1;
        }
      }
      return spec.startRevision();
    }
  }

  private final SimWorld world;
  private final Clients clients;
  private final List<Watcher> all = new ArrayList<>();
  private final List<Watcher> open = new ArrayList<>();
  private final int most;

  Watchers(SimWorld world, Clients clients) {
    this.world = world;
    this.clients = clients;
    most = pick(6);
  }

  private int pick(int bound) {
    return world.random.nextInt(bound);
  }

  void tick() {
    for (Watcher watcher : List.copyOf(open)) {
      if (watcher.canceled) {
        open.remove(watcher);
      } else if (watcher.life.dead) {
        open.remove(watcher);
        SimWorld.Life other = someLife();
        if (other != null) {
          open(other, watcher.spec, watcher.next());
        }
      } else if (watcher.unread > 0 && pick(5) == 0) {
        watcher.read();
      } else if (pick(40) == 0) {
        watcher.askForProgress();
      }
    }
    if (open.size() < most && pick(10) == 0) {
      SimWorld.Life life = someLife();
      if (life != null) {
        open(life, spec(), pick(3) == 0 ? 0 : clients.someRevision());
      }
    }
  }

  /** Everything is read, so that everything can be told. */
  void tickOfPeace() {
    open.stream().filter(w -> !w.life.dead).forEach(Watcher::read);
  }

  private SimWorld.@Nullable Life someLife() {
    List<SimWorld.Life> running = world.lives.values().stream().filter(l -> !l.dead).toList();
    return running.isEmpty() ? null : running.get(pick(running.size()));
  }

  private void open(SimWorld.Life life, WatchSpec spec, long revision) {
    WatchSpec from =
        new WatchSpec(
            0,
            spec.range(),
            revision,
            spec.noPut(),
            spec.noDelete(),
            spec.prevKv(),
            spec.progressNotify(),
            spec.fragment());
    Watcher watcher = new Watcher(life, from, pick(3) == 0);
    all.add(watcher);
    open.add(watcher);
  }

  private WatchSpec spec() {
    KeyRange range = clients.keys();
    int filter = pick(6);
    return new WatchSpec(
        0, range, 0, filter == 0, filter == 1, pick(2) == 0, pick(2) == 0, pick(4) == 0);
  }

  /**
   * What all of them heard.
   *
   * @param completeTo what those must have heard of that are still open
   * @param isComplete whose members have told everything
   */
  List<Watched> heard(long completeTo, Predicate<SimWorld.Life> isComplete) {
    List<Watched> heard = new ArrayList<>();
    for (Watcher watcher : all) {
      boolean complete =
          open.contains(watcher) && !watcher.canceled && isComplete.test(watcher.life);
      heard.add(
          new Watched(
              "watcher on member " + watcher.life.id,
              watcher.spec,
              watcher.received,
              complete ? completeTo : 0));
    }
    return heard;
  }
}
