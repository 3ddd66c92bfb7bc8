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
      checkPeerUrls(add.peerUrls());
    }
  }

  /**
   * What a command says about members; of all others nothing.
   *
   * @throws EtcdException MEMBER_BAD_URLS as {@link #check(MemberChange)}; REQUEST_TOO_LARGE if the
   *     name or a client URL a member publishes has more than {@link PeerUrl#MAX_LENGTH}
   *     characters, or there are more than {@link #MAX_MEMBER_URLS}
   */
  public static void checkMembers(Command command) {
    if (command instanceof Command.MemberUpdate update) {
      checkPeerUrls(update.peerUrls());
    } else if (command instanceof Command.MemberPublish publish) {
      boolean tooLong =
          publish.name().length() > PeerUrl.MAX_LENGTH
              || publish.clientUrls().stream().anyMatch(url -> url.length() > PeerUrl.MAX_LENGTH);
      if (tooLong || publish.clientUrls().size() > MAX_MEMBER_URLS) {
        throw EtcdError.REQUEST_TOO_LARGE.exception();
      }
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
    for (Command.Op op : txn.success()) {
      checkFields(op, maxTxnOps - ops, depth);
    }
    for (Command.Op op : txn.failure()) {
      checkFields(op, maxTxnOps - ops, depth);
    }
  }

  private static void checkFields(Command.Op op, int maxTxnOps, int depth) {
    if (op instanceof Command.Put put) {
      check(put);
    } else if (op instanceof Command.DeleteRange delete) {
      check(delete);
    } else if (op instanceof Command.Range range) {
      check(range);
    } else if (op instanceof Command.Txn nested) {
      checkFields(nested, maxTxnOps, depth + 1);
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

  /** True if no branch holds a put, a delete or a nested transaction: needs no log entry. */
  public static boolean isReadOnly(Command.Txn txn) {
    return allRanges(txn.success()) && allRanges(txn.failure());
  }

  private static boolean allRanges(List<Command.Op> ops) {
    for (Command.Op op : ops) {
      if (!(op instanceof Command.Range)) {
        return false;
      }
    }
    return true;
  }

  /** True if it {@linkplain #isReadOnly reads only} and every range is serializable. */
  public static boolean isSerializable(Command.Txn txn) {
    return allSerializable(txn.success()) && allSerializable(txn.failure());
  }

  private static boolean allSerializable(List<Command.Op> ops) {
    for (Command.Op op : ops) {
      if (!(op instanceof Command.Range range) || !range.serializable()) {
        return false;
      }
    }
    return true;
  }

  /** True if any branch, nested ones included, holds a put. */
  public static boolean hasPut(Command.Txn txn) {
    return anyPut(txn.success()) || anyPut(txn.failure());
  }

  private static boolean anyPut(List<Command.Op> ops) {
    for (Command.Op op : ops) {
      if (op instanceof Command.Put || (op instanceof Command.Txn nested && hasPut(nested))) {
        return true;
      }
    }
    return false;
  }
}
