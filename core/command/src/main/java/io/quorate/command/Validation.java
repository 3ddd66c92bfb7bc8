package io.quorate.command;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks that need no state, made before a request is executed or proposed. They refuse what etcd
 * refuses, in the same order. Pure functions, any thread.
 */
public final class Validation {
  /**
   * How deep transactions may be nested, counting the outermost as one. Code that encodes, decodes,
   * checks or executes them recurses once for each level, so this also bounds its stack.
   *
   * <p>etcd bounds the depth only by the number of operations: with its default of 128, the 129th
   * transaction in a chain can have no operation left. Here the depth stays the same if more
   * operations are allowed; deeper transactions are refused with TOO_MANY_OPS as well.
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
   * Checks both branches, recursively: fields, number of operations (a nested transaction may have
   * as many as its parent leaves of {@code maxTxnOps}), duplicate keys.
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
   * Checks the peer URLs of a member to be added: every member is going to connect to them.
   *
   * @throws EtcdException MEMBER_BAD_URLS if there is none, or one is no {@link PeerUrl}, or there
   *     are more than {@link #MAX_MEMBER_URLS}
   */
  public static void check(MemberChange change) {
    if (change instanceof MemberChange.Add add) {
      checkPeerUrls(add.peerUrls()); // other changes have only a member id
    }
  }

  /**
   * All checks of a command before it enters the log; a command that passes can be applied.
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

    /** Which revisions can be compacted is known only when the command is applied. */
    @Override
    public Boolean compact(Command.Compact compact) {
      return true;
    }

    /** As in etcd, a TTL that is too long is refused when the command is applied. */
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

    /** Only a leader that has asked all members may propose it, and that is not checked here. */
    @Override
    public Boolean raiseLevel(Command.RaiseLevel raise) {
      throw EtcdError.ABOVE_FEATURE_LEVEL.exception();
    }

    @Override
    public Boolean auth(Command.Auth auth) {
      return auth.change().accept(new AuthCheck());
    }

    /** A digest of another length is none. */
    @Override
    public Boolean login(Command.Login login) {
      checkName(login.user());
      if (login.tokenDigest().length() != Command.Login.DIGEST_BYTES) {
        throw EtcdError.INVALID_AUTH_MGMT.exception();
      }
      return true;
    }
  }

  /** Of the texts in a change; what etcd itself refuses is refused when it is applied. */
  private static final class AuthCheck implements AuthChange.Visitor<Boolean> {
    @Override
    public Boolean enable(AuthChange.Enable enable) {
      return true;
    }

    @Override
    public Boolean disable(AuthChange.Disable disable) {
      return true;
    }

    @Override
    public Boolean userAdd(AuthChange.UserAdd add) {
      return checkName(add.name()) && checkPassword(add.password());
    }

    @Override
    public Boolean userDelete(AuthChange.UserDelete delete) {
      return checkName(delete.name());
    }

    @Override
    public Boolean userChangePassword(AuthChange.UserChangePassword change) {
      return checkName(change.name()) && checkPassword(change.password());
    }

    @Override
    public Boolean userGrantRole(AuthChange.UserGrantRole grant) {
      return checkName(grant.user()) && checkName(grant.role());
    }

    @Override
    public Boolean userRevokeRole(AuthChange.UserRevokeRole revoke) {
      return checkName(revoke.user()) && checkName(revoke.role());
    }

    @Override
    public Boolean roleAdd(AuthChange.RoleAdd add) {
      return checkName(add.name());
    }

    @Override
    public Boolean roleDelete(AuthChange.RoleDelete delete) {
      return checkName(delete.name());
    }

    @Override
    public Boolean roleGrantPermission(AuthChange.RoleGrantPermission grant) {
      return checkName(grant.role());
    }

    @Override
    public Boolean roleRevokePermission(AuthChange.RoleRevokePermission revoke) {
      return checkName(revoke.role());
    }
  }

  /** Longer names would not fit into a {@link Caller}. */
  private static boolean checkName(String name) {
    if (name.length() > Caller.MAX_NAME_CHARS) {
      throw EtcdError.INVALID_AUTH_MGMT.exception();
    }
    return true;
  }

  /** A member hashes a password before it proposes anything. */
  private static boolean checkPassword(Password password) {
    if (password instanceof Password.Plain
        || (password instanceof Password.Hashed hashed
            && hashed.bcrypt().length() > Password.Hashed.MAX_CHARS)) {
      throw EtcdError.INVALID_AUTH_MGMT.exception();
    }
    return true;
  }

  /**
   * Checks what a member announces about itself.
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
   * The keys that a branch may put and delete, nested transactions included. It is built in order
   * to find keys that would be put twice, or put and deleted.
   */
  private record Writes(Set<Bytes> puts, KeySpans deletes) {

    /**
     * Goes through the operations in etcd's order, on which it depends what is accepted: first the
     * deletes of this level; then the nested transactions one after the other, comparing the puts
     * of each with the deletes seen so far (so a later one may delete what an earlier one puts, but
     * not the other way round); then the puts of this level, compared with everything.
     *
     * @throws EtcdException DUPLICATE_KEY
     */
    static Writes of(List<Command.Op> ops) {
      Writes all = new Writes(new HashSet<>(), new KeySpans());
      for (Command.Op op : ops) {
        // Here etcd does not understand an end of one zero byte as "unbounded" but as an end below
        // every key, so such a delete overlaps with nothing.
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
