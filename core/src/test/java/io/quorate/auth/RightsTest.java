package io.quorate.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.AuthChange;
import io.quorate.command.Bytes;
import io.quorate.command.Caller;
import io.quorate.command.Command;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.Password;
import io.quorate.command.Permission;
import io.quorate.command.Permission.Type;
import io.quorate.command.Request;
import io.quorate.command.Role;
import io.quorate.command.User;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Who may do what: every kind of request and command there is, by everybody there may be. A kind
 * that has no sample here fails a test; one that has no rule does not compile.
 */
final class RightsTest {
  private static final long REVISION = 9;

  /** Reads and writes [b, d), reads [d, f), writes [f, h), reads all from x on. */
  private static final Role SOME =
      new Role(
          "some",
          List.of(
              new Permission(Type.READWRITE, keys("b", "d")),
              new Permission(Type.READ, keys("d", "f")),
              new Permission(Type.WRITE, keys("f", "h")),
              new Permission(Type.READ, keys("x", "\0"))));

  private static final AuthState AUTH =
      AuthState.of(
          true,
          REVISION,
          List.of(
              new User("root", "h", false, List.of("root")),
              new User("ann", "h", false, List.of("some")),
              new User("none", "h", false, List.of())),
          List.of(SOME, new Role("other", List.of())));

  private static final long OWN_LEASE = 1; // on keys that ann may read and write
  private static final long FOREIGN_LEASE = 2; // also on one that she may not
  private static final long READ_LEASE = 3; // on one that she may only read
  private static final long EMPTY_LEASE = 4;

  private static final Rights.LeaseKeys LEASES = leases(OWN_LEASE, FOREIGN_LEASE, READ_LEASE);

  private static final Caller ROOT = new Caller.User("root", REVISION);
  private static final Caller ANN = new Caller.User("ann", REVISION);
  private static final Caller NONE = new Caller.User("none", REVISION);
  private static final Caller GONE = new Caller.User("gone", REVISION);
  private static final Caller OLD_ANN = new Caller.User("ann", REVISION - 1);
  private static final Caller ANNS_CERTIFICATE = new Caller.Certificate("ann", REVISION);

  private static Rights.LeaseKeys leases(Long... ids) {
    Map<Long, List<Bytes>> keys =
        Map.of(
            OWN_LEASE, List.of(Bytes.utf8("b"), Bytes.utf8("c")),
            FOREIGN_LEASE, List.of(Bytes.utf8("b"), Bytes.utf8("secret")),
            READ_LEASE, List.of(Bytes.utf8("d")));
    return new Rights.LeaseKeys() {
      @Override
      public List<Bytes> keys(long leaseId) {
        return keys.getOrDefault(leaseId, List.of());
      }

      @Override
      public List<Long> leases() {
        return List.of(ids);
      }
    };
  }

  private static KeyRange keys(String start, String end) {
    return new KeyRange(Bytes.utf8(start), Bytes.utf8(end));
  }

  private static KeyRange key(String key) {
    return keys(key, "");
  }

  // ---- what may be asked

  private static Command.Put put(String key) {
    return Command.Put.of(Bytes.utf8(key), Bytes.EMPTY);
  }

  private static Command.Range range(KeyRange keys) {
    return Command.Range.of(keys);
  }

  private static Command.DeleteRange delete(KeyRange keys) {
    return new Command.DeleteRange(keys, false);
  }

  private static Command.Txn then(Command.Op op) {
    return new Command.Txn(List.of(), List.of(op), List.of());
  }

  private static Command.Txn orElse(Command.Op op) {
    return new Command.Txn(List.of(), List.of(), List.of(op));
  }

  private static Command.Txn ifValue(KeyRange keys) {
    return new Command.Txn(
        List.of(
            new Command.Compare(
                keys, Command.CompareResult.EQUAL, Command.CompareTarget.VALUE, 0, Bytes.EMPTY)),
        List.of(),
        List.of());
  }

  private static Command.Count count(String slot, String key, long lease) {
    return new Command.Count(
        Bytes.utf8(slot),
        1,
        lease,
        List.of(new Command.CounterOp(Bytes.utf8(key), Command.CounterAction.ADD, 0, 0)));
  }

  private static Command.Alarm alarm(Command.AlarmAction action) {
    return new Command.Alarm(action, 1, Command.AlarmType.NOSPACE);
  }

  /** What ann may do, and what she may not, on keys. */
  private static Map<Command.Op, Boolean> keyOps() {
    Map<Command.Op, Boolean> ops = new LinkedHashMap<>();
    ops.put(range(key("b")), true);
    ops.put(range(keys("b", "f")), true);
    ops.put(range(keys("b", "f\0")), false);
    ops.put(range(key("f")), false);
    ops.put(range(keys("a", "c")), false);
    ops.put(range(keys("b", "\0")), false);
    ops.put(range(keys("x", "\0")), true);
    ops.put(range(keys("x", "y")), true);
    ops.put(range(KeyRange.all()), false);
    ops.put(put("b"), true);
    ops.put(put("d"), false);
    ops.put(put("f"), true);
    ops.put(put("f").withPrevKv(true), false);
    ops.put(put("b").withPrevKv(true), true);
    ops.put(put("b").onLease(OWN_LEASE), true);
    ops.put(put("b").onLease(FOREIGN_LEASE), false);
    ops.put(put("b").onLease(READ_LEASE), false);
    ops.put(put("b").onLease(EMPTY_LEASE), true);
    ops.put(delete(keys("b", "d")), true);
    ops.put(delete(keys("b", "e")), false);
    ops.put(delete(keys("f", "h")), true);
    ops.put(delete(keys("b", "\0")), false);
    ops.put(new Command.DeleteRange(keys("f", "h"), true), false);
    ops.put(new Command.DeleteRange(keys("b", "d"), true), true);
    ops.put(delete(keys("x", "\0")), false);
    return ops;
  }

  /** The same as they are and in transactions: in both branches, two deep. */
  private static Map<Command.Op, Boolean> nested() {
    Map<Command.Op, Boolean> all = new LinkedHashMap<>(keyOps());
    keyOps()
        .forEach(
            (op, allowed) -> {
              all.put(then(op), allowed);
              all.put(orElse(op), allowed);
              all.put(then(orElse(op)), allowed);
              all.put(orElse(then(op)), allowed);
              all.put(
                  new Command.Txn(List.of(), List.of(put("b")), List.of(put("f"), then(op))),
                  allowed);
            });
    for (KeyRange keys : List.of(keys("b", "f"), key("d"), keys("x", "\0"))) {
      all.put(ifValue(keys), true);
      all.put(then(ifValue(keys)), true);
    }
    for (KeyRange keys : List.of(key("f"), keys("b", "\0"), key("secret"))) {
      all.put(ifValue(keys), false);
      all.put(then(ifValue(keys)), false);
      all.put(orElse(then(ifValue(keys))), false);
    }
    return all;
  }

  /** For everybody who is somebody. */
  private static List<Object> forAnyUser() {
    return List.of(
        new Command.LeaseGrant(0, 5),
        new Command.LeaseGrantMillis(0, 5),
        alarm(Command.AlarmAction.GET),
        new Request.LeaseTimeToLive(FOREIGN_LEASE, false),
        new Request.MemberList(true),
        new Request.Status(),
        new Command.LeaseRevoke(EMPTY_LEASE),
        new Request.LeaseKeepAlive(EMPTY_LEASE));
  }

  private static List<Object> forRoot() {
    List<Object> all =
        new ArrayList<>(
            List.of(
                new Command.Compact(1, false),
                alarm(Command.AlarmAction.ACTIVATE),
                alarm(Command.AlarmAction.DEACTIVATE),
                new Command.MemberUpdate(1, List.of()),
                new Request.MemberAdd(List.of(), false),
                new Request.MemberRemove(1),
                new Request.MemberPromote(1),
                new Request.HashKv(0),
                new Request.Defragment(),
                new Request.MoveLeader(1),
                new Request.Downgrade(Request.DowngradeAction.VALIDATE, "3.6"),
                new Request.UserList(),
                new Request.RoleList(),
                new Request.UserGet("root"),
                new Request.RoleGet("other")));
    for (AuthChange change :
        List.of(
            new AuthChange.Enable(),
            new AuthChange.Disable(),
            new AuthChange.UserAdd("ann", Password.NONE),
            new AuthChange.UserDelete("ann"),
            new AuthChange.UserChangePassword("ann", Password.NONE),
            new AuthChange.UserGrantRole("ann", "root"),
            new AuthChange.UserRevokeRole("ann", "some"),
            new AuthChange.RoleAdd("r"),
            new AuthChange.RoleDelete("some"),
            new AuthChange.RoleGrantPermission("some", new Permission(Type.READ, KeyRange.all())),
            new AuthChange.RoleRevokePermission("some", keys("b", "d")))) {
      all.add(new Command.Auth(change));
    }
    return all;
  }

  private static List<Object> forMembers() {
    return List.of(
        new Command.LeaseExpire(List.of(OWN_LEASE)),
        new Command.MemberPublish(1, "m", List.of()),
        new Command.RaiseLevel(3),
        new Command.Login("ann", Bytes.of(new byte[32]), REVISION));
  }

  private static List<Object> forEverybody() {
    return List.of(
        new Request.AuthStatus(), new Request.Authenticate("ann", new Password.Plain("p")));
  }

  // ---- asking

  /** Why it is refused, null if it is not. What is both a command and a request is asked twice. */
  private static @Nullable EtcdError refusal(AuthState auth, Caller caller, Object asked) {
    return refusal(auth, caller, LEASES, asked);
  }

  private static @Nullable EtcdError refusal(
      AuthState auth, Caller caller, Rights.LeaseKeys leases, Object asked) {
    List<@Nullable EtcdError> refusals = new ArrayList<>();
    if (asked instanceof Command command) {
      refusals.add(thrown(() -> Rights.check(auth, caller, leases, command)));
    }
    if (asked instanceof Request<?> request) {
      refusals.add(thrown(() -> Rights.check(auth, caller, leases, request)));
    }
    assertThat(refusals).as("%s", asked).isNotEmpty();
    assertThat(refusals.stream().map(Objects::toString).distinct()).as("%s", asked).hasSize(1);
    return refusals.get(0);
  }

  private static @Nullable EtcdError thrown(Runnable check) {
    try {
      check.run();
      return null;
    } catch (EtcdException e) {
      return e.error();
    }
  }

  private static Stream<Object> everything() {
    return Stream.of(
            nested().keySet().stream(),
            forAnyUser().stream(),
            forRoot().stream(),
            forMembers().stream(),
            forEverybody().stream(),
            Stream.of(
                count("", "b", 0), new Request.Leases(), new Request.LeaseTimeToLive(1, true)))
        .flatMap(s -> s);
  }

  @TestFactory
  Stream<DynamicTest> onKeys() {
    return nested().entrySet().stream()
        .map(
            e ->
                DynamicTest.dynamicTest(
                    e.getKey().toString(),
                    () -> {
                      Command.Op op = e.getKey();
                      EtcdError anns = e.getValue() ? null : EtcdError.PERMISSION_DENIED;
                      assertThat(refusal(AUTH, ANN, op)).isEqualTo(anns);
                      assertThat(refusal(AUTH, ANNS_CERTIFICATE, op)).isEqualTo(anns);
                      assertThat(refusal(AUTH, ROOT, op)).isNull();
                      assertThat(refusal(AUTH, NONE, op)).isEqualTo(EtcdError.PERMISSION_DENIED);
                      assertThat(refusal(AUTH, GONE, op)).isEqualTo(EtcdError.PERMISSION_DENIED);
                      assertThat(refusal(AUTH, OLD_ANN, op)).isEqualTo(EtcdError.AUTH_OLD_REVISION);
                    }));
  }

  @Test
  void someThingsAreForEverybodyWhoHasSaidWhoTheyAre() {
    for (Object asked : forAnyUser()) {
      for (Caller caller : List.of(ROOT, ANN, NONE, ANNS_CERTIFICATE)) {
        assertThat(refusal(AUTH, caller, asked)).as("%s by %s", asked, caller).isNull();
      }
    }
  }

  @Test
  void someThingsAreForRootOnly() {
    for (Object asked : forRoot()) {
      assertThat(refusal(AUTH, ROOT, asked)).as("%s", asked).isNull();
      assertThat(refusal(AUTH, new Caller.Certificate("root", REVISION), asked)).isNull();
      for (Caller caller : List.of(ANN, NONE, ANNS_CERTIFICATE)) {
        assertThat(refusal(AUTH, caller, asked))
            .as("%s by %s", asked, caller)
            .isEqualTo(EtcdError.PERMISSION_DENIED);
      }
      assertThat(refusal(AUTH, GONE, asked)).isEqualTo(EtcdError.USER_NOT_FOUND);
    }
  }

  @Test
  void someThingsAreForMembersOnly() {
    for (Object asked : forMembers()) {
      for (Caller caller : List.of(ROOT, ANN)) {
        assertThat(refusal(AUTH, caller, asked)).isEqualTo(EtcdError.PERMISSION_DENIED);
      }
    }
  }

  @Test
  void whoeverHasNotSaidWhoTheyAreMayLogInAndNothingElse() {
    everything()
        .forEach(
            asked -> {
              EtcdError refusal = refusal(AUTH, Caller.NOBODY, asked);
              if (forEverybody().contains(asked)) {
                assertThat(refusal).as("%s", asked).isNull();
              } else if (forMembers().contains(asked)) {
                assertThat(refusal).as("%s", asked).isEqualTo(EtcdError.PERMISSION_DENIED);
              } else {
                assertThat(refusal).as("%s", asked).isEqualTo(EtcdError.USER_EMPTY);
              }
            });
  }

  @Test
  void membersMayDoEverythingAndEverybodyMayWhileItIsOff() {
    AuthState off = AuthState.of(false, 1, List.of(), List.of());
    everything()
        .forEach(
            asked -> {
              assertThat(refusal(AUTH, Caller.NODE, asked)).as("%s", asked).isNull();
              assertThat(refusal(off, Caller.NOBODY, asked)).as("%s", asked).isNull();
            });
  }

  @Test
  void whoEndsOrRenewsALeaseNeedsToWriteAllItsKeys() {
    for (Object asked :
        List.of(
            new Command.LeaseRevoke(FOREIGN_LEASE),
            new Command.LeaseRevoke(READ_LEASE),
            new Request.LeaseKeepAlive(FOREIGN_LEASE),
            new Request.LeaseKeepAlive(READ_LEASE),
            new Request.LeaseTimeToLive(FOREIGN_LEASE, true),
            count("", "b", FOREIGN_LEASE))) {
      assertThat(refusal(AUTH, ANN, asked)).as("%s", asked).isEqualTo(EtcdError.PERMISSION_DENIED);
      assertThat(refusal(AUTH, ROOT, asked)).isNull();
    }
    for (Object asked :
        List.of(
            new Command.LeaseRevoke(OWN_LEASE),
            new Request.LeaseKeepAlive(OWN_LEASE),
            new Request.LeaseTimeToLive(OWN_LEASE, true),
            new Request.LeaseTimeToLive(READ_LEASE, true))) {
      assertThat(refusal(AUTH, ANN, asked)).as("%s", asked).isNull();
    }
  }

  @Test
  void theListOfLeasesIsForThoseWhoMayReadAllTheirKeys() {
    Object asked = new Request.Leases();
    assertThat(refusal(AUTH, ANN, leases(OWN_LEASE, READ_LEASE), asked)).isNull();
    assertThat(refusal(AUTH, ANN, leases(OWN_LEASE, FOREIGN_LEASE), asked))
        .isEqualTo(EtcdError.PERMISSION_DENIED);
    assertThat(refusal(AUTH, ROOT, leases(FOREIGN_LEASE), asked)).isNull();
  }

  @Test
  void countersAreReadAndWritten() {
    assertThat(refusal(AUTH, ANN, count("", "b", 0))).isNull();
    assertThat(refusal(AUTH, ANN, count("c", "b", OWN_LEASE))).isNull();
    for (String key : List.of("d", "f", "secret")) {
      assertThat(refusal(AUTH, ANN, count("", key, 0))).isEqualTo(EtcdError.PERMISSION_DENIED);
      assertThat(refusal(AUTH, ANN, count(key, "b", 0))).isEqualTo(EtcdError.PERMISSION_DENIED);
    }
  }

  @Test
  void everybodySeesTheirOwnRoles() {
    assertThat(refusal(AUTH, ANN, new Request.UserGet("ann"))).isNull();
    assertThat(refusal(AUTH, ANN, new Request.RoleGet("some"))).isNull();
    assertThat(refusal(AUTH, NONE, new Request.RoleGet("some")))
        .isEqualTo(EtcdError.PERMISSION_DENIED);
  }

  @Test
  void aWatchGoesOnOnlyWhileItsCallerMayRead() {
    assertThat(Rights.refusalNow(AUTH, OLD_ANN, keys("b", "f"))).isNull();
    assertThat(Rights.refusalNow(AUTH, ANN, keys("b", "\0")))
        .isEqualTo(EtcdError.PERMISSION_DENIED);
    assertThat(Rights.refusalNow(AUTH, GONE, key("b"))).isEqualTo(EtcdError.PERMISSION_DENIED);
    assertThat(Rights.refusalNow(AUTH, Caller.NOBODY, key("b"))).isEqualTo(EtcdError.USER_EMPTY);
    assertThat(Rights.refusalNow(AUTH, ROOT, KeyRange.all())).isNull();
    assertThat(Rights.refusalNow(AuthState.INITIAL, Caller.NOBODY, KeyRange.all())).isNull();
  }

  /** The samples of this test have all kinds. */
  @Test
  void noKindIsForgotten() {
    List<Class<?>> sampled = new ArrayList<>();
    everything().forEach(asked -> sampled.add(asked.getClass()));
    sampled.add(Request.Leases.class);
    List<Class<?>> missing = new ArrayList<>();
    for (Class<?> sealed : List.of(Command.class, Request.class, AuthChange.class)) {
      for (Class<?> kind : sealed.getPermittedSubclasses()) {
        boolean isChange = AuthChange.class.isAssignableFrom(kind);
        boolean has =
            isChange
                ? everything()
                    .anyMatch(a -> a instanceof Command.Auth auth && kind.isInstance(auth.change()))
                : sampled.contains(kind);
        if (!has) {
          missing.add(kind);
        }
      }
    }
    assertThat(missing).isEmpty();
  }
}
