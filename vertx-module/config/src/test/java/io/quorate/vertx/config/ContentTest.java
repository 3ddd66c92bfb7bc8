package io.quorate.vertx.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.remote.RemoteOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentTest {

  private static KeyValue pair(String key, String value) {
    return new KeyValue(Bytes.utf8(key), Bytes.utf8(value), 7, 7, 1, 0);
  }

  private static Content content(String options) {
    return ConfigStoreSettings.read(json(options)).content();
  }

  private static JsonObject json(String text) {
    return new JsonObject(text.replace('\'', '"'));
  }

  @Test
  void keysBelowAPrefixAreNamesThatLeadToValues() {
    Content content = content("{'prefix':'app'}");
    assertThat(
            content
                .of(List.of(pair("app/a", "1"), pair("app/b/c", "{}"), pair("app/b/d", "")))
                .toJsonObject())
        .isEqualTo(json("{'a':'1','b':{'c':'{}','d':''}}"));
    assertThat(content.range().contains(Bytes.utf8("app/x"))).isTrue();
    assertThat(content.range().contains(Bytes.utf8("apple/x"))).isFalse();
  }

  @Test
  void valuesBelowAPrefixCanBeJson() {
    Content content = content("{'prefix':'app.','separator':'.','values':'json'}");
    assertThat(
            content
                .of(List.of(pair("app.a", "1"), pair("app.b.c", "[null]"), pair("app.d", "null")))
                .toJsonObject())
        .isEqualTo(json("{'a':1,'b':{'c':[null]},'d':null}"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "p/a   | 1   | p/a/b | 2  | string | 'p/a/b' | another key says",
        "p/a   | {}  | p/a/b | 2  | json   | 'p/a/b' | another key says",
        "p/a   | null| p/a/b | 2  | json   | 'p/a/b' | another key says",
        "p/a/b | 2   | p/a   | 1  | string | 'p/a'   | another key says",
        "p/a   | 1   | p/    | 2  | string | 'p/'    | a name between separators is empty",
        "p/a   | 1   | p/b//c| 2  | string | 'p/b//c'| a name between separators is empty",
        "p/a   | 1   | p/b   | x  | json   | 'p/b'   | not JSON",
        "p/a   | 1   | p/b   | 1 2| json   | 'p/b'   | not JSON",
      })
  void whatMakesNoConfigurationIsRefusedByItsKey(
      String key,
      String value,
      String other,
      String otherValue,
      String values,
      String named,
      String reason) {
    Content content = content("{'prefix':'p/','values':'" + values + "'}");
    assertThatThrownBy(() -> content.of(List.of(pair(key, value), pair(other, otherValue))))
        .isInstanceOf(ContentException.class)
        .hasMessageStartingWith("key " + named + " at revision 7: ")
        .hasMessageContaining(reason);
  }

  @Test
  void textThatIsNoUtf8IsRefusedByItsKey() {
    KeyValue pair = new KeyValue(Bytes.utf8("p/a"), Bytes.of(new byte[] {(byte) 0xff}), 7, 7, 1, 0);
    assertThatThrownBy(() -> content("{'prefix':'p'}").of(List.of(pair)))
        .hasMessage("key 'p/a' at revision 7: not text in UTF-8");
  }

  @Test
  void theValueOfAKeyIsAnObjectUnlessItIsRaw() {
    for (String bad : List.of("", "null", "[1]", "{", "a: b")) {
      assertThatThrownBy(() -> content("{'key':'k'}").of(List.of(pair("k", bad))))
          .isInstanceOf(ContentException.class)
          .hasMessageStartingWith("key 'k' at revision 7: not a JSON object");
      assertThat(content("{'key':'k','values':'raw'}").of(List.of(pair("k", bad))).toString())
          .isEqualTo(bad);
    }
    assertThat(content("{'key':'k'}").absent().toString()).isEqualTo("{}");
    assertThat(content("{'key':'k','values':'raw'}").absent().length()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "{}                                     | key: give it or prefix",
        "{'key':'a','prefix':'b'}               | key: give it or prefix",
        "{'key':''}                             | key: must be text",
        "{'prefix':5}                           | prefix: must be text",
        "{'key':'a','separator':'.'}            | separator: has a meaning with prefix only",
        "{'key':'a','values':'string'}          | values: must be json or raw here, not string",
        "{'prefix':'a','values':'raw'}          | values: must be string or json here, not raw",
        "{'key':'a','required':'yes'}           | required: must be true or false",
        "{'key':'a','loadTimeoutMillis':0}      | loadTimeoutMillis: must be a whole number",
        "{'key':'a','path':'b'}                 | path: there is no such option",
        "{'key':'a','connection':'b'}           | connection: must be an object",
      })
  void optionsThatCannotBeRightAreRefusedByName(String options, String message) {
    assertThatThrownBy(() -> ConfigStoreSettings.read(json(options)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void whatTheGuideShowsIsUnderstood() throws IOException {
    assertThat(ConfigStoreSettings.read(guide("config-store.json")).content())
        .isInstanceOf(PrefixContent.class);
    assertThat(new RemoteOptions(guide("connection.json")).getRequestTimeoutMillis())
        .isEqualTo(3_000);
  }

  private static JsonObject guide(String file) throws IOException {
    return new JsonObject(Files.readString(Path.of("src/test/resources/guides", file)));
  }
}
