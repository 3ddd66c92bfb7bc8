package io.quorate.command;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks that need no state, made before a request is read or proposed; what is refused and in
 * which order is etcd's. Pure functions, any thread.
 */
public final class Validation {
  /**
   * How deep transactions may be nested, the outermost counting as one. What encodes, decodes,
   * checks and executes them goes one call deeper a level, so this also bounds its stack.
   *
   * <p>etcd bounds depth by the number of operations alone: with the 128 it allows by default the
   * deepest has none and is the 129th. Whoever allows more operations gets no more depth here; a
   * request deeper than this is refused with TOO_MANY_OPS too.
   */
  public static final int MAX_TXN_DEPTH = 129;

  /** Most URLs of one kind that a member may have. */
  public static final int MAX_MEMBER_URLS = 32;

  private Validation() {}

  /**
   * @throws EtcdException EMPTY_KEY
   */
  public static void check(Command.Range range) {
    checkKey(range.range().start());
  }

  /**
   * @throws EtcdException EMPTY_KEY, VALUE_PROVIDED, LEASE_PROVIDED
   */
  public static void check(Command.Put put) {
    checkKey(put.key());
    if (put.ignoreValue() && !put.value().isEmpty()) {
      throw EtcdError.VALUE_PROVIDED.exception();
    }
    if (put.ignoreLease() && put.lease() != 0) {
      throw EtcdError.LEASE_PROVIDED.exception();
    }
  }

  /**
   * @throws EtcdException EMPTY_KEY
   */
  public static void check(Command.DeleteRange delete) {
    checkKey(delete.range().start());
  }

  /**
   * Both branches, recursively: fields, number of operations (a nested transaction may use what its
   * parent leaves of {@code maxTxnOps}), duplicate keys.
   *
   * @throws EtcdException EMPTY_KEY, TOO_MANY_OPS, DUPLICATE_KEY, VALUE_PROVIDED, LEASE_PROVIDED
   */
  public static void check(Command.Txn txn, int maxTxnOps) {
    checkFields(txn, maxTxnOps, 1);
    Writes.of(txn.success());
    Writes.of(txn.failure());
  }

  /**
   * @throws EtcdException EMPTY_KEY, TOO_MANY_OPS; DUPLICATE_KEY if a counter is its own slot
   */
  public static void check(Command.Count count, int maxTxnOps) {
    if (count.ops().size() > maxTxnOps) {
      throw EtcdError.TOO_MANY_OPS.exception();
    }
    for (Command.CounterOp op : count.ops()) {
      checkKey(op.key());
      if (op.key().equals(count.slot())) {
        throw EtcdError.DUPLICATE_KEY.exception();
      }
    }
  }

  /**
   * The peer URLs of a member that is added. What is accepted here every member connects to.
   *
   * @throws EtcdException MEMBER_BAD_URLS if there is none, or one is no {@link PeerUrl}, or there
   *     are more than {@link #MAX_MEMBER_URLS}
   */
  public static void check(MemberChange change) {
    if (change instanceof MemberChange.Add add) {
      checkPeerUrls(add.peerUrls()); // the others name a member, and nothing else
    }
  }

  /**
   * All that can be said about a command before it is in the log; what passes can be applied.
   *
   * @param maxTxnOps operations in one transaction or steps of one {@link Command.Count}, at most
   * @param level the {@link FeatureLevel} in force
   * @throws EtcdException what the checks of its kind throw; ABOVE_FEATURE_LEVEL if there are
   *     members that do not know it
   */
  public static void check(Command command, int maxTxnOps, int level) {
    if (command.kind().level() > level) {
      throw EtcdError.ABOVE_FEATURE_LEVEL.exception();
    }
    command.accept(new CommandCheck(maxTxnOps));
  }

  private record CommandCheck(int maxTxnOps) implements Command.Visitor<Boolean> {
    @Override
    public Boolean put(Command.Put put) {
      check(put);
      return true;
    }

    @Override
    public Boolean deleteRange(Command.DeleteRange delete) {
      check(delete);
      return true;
    }

    @Override
    public Boolean txn(Command.Txn txn) {
      check(txn, maxTxnOps);
      return true;
    }

    @Override
    public Boolean count(Command.Count count) {
      check(count, maxTxnOps);
      return true;
    }

    /** Which revisions can be compacted is known only when it is applied. */
    @Override
    public Boolean compact(Command.Compact compact) {
      return true;
    }

    /** etcd refuses a TTL that is too long when it is applied. */
    @Override
    public Boolean leaseGrant(Command.LeaseGrant grant) {
      return true;
    }

    @Override
    public Boolean leaseGrantMillis(Command.LeaseGrantMillis grant) {
      return true;
    }

    @Override
    public Boolean leaseRevoke(Command.LeaseRevoke revoke) {
      return true;
    }

    @Override
    public Boolean leaseExpire(Command.LeaseExpire expire) {
      return true;
    }

    @Override
    public Boolean alarm(Command.Alarm alarm) {
      return true;
    }

    @Override
    public Boolean memberPublish(Command.MemberPublish publish) {
      check(publish);
      return true;
    }

    @Override
    public Boolean memberUpdate(Command.MemberUpdate update) {
      checkPeerUrls(update.peerUrls());
      return true;
    }

    /** Only who has asked all members may say this, and the leader does not ask here. */
    @Override
    public Boolean raiseLevel(Command.RaiseLevel raise) {
      throw EtcdError.ABOVE_FEATURE_LEVEL.exception();
    }
  }

  /**
   * What a member tells of itself.
   *
   * @throws EtcdException REQUEST_TOO_LARGE if the name or a client URL has more than {@link
   *     PeerUrl#MAX_LENGTH} characters, or there are more than {@link #MAX_MEMBER_URLS}
   */
  private static void check(Command.MemberPublish publish) {
    boolean tooLong =
        publish.name().length() > PeerUrl.MAX_LENGTH
            || publish.clientUrls().stream().anyMatch(url -> url.length() > PeerUrl.MAX_LENGTH);
    if (tooLong || publish.clientUrls().size() > MAX_MEMBER_URLS) {
      throw EtcdError.REQUEST_TOO_LARGE.exception();
    }
  }

  private static void checkPeerUrls(List<String> peerUrls) {
    boolean allParse = peerUrls.stream().allMatch(url -> PeerUrl.parse(url) != null);
    if (peerUrls.isEmpty() || peerUrls.size() > MAX_MEMBER_URLS || !allParse) {
      throw EtcdError.MEMBER_BAD_URLS.exception();
    }
  }

  private static void checkFields(Command.Txn txn, int maxTxnOps, int depth) {
    int ops = Math.max(txn.compares().size(), Math.max(txn.success().size(), txn.failure().size()));
    if (ops > maxTxnOps || depth > MAX_TXN_DEPTH) {
      throw EtcdError.TOO_MANY_OPS.exception();
    }
    for (Command.Compare compare : txn.compares()) {
      checkKey(compare.range().start());
    }
    OpCheck check = new OpCheck(maxTxnOps - ops, depth);
    for (Command.Op op : txn.success()) {
      op.accept(check);
    }
    for (Command.Op op : txn.failure()) {
      op.accept(check);
    }
  }

  private record OpCheck(int maxTxnOps, int depth) implements Command.Op.Visitor<Boolean> {
    @Override
    public Boolean range(Command.Range range) {
      check(range);
      return true;
    }

    @Override
    public Boolean put(Command.Put put) {
      check(put);
      return true;
    }

    @Override
    public Boolean deleteRange(Command.DeleteRange delete) {
      check(delete);
      return true;
    }

    @Override
    public Boolean txn(Command.Txn nested) {
      checkFields(nested, maxTxnOps, depth + 1);
      return true;
    }
  }

  private static void checkKey(Bytes key) {
    if (key.isEmpty()) {
      throw EtcdError.EMPTY_KEY.exception();
    }
  }

  /**
   * What a branch, nested transactions included, may put and delete. Finding a key that would be
   * put twice, or put and deleted, is what building it is for.
   */
  private record Writes(Set<Bytes> puts, KeySpans deletes) {

    /**
     * In etcd's order, which shows in what is accepted: deletes of this level; then one nested
     * transaction after the other, each one's puts against the deletes seen so far (so a later
     * sibling may delete what an earlier one puts, not the other way round); then puts of this
     * level against everything.
     *
     * @throws EtcdException DUPLICATE_KEY
     */
    static Writes of(List<Command.Op> ops) {
      Writes all = new Writes(new HashSet<>(), new KeySpans());
      for (Command.Op op : ops) {
        // etcd does not take an end of one zero byte for "unbounded" here, but for an end below
        // every key: such a delete overlaps with nothing.
        if (op instanceof Command.DeleteRange delete && !delete.range().isOpenEnded()) {
          all.deletes.add(delete.range());
        }
      }
      for (Command.Op op : ops) {
        if (op instanceof Command.Txn nested) {
          all.addNested(of(nested.success()), of(nested.failure()));
        }
      }
      for (Command.Op op : ops) {
        if (op instanceof Command.Put put) {
          all.addPut(put.key());
        }
      }
      return all;
    }

    /** Only one of the two branches will run, so both may put the same key. */
    private void addNested(Writes success, Writes failure) {
      success.puts.forEach(this::addPut);
      for (Bytes key : failure.puts) {
        if (!success.puts.contains(key)) {
          addPut(key);
        }
      }
      deletes.addAll(success.deletes);
      deletes.addAll(failure.deletes);
    }

    private void addPut(Bytes key) {
      if (deletes.contains(key) || !puts.add(key)) {
        throw EtcdError.DUPLICATE_KEY.exception();
      }
    }
  }
}
