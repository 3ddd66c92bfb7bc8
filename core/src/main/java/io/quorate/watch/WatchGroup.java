package io.quorate.watch;

import io.quorate.command.Event;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;

/** The synced watchers of one interest, and the events of the revision being published. */
final class WatchGroup {
  final Interest interest;
  private final Collection<Watcher> members = new LinkedHashSet<>();
  private List<Event> pending = new ArrayList<>();

  WatchGroup(Interest interest) {
    this.interest = interest;
  }

  void add(Watcher watcher) {
    members.add(watcher);
  }

  void remove(Watcher watcher) {
    members.remove(watcher);
  }

  boolean isEmpty() {
    return members.isEmpty();
  }

  /** A copy: members come and go while events are delivered. */
  List<Watcher> members() {
    return List.copyOf(members);
  }

  /** True if it is the first one pending. */
  boolean add(Event event) {
    pending.add(event);
    return pending.size() == 1;
  }

  /** What is pending, to be shared and never changed. */
  List<Event> takePending() {
    List<Event> events = Collections.unmodifiableList(pending);
    pending = new ArrayList<>();
    return events;
  }
}
