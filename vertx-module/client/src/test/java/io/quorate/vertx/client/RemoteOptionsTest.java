package io.quorate.vertx.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quorate.vertx.client.remote.RemoteOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemTrustOptions;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RemoteOptionsTest {

  @Test
  void withoutOptionsTheEndpointIsAMemberOnThisHost() {
    RemoteOptions options = new RemoteOptions(new JsonObject());
    assertThat(options.getEndpoints()).containsExactly(URI.create("http://127.0.0.1:2379"));
    assertThat(options.toJson())
        .isEqualTo(new RemoteOptions(List.of(URI.create("http://127.0.0.1:2379"))).toJson());
  }

  @Test
  void optionsAreReadBackFromTheirJson() {
    JsonObject json =
        new JsonObject()
            .put("endpoints", new JsonArray().add("https://a:2379").add("https://b:2379"))
            .put("shuffled", true)
            .put("requestTimeoutMillis", 1_234)
            .put("pingIntervalMillis", 6_000)
            .put("pingTimeoutMillis", 700)
            .put("autoSyncIntervalMillis", 30_000)
            .put("trustedCaFile", "ca.pem")
            .put("certFile", "client.pem")
            .put("keyFile", "client.key")
            .put("ssl", new JsonObject().put("sslHandshakeTimeout", 5).put("trustAll", false));
    RemoteOptions options = new RemoteOptions(json);
    assertThat(options.isShuffled()).isTrue();
    assertThat(options.getRequestTimeoutMillis()).isEqualTo(1_234);
    assertThat(Objects.requireNonNull(options.getSsl()).getSslHandshakeTimeout()).isEqualTo(5);
    JsonObject written = options.toJson();
    assertThat(new RemoteOptions(written).toJson()).isEqualTo(written);
    json.remove("ssl");
    for (String name : json.fieldNames()) {
      assertThat(written.getValue(name)).hasToString(json.getValue(name).toString());
    }
    assertThat(written.getJsonObject("ssl").getInteger("sslHandshakeTimeout")).isEqualTo(5);
  }

  @Test
  void listsAndMapsAreAcceptedLikeJsonArraysAndObjects() {
    JsonObject json =
        new JsonObject()
            .put("endpoints", List.of("https://a:1"))
            .put("ssl", java.util.Map.of("enabledCipherSuites", List.of("X")));
    RemoteOptions options = new RemoteOptions(json);
    assertThat(options.getEndpoints()).containsExactly(URI.create("https://a:1"));
    assertThat(Objects.requireNonNull(options.getSsl()).getEnabledCipherSuites())
        .containsExactly("X");
  }

  @Test
  void trustOptionsThatJsonCannotRepresentAreRefused() {
    RemoteOptions options =
        new RemoteOptions(List.of(URI.create("https://a:1")))
            .setSsl(
                new ClientSSLOptions()
                    .setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer("x"))));
    assertThatThrownBy(options::toJson).hasMessageContaining("trust");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'endpoint':'http://a:1'}                              | endpoint: there is no such option",
        "{'endpoints':'http://a:1'}                             | endpoints: must be a list of texts",
        "{'endpoints':[1]}                                      | endpoints: must be text",
        "{'endpoints':[null]}                                   | endpoints: must be text",
        "{'endpoints':[]}                                       | no endpoint",
        "{'endpoints':['http://a b:1']}                         | endpoints: Illegal character",
        "{'endpoints':['http://a']}                             | endpoint http://a is not of the form",
        "{'shuffled':'yes'}                                     | shuffled: must be true or false",
        "{'shuffled':null}                                      | shuffled: must have a value",
        "{'requestTimeoutMillis':0}                             | requestTimeoutMillis: must be a whole",
        "{'requestTimeoutMillis':1.5}                           | requestTimeoutMillis: must be a whole",
        "{'requestTimeoutMillis':'5'}                           | requestTimeoutMillis: must be a whole",
        "{'pingIntervalMillis':100}                             | pingIntervalMillis: must be a whole",
        "{'autoSyncIntervalMillis':-1}                          | autoSyncIntervalMillis: must be a whole",
        "{'autoSyncIntervalMillis':99}                          | autoSyncIntervalMillis is 99, which",
        "{'ssl':{}}                                             | ssl: is for endpoints of https",
        "{'certFile':'a'}                                       | certFile: is for endpoints of https",
        "{'endpoints':['https://a:1'],'certFile':'a'}           | certFile: needs keyFile",
        "{'endpoints':['https://a:1'],'keyFile':'a'}            | keyFile: needs certFile",
        "{'endpoints':['https://a:1'],'trustedCaFile':''}       | trustedCaFile: must be text",
        "{'endpoints':['https://a:1'],'ssl':true}               | ssl: must be an object",
        "{'endpoints':['https://a:1'],'ssl':{'trustAl':true}}   | ssl: Vert.x does not understand",
        "{'endpoints':['https://a:1'],'ssl':{'trustAll':'no'}}  | ssl: Vert.x does not understand",
        "{'endpoints':['https://a:1'],'ssl':{'sslHandshakeTimeoutUnit':'x'}} | ssl: No enum constant",
      },
      quoteCharacter = '`')
  void aWrongValueIsRefusedWithItsName(String json, String message) {
    JsonObject object = new JsonObject(json.replace('\'', '"'));
    assertThatThrownBy(() -> new RemoteOptions(object))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }
}
