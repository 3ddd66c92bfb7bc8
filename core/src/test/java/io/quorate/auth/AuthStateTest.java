package io.quorate.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.AuthChange;
import io.quorate.command.Bytes;
import io.quorate.command.EtcdError;
import io.quorate.command.EtcdException;
import io.quorate.command.KeyRange;
import io.quorate.command.Password;
import io.quorate.command.Permission;
import io.quorate.command.Permission.Type;
import io.quorate.command.Role;
import io.quorate.command.User;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Changes of users and roles: what they do, what they refuse, and when the revision rises. */
final class AuthStateTest {
  private AuthState auth = AuthState.INITIAL;

  private void apply(AuthChange change) {
    auth = auth.with(change);
  }

  private void refused(AuthChange change, EtcdError error) {
    AuthState before = auth;
    assertThatThrownBy(() -> apply(change))
        .isInstanceOfSatisfying(EtcdException.class, e -> assertThat(e.error()).isEqualTo(error));
    assertThat(auth).isSameAs(before);
  }

  private static KeyRange keys(String start, String end) {
    return new KeyRange(Bytes.utf8(start), Bytes.utf8(end));
  }

  private static AuthChange grant(String role, Type type, KeyRange keys) {
    return new AuthChange.RoleGrantPermission(role, new Permission(type, keys));
  }

  private void enable() {
    apply(new AuthChange.UserAdd("root", new Password.Hashed("h")));
    apply(new AuthChange.UserGrantRole("root", "root"));
    apply(new AuthChange.Enable());
  }

  @Test
  void enablingNeedsARootUserWithTheRootRole() {
    refused(new AuthChange.Enable(), EtcdError.ROOT_USER_NOT_EXIST);
    apply(new AuthChange.UserAdd("root", new Password.Hashed("h")));
    refused(new AuthChange.Enable(), EtcdError.ROOT_ROLE_NOT_EXIST);
    apply(new AuthChange.UserGrantRole("root", "root"));
    assertThat(auth.revision()).isEqualTo(3);
    apply(new AuthChange.Enable());
    assertThat(auth.isEnabled()).isTrue();
    assertThat(auth.revision()).isEqualTo(3);
    apply(new AuthChange.Enable());
    apply(new AuthChange.Disable());
    assertThat(auth.isEnabled()).isFalse();
    assertThat(auth.revision()).isEqualTo(4);
    apply(new AuthChange.Disable());
    assertThat(auth.revision()).isEqualTo(4);
  }

  @Test
  void usersAreAddedChangedAndDeleted() {
    refused(new AuthChange.UserAdd("", Password.NONE), EtcdError.USER_EMPTY);
    apply(new AuthChange.UserAdd("ann", new Password.Hashed("h1")));
    refused(new AuthChange.UserAdd("ann", Password.NONE), EtcdError.USER_ALREADY_EXIST);
    apply(new AuthChange.UserChangePassword("ann", new Password.Hashed("h2")));
    assertThat(auth.user("ann")).isEqualTo(new User("ann", "h2", false, List.of()));
    apply(new AuthChange.UserAdd("cn", Password.NONE));
    apply(new AuthChange.UserChangePassword("cn", new Password.Hashed("h3")));
    assertThat(auth.user("cn")).isEqualTo(new User("cn", "", true, List.of()));
    assertThat(auth.revision()).isEqualTo(5);
    refused(
        new AuthChange.UserChangePassword("bob", new Password.Hashed("h")),
        EtcdError.USER_NOT_FOUND);
    apply(new AuthChange.UserDelete("ann"));
    refused(new AuthChange.UserDelete("ann"), EtcdError.USER_NOT_FOUND);
    assertThat(auth.users()).containsOnlyKeys("cn");
  }

  @Test
  void rolesAreGrantedAndRevoked() {
    apply(new AuthChange.UserAdd("ann", Password.NONE));
    refused(new AuthChange.UserGrantRole("bob", "r"), EtcdError.USER_NOT_FOUND);
    refused(new AuthChange.UserGrantRole("ann", "r"), EtcdError.ROLE_NOT_FOUND);
    refused(new AuthChange.RoleAdd(""), EtcdError.ROLE_EMPTY);
    apply(new AuthChange.RoleAdd("r"));
    refused(new AuthChange.RoleAdd("r"), EtcdError.ROLE_ALREADY_EXIST);
    apply(new AuthChange.RoleAdd("a"));
    apply(new AuthChange.UserGrantRole("ann", "r"));
    apply(new AuthChange.UserGrantRole("ann", "a"));
    long revision = auth.revision();
    apply(new AuthChange.UserGrantRole("ann", "a"));
    assertThat(auth.revision()).as("a grant that is there changes nothing").isEqualTo(revision);
    assertThat(auth.users()).containsEntry("ann", new User("ann", "", true, List.of("a", "r")));
    refused(new AuthChange.UserRevokeRole("ann", "x"), EtcdError.ROLE_NOT_GRANTED);
    refused(new AuthChange.UserRevokeRole("bob", "r"), EtcdError.USER_NOT_FOUND);
    apply(new AuthChange.UserRevokeRole("ann", "a"));
    apply(new AuthChange.RoleDelete("r"));
    assertThat(auth.users()).containsEntry("ann", new User("ann", "", true, List.of()));
    refused(new AuthChange.RoleDelete("r"), EtcdError.ROLE_NOT_FOUND);
  }

  @Test
  void permissionsAreKeptInOrderAndReplacedByTheirRange() {
    refused(grant("r", Type.READ, keys("a", "")), EtcdError.ROLE_NOT_FOUND);
    apply(new AuthChange.RoleAdd("r"));
    refused(grant("r", Type.READ, keys("", "b")), EtcdError.INVALID_AUTH_MGMT);
    refused(grant("r", Type.READ, keys("b", "b")), EtcdError.INVALID_AUTH_MGMT);
    refused(grant("r", Type.READ, keys("b", "a")), EtcdError.INVALID_AUTH_MGMT);
    apply(grant("r", Type.READ, keys("b", "")));
    apply(grant("r", Type.READ, keys("a", "\0")));
    apply(grant("r", Type.READ, keys("a", "c")));
    apply(grant("r", Type.WRITE, keys("b", "")));
    assertThat(auth.role("r"))
        .isEqualTo(
            new Role(
                "r",
                List.of(
                    new Permission(Type.READ, keys("a", "\0")),
                    new Permission(Type.READ, keys("a", "c")),
                    new Permission(Type.WRITE, keys("b", "")))));
    refused(
        new AuthChange.RoleRevokePermission("r", keys("a", "d")), EtcdError.PERMISSION_NOT_GRANTED);
    refused(new AuthChange.RoleRevokePermission("x", keys("a", "")), EtcdError.ROLE_NOT_FOUND);
    apply(new AuthChange.RoleRevokePermission("r", keys("a", "c")));
    assertThat(auth.role("r"))
        .isEqualTo(
            new Role(
                "r",
                List.of(
                    new Permission(Type.READ, keys("a", "\0")),
                    new Permission(Type.WRITE, keys("b", "")))));
  }

  @Test
  void rootStaysWhileAuthenticationIsEnabled() {
    enable();
    apply(new AuthChange.RoleAdd("root"));
    refused(new AuthChange.UserDelete("root"), EtcdError.INVALID_AUTH_MGMT);
    refused(new AuthChange.UserRevokeRole("root", "root"), EtcdError.INVALID_AUTH_MGMT);
    refused(new AuthChange.RoleDelete("root"), EtcdError.INVALID_AUTH_MGMT);
    apply(new AuthChange.Disable());
    apply(new AuthChange.UserDelete("root"));
    apply(new AuthChange.RoleDelete("root"));
  }

  @Test
  void nobodyShowsAPasswordAsText() {
    apply(new AuthChange.UserAdd("ann", new Password.Hashed("secret")));
    assertThat(auth.toString()).contains("ann").doesNotContain("secret");
    assertThat(new AuthChange.UserAdd("ann", new Password.Plain("secret")).toString())
        .doesNotContain("secret");
  }
}
