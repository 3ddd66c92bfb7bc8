package io.quorate.history;

import io.quorate.command.Command;
import io.quorate.command.Result;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One search for an order. See {@link Linearizability} for what it does and why that is complete.
 *
 * <p>Words: an operation is <i>answered</i> or <i>lost</i>; it is <i>open</i> as long as it is not
 * part of the order; the <i>window</i> is what real time allows to come next: every open operation
 * invoked no later than the first return of an open answered one. A lost request that makes no
 * revision is <i>quiet</i>; it is put right before the first operation that could notice it, which
 * loses nothing, as it can always wait.
 */
final class Search {
  /** What compaction and reads of the past share, beside ids of leases (which are never 0). */
  private static final long COMPACTION = 0;

  private static final int SHOWN_OPERATIONS = 12;

  /** One operation with what is known of it beforehand, and its places in the lists. */
  private static final class Op {
    final Operation operation;
    final Operation.Request request;
    final @Nullable Object answer;
    final long print;
    final Set<Long> tokens;

    /** The model's revision right before it can be no other; nothing is known of lost ones. */
    long earliest = Long.MIN_VALUE;

    long latest = Long.MAX_VALUE;

    /** Its answer says that it changed something. */
    boolean writes;

    /** May change something without making a revision. */
    boolean quiet;

    /** Where its value was seen, for lost puts; 0 if nowhere. */
    long seenAt;

    final Link byInvocation = new Link(this);
    final Link byReturn = new Link(this);
    final Link byLatest = new Link(this);

    Op(Operation operation, long print) {
      this.operation = operation;
      this.request = Linearizability.asked(operation);
      this.answer = answer(operation.outcome());
      this.print = print;
      this.tokens = tokens(request);
    }

    private static @Nullable Object answer(Operation.Outcome outcome) {
      if (outcome instanceof Operation.Succeeded succeeded) {
        return succeeded.result();
      }
      return outcome instanceof Operation.Refused refused ? Operation.stateError(refused) : null;
    }

    long invoked() {
      return operation.invoked();
    }

    boolean notices(List<Set<Long>> changed) {
      for (Set<Long> some : changed) {
        if (Collections.disjoint(tokens, some)) {
          return false;
        }
      }
      return true;
    }
  }

  /** A place in a list; an element that is taken out knows where to go back to. */
  private static final class Link {
    final @Nullable Op op;
    Link before = this;
    Link after = this;

    Link(@Nullable Op op) {
      this.op = op;
    }

    void append(Link link) {
      link.before = before;
      link.after = this;
      before.after = link;
      before = link;
    }

    void takeOut() {
      before.after = after;
      after.before = before;
    }

    void putBack() {
      before.after = this;
      after.before = this;
    }
  }

  /** One decision: what was taken because of it, and what else could be. */
  private static final class Frame {
    final int mark;
    final int orderSize;
    final List<Set<Long>> noticing;
    List<Op> candidates = List.of();
    int next;
    boolean lostToo;

    /**
     * @param noticing of each of these the next operation must be able to notice something
     */
    Frame(int mark, int orderSize, List<Set<Long>> noticing) {
      this.mark = mark;
      this.orderSize = orderSize;
      this.noticing = noticing;
    }
  }

  private record Tried(long state, long operations) {}

  private final Linearizability.Bound bound;
  private final StoreModel model;
  private final Sightings sightings = new Sightings();
  private final long salt;
  private final boolean pastMatters;
  private final boolean explain;

  private final Link answered = new Link(null);
  private final Link answeredByReturn = new Link(null);
  private final Link answeredByLatest = new Link(null);
  private final Link lost = new Link(null);
  private final Map<Long, Integer> openMentions = new HashMap<>();
  private int openAnswered;

  private final ArrayList<Op> order = new ArrayList<>();
  private final ArrayList<Frame> frames = new ArrayList<>();
  private final Set<Tried> tried = new HashSet<>();
  private long done;
  private long steps;

  private int longest = -1;
  private List<Operation> longestOrder = List.of();
  private String whyNotLonger = "";

  /**
   * @param salt makes the bits by which states are told apart different ones
   * @param explain keeps the longest order; otherwise only what there is at the end is told
   */
  Search(List<Operation> history, Linearizability.Bound bound, long salt, boolean explain) {
    this.bound = bound;
    this.explain = explain;
    this.salt = salt;
    this.model = new StoreModel(salt);
    List<Op> ops = new ArrayList<>(history.size());
    for (Operation operation : history) {
      if (operation.isSerializable()) {
        continue;
      }
      if (operation.isAnswered() || operation.outcome() instanceof Operation.Unknown) {
        ops.add(new Op(operation, StoreModel.mix(salt + StoreModel.mix(ops.size() + 1))));
      }
    }
    boolean past = false;
    for (Op op : ops) {
      if (op.answer != null) {
        sightings.add(op.operation);
      }
      past |= op.answer != null && op.tokens.contains(COMPACTION);
    }
    this.pastMatters = past;
    link(ops);
  }

  private void link(List<Op> ops) {
    ops.sort(Comparator.comparingLong(Op::invoked));
    List<Op> certain = new ArrayList<>();
    for (Op op : ops) {
      if (op.answer != null) {
        classify(op, op.answer);
        certain.add(op);
        answered.append(op.byInvocation);
        op.tokens.forEach(token -> openMentions.merge(token, 1, Integer::sum));
      } else if (!isRead(op.request)) {
        classifyLost(op);
      }
    }
    openAnswered = certain.size();
    certain.sort(Comparator.comparingLong(op -> op.operation.returned()));
    certain.forEach(op -> answeredByReturn.append(op.byReturn));
    certain.sort(Comparator.comparingLong(op -> op.latest));
    certain.forEach(op -> answeredByLatest.append(op.byLatest));
  }

  private static boolean isRead(Operation.Request request) {
    return request instanceof Operation.Read;
  }

  // ---- what is known beforehand

  /** Between which revisions of the model an answered operation can come. */
  private static void classify(Op op, Object answer) {
    long revision = op.operation.revision();
    if (revision == 0) {
      return; // an error; it may come wherever the model gives the same
    }
    op.writes = changed(op, answer);
    op.latest = op.writes && isRevised(answer) ? revision - 1 : revision;
    op.earliest = op.latest;
    if (answer instanceof Result.LeaseRevoked) {
      op.earliest = revision - 1;
      op.latest = revision;
    } else if (answer instanceof Result.LeasesExpired expired) {
      op.earliest = revision - expired.expired().size();
      op.latest = revision;
    }
  }

  private static boolean isRevised(Object answer) {
    return answer instanceof Result.OpResult;
  }

  private static boolean changed(Op op, Object answer) {
    if (isRead(op.request)) {
      return false;
    } else if (answer instanceof Result.OpResult result) {
      return hasWritten(result);
    }
    return true;
  }

  private static boolean hasWritten(Result.OpResult result) {
    if (result instanceof Result.Putted) {
      return true;
    } else if (result instanceof Result.Deleted deleted) {
      return deleted.deleted() > 0;
    } else if (result instanceof Result.TxnDone done) {
      return done.responses().stream().anyMatch(Search::hasWritten);
    }
    return false;
  }

  private void classifyLost(Op op) {
    Command command = ((Operation.Do) op.request).command();
    op.quiet =
        command instanceof Command.LeaseGrant
            || command instanceof Command.LeaseRevoke
            || command instanceof Command.LeaseExpire
            || command instanceof Command.Compact;
    if (command instanceof Command.LeaseGrant grant && grant.id() == 0) {
      return; // nobody can name a lease whose id was never told
    }
    op.seenAt = seenAt(command);
    lost.append(op.byInvocation);
  }

  private long seenAt(Command command) {
    if (command instanceof Command.Put put) {
      return put.ignoreValue() ? 0 : sightings.seenAt(put.key(), put.value());
    } else if (command instanceof Command.Txn txn) {
      for (Command.Op op : txn.success()) {
        if (op instanceof Command.Put put && seenAt(put) != 0) {
          return seenAt(put);
        }
      }
    }
    return 0;
  }

  /** Which leases, or compaction, a request could notice without a key that tells of it. */
  private static Set<Long> tokens(Operation.Request request) {
    Set<Long> tokens = new HashSet<>(2);
    if (request instanceof Operation.Read read) {
      tokens(read.range(), tokens);
    } else {
      Command command = ((Operation.Do) request).command();
      if (command instanceof Command.Op op) {
        tokens(op, tokens);
      } else if (command instanceof Command.Compact) {
        tokens.add(COMPACTION);
      } else if (command instanceof Command.LeaseGrant grant) {
        tokens.add(grant.id());
      } else if (command instanceof Command.LeaseRevoke revoke) {
        tokens.add(revoke.id());
      } else if (command instanceof Command.LeaseExpire expire) {
        tokens.addAll(expire.ids());
      }
    }
    return tokens.isEmpty() ? Set.of() : tokens;
  }

  private static void tokens(Command.Op op, Set<Long> into) {
    if (op instanceof Command.Put put && put.lease() != 0) {
      into.add(put.lease());
    } else if (op instanceof Command.Range range && range.revision() > 0) {
      into.add(COMPACTION);
    } else if (op instanceof Command.Txn txn) {
      txn.success().forEach(inner -> tokens(inner, into));
      txn.failure().forEach(inner -> tokens(inner, into));
    }
  }

  // ---- the search

  Verdict run() {
    long deadline =
        bound.millis() == Long.MAX_VALUE
            ? Long.MAX_VALUE
            : System.nanoTime() + bound.millis() * 1_000_000;
    enter(new Frame(model.mark(), 0, List.of()));
    while (openAnswered > 0) {
      if (steps > bound.steps()
          || (deadline != Long.MAX_VALUE && System.nanoTime() - deadline > 0)) {
        remember();
        return new Verdict(Verdict.Kind.UNDECIDED, longestOrder, undecided(), steps);
      }
      Frame top = frames.get(frames.size() - 1);
      Op next = nextCandidate(top);
      if (next == null) {
        if (explain) {
          remember();
        }
        leave();
        if (frames.isEmpty()) {
          return new Verdict(Verdict.Kind.VIOLATION, longestOrder, violation(), steps);
        }
      } else {
        tryNext(top, next);
      }
    }
    List<Operation> found = new ArrayList<>(order.size());
    order.forEach(op -> found.add(op.operation));
    return new Verdict(Verdict.Kind.LINEARIZABLE, found, "", steps);
  }

  private @Nullable Op nextCandidate(Frame frame) {
    while (true) {
      if (frame.next < frame.candidates.size()) {
        return frame.candidates.get(frame.next++);
      }
      if (frame.lostToo) {
        return null;
      }
      frame.lostToo = true;
      frame.candidates = lostCandidates();
      frame.next = 0;
    }
  }

  private void tryNext(Frame from, Op op) {
    int mark = model.mark();
    long before = model.revision();
    Object answer = execute(op);
    boolean revised = model.revision() != before;
    List<Set<Long>> noticing = List.of();
    boolean fits;
    if (op.answer == null) {
      fits = model.mark() != mark;
      if (fits && !revised) {
        noticing = new ArrayList<>(from.noticing);
        noticing.add(op.tokens);
        fits = isNoticed(op);
      } else if (fits) {
        fits = op.notices(from.noticing);
      }
    } else {
      fits = answer.equals(op.answer) && op.notices(from.noticing);
    }
    if (fits && revised && op.answer == null) {
      // Answered ones are where they have to be; leaving them out keeps the explanation readable.
      fits = sightings.allow(model, before, model.writtenSince(mark));
    }
    if (!fits) {
      model.undo(mark);
      return;
    }
    Frame frame = new Frame(mark, order.size(), noticing);
    take(op);
    enter(frame);
  }

  /** Whether what a quiet request changed makes a difference to anything that is still open. */
  private boolean isNoticed(Op quiet) {
    for (long token : quiet.tokens) {
      if (openMentions.getOrDefault(token, 0) > 0) {
        return true;
      }
    }
    if (((Operation.Do) quiet.request).command() instanceof Command.LeaseGrant) {
      for (Link link = lost.after; link != lost; link = link.after) {
        Op op = op(link);
        if (op != quiet && !op.quiet && !Collections.disjoint(op.tokens, quiet.tokens)) {
          return true;
        }
      }
    }
    return false;
  }

  private Object execute(Op op) {
    steps++;
    return model.apply(op.request);
  }

  /** Takes what needs no decision, then prepares the next one; may find that the path is dead. */
  private void enter(Frame frame) {
    frames.add(frame);
    List<Set<Long>> noticing = frame.noticing;
    if (takeWhatChangesNothing(noticing)) {
      noticing = List.of();
    }
    Frame ready = frame;
    if (noticing != frame.noticing) {
      ready = new Frame(frame.mark, frame.orderSize, noticing);
      frames.set(frames.size() - 1, ready);
    }
    if (openAnswered == 0) {
      return;
    }
    boolean dead = op(answeredByLatest.after).latest < model.revision();
    if (dead || !tried.add(tried(noticing))) {
      ready.lostToo = true;
      return;
    }
    ready.candidates = answeredCandidates();
  }

  private Tried tried(List<Set<Long>> noticing) {
    long state = model.fingerprint(pastMatters);
    for (Set<Long> tokens : noticing) {
      for (long token : tokens) {
        state += StoreModel.mix(token * 31 + salt + 5);
      }
    }
    return new Tried(state, done);
  }

  /**
   * @param noticing of each of these the first one must be able to notice something
   * @return true if any was taken
   */
  private boolean takeWhatChangesNothing(List<Set<Long>> noticing) {
    boolean any = false;
    int mark = model.mark();
    List<Set<Long>> demand = noticing;
    for (Link link = answered.after; link != answered; link = link.after) {
      Op op = op(link);
      if (op.invoked() > firstReturn()) {
        break;
      }
      boolean inPlace = op.earliest <= model.revision() && model.revision() <= op.latest;
      if (op.writes || !inPlace || !op.notices(demand)) {
        continue;
      }
      Object answer = execute(op);
      if (model.mark() != mark) {
        model.undo(mark);
      } else if (answer.equals(op.answer)) {
        take(op);
        any = true;
        if (!demand.isEmpty()) {
          demand = List.of();
          link = answered; // those before it may come now
        }
      }
    }
    return any;
  }

  private long firstReturn() {
    Link first = answeredByReturn.after;
    return first == answeredByReturn ? Long.MAX_VALUE : op(first).operation.returned();
  }

  private List<Op> answeredCandidates() {
    List<Op> candidates = new ArrayList<>(4);
    long firstReturn = firstReturn();
    for (Link link = answered.after; link != answered; link = link.after) {
      Op op = op(link);
      if (op.invoked() > firstReturn) {
        break;
      }
      if (op.writes && op.earliest <= model.revision() && model.revision() <= op.latest) {
        candidates.add(op);
      }
    }
    // What makes no revision first: it has to come before one that does.
    candidates.sort(Comparator.comparing(op -> op.answer instanceof Result.OpResult));
    return candidates;
  }

  private List<Op> lostCandidates() {
    boolean revisionIsMissing = op(answeredByLatest.after).latest > model.revision();
    List<Op> candidates = new ArrayList<>();
    List<Op> seenElsewhere = new ArrayList<>();
    long firstReturn = firstReturn();
    Set<Long> wanted = revisionIsMissing ? Set.of() : tokensInWindow(firstReturn);
    for (Link link = lost.after; link != lost; link = link.after) {
      Op op = op(link);
      if (op.invoked() > firstReturn) {
        break;
      }
      if (!revisionIsMissing && (!op.quiet || Collections.disjoint(op.tokens, wanted))) {
        continue;
      }
      boolean here = op.seenAt == 0 || op.seenAt == model.revision() + 1;
      (here ? candidates : seenElsewhere).add(op);
    }
    Collections.reverse(candidates);
    Collections.reverse(seenElsewhere);
    candidates.addAll(seenElsewhere);
    return candidates;
  }

  private Set<Long> tokensInWindow(long firstReturn) {
    Set<Long> tokens = new HashSet<>();
    for (Link link = answered.after; link != answered; link = link.after) {
      Op op = op(link);
      if (op.invoked() > firstReturn) {
        break;
      }
      tokens.addAll(op.tokens);
    }
    return tokens;
  }

  private void take(Op op) {
    op.byInvocation.takeOut();
    if (op.answer != null) {
      op.byReturn.takeOut();
      op.byLatest.takeOut();
      openAnswered--;
      op.tokens.forEach(token -> openMentions.merge(token, -1, Integer::sum));
    }
    done += op.print;
    order.add(op);
  }

  private void leave() {
    Frame frame = frames.remove(frames.size() - 1);
    while (order.size() > frame.orderSize) {
      Op op = order.remove(order.size() - 1);
      if (op.answer != null) {
        op.byLatest.putBack();
        op.byReturn.putBack();
        openAnswered++;
        op.tokens.forEach(token -> openMentions.merge(token, 1, Integer::sum));
      }
      op.byInvocation.putBack();
      done -= op.print;
    }
    model.undo(frame.mark);
  }

  private static Op op(Link link) {
    return Objects.requireNonNull(link.op, "the end of a list is no operation");
  }

  // ---- telling why

  /** Keeps the present order if it is the longest so far; called where it goes no further. */
  private void remember() {
    if (order.size() <= longest) {
      return;
    }
    longest = order.size();
    longestOrder = order.stream().map(op -> op.operation).toList();
    whyNotLonger = blocked();
  }

  private String blocked() {
    StringBuilder text = new StringBuilder();
    long firstReturn = firstReturn();
    int shown = 0;
    for (Link link = answered.after; link != answered; link = link.after) {
      Op op = op(link);
      if (op.invoked() > firstReturn) {
        break;
      }
      if (++shown > SHOWN_OPERATIONS) {
        text.append("  and more\n");
        break;
      }
      int mark = model.mark();
      Object answer = model.apply(op.request);
      String would =
          answer.equals(op.answer)
              ? "would fit, but then others could not follow"
              : "the model answers " + Shown.answer(answer);
      model.undo(mark);
      text.append("  ").append(op.operation).append("\n      ").append(would).append('\n');
    }
    text.append("the store would hold, at revision ").append(model.revision()).append(":\n");
    model.pairs(Long.MAX_VALUE).stream()
        .limit(SHOWN_OPERATIONS)
        .forEach(kv -> text.append("  ").append(Shown.of(kv)).append('\n'));
    return text.toString();
  }

  private String violation() {
    return "no order of the operations explains the answers\n" + explanation();
  }

  private String undecided() {
    return "undecided after " + steps + " steps\n" + explanation();
  }

  private String explanation() {
    StringBuilder text = new StringBuilder();
    int from = Math.max(0, longestOrder.size() - SHOWN_OPERATIONS);
    text.append("the longest order found has ")
        .append(longestOrder.size())
        .append(" operations and ends with\n");
    for (Operation operation : longestOrder.subList(from, longestOrder.size())) {
      text.append("  ").append(operation).append('\n');
    }
    return text.append("after which none of these could come:\n").append(whyNotLonger).toString();
  }
}
