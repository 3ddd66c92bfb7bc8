package io.quorate.vertx.member.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.quorate.command.Caller;
import org.junit.jupiter.api.Test;

final class PeerNameTest {
  @Test
  void the_common_name_is_found_at_any_position() {
    assertThat(PeerName.commonName("CN=ann")).isEqualTo("ann");
    assertThat(PeerName.commonName("CN=ann\\,bob,OU=x,O=y")).isEqualTo("ann,bob");
    assertThat(PeerName.commonName("C=de,cn=ann")).isEqualTo("ann");
    assertThat(PeerName.commonName("CN=first,CN=last")).isEqualTo("first");
    assertThat(PeerName.commonName("O=nobody")).isNull();
    assertThat(PeerName.commonName("")).isNull();
  }

  @Test
  void without_tls_the_caller_is_nobody() {
    assertThat(PeerName.callerOf(null)).isEqualTo(Caller.NOBODY);
  }
}
