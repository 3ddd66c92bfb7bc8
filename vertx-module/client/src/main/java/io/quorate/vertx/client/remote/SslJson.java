package io.quorate.vertx.client.remote;

import io.quorate.vertx.support.JsonFields;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS options in JSON: Vert.x's own form, which cannot express trust or certificates, and the paths
 * of PEM files next to it. Pure functions, any thread.
 */
final class SslJson {
  private static final String SSL = "ssl";
  private static final String TRUSTED_CA_FILE = "trustedCaFile";
  private static final String CERT_FILE = "certFile";
  private static final String KEY_FILE = "keyFile";

  private SslJson() {}

  /**
   * Null if there are no TLS options.
   *
   * @param tls whether the endpoints use https; otherwise TLS options are refused
   */
  static @Nullable ClientSSLOptions read(JsonFields fields, boolean tls) {
    JsonObject ssl = fields.object(SSL);
    String trusted = fields.text(TRUSTED_CA_FILE);
    String cert = fields.text(CERT_FILE);
    String key = fields.text(KEY_FILE);
    if (ssl == null && trusted == null && cert == null && key == null) {
      return null;
    }
    if (!tls) {
      String given =
          ssl != null
              ? SSL
              : trusted != null ? TRUSTED_CA_FILE : cert != null ? CERT_FILE : KEY_FILE;
      throw fields.refused(given, "is for endpoints of https, and these are of http");
    }
    ClientSSLOptions options = ssl == null ? new ClientSSLOptions() : vertxOptions(fields, ssl);
    if (trusted != null) {
      options.setTrustOptions(new PemTrustOptions().addCertPath(trusted));
    }
    if (cert != null && key != null) {
      options.setKeyCertOptions(new PemKeyCertOptions().addCertPath(cert).addKeyPath(key));
    } else if (cert != null || key != null) {
      throw fields.refused(
          cert != null ? CERT_FILE : KEY_FILE, "needs " + (cert != null ? KEY_FILE : CERT_FILE));
    }
    return options;
  }

  /**
   * Vert.x ignores options that it does not know or understand. They are found by comparing with
   * what it writes back.
   */
  private static ClientSSLOptions vertxOptions(JsonFields fields, JsonObject json) {
    ClientSSLOptions options;
    try {
      options = new ClientSSLOptions(json);
    } catch (IllegalArgumentException e) {
      throw fields.refused(SSL, String.valueOf(e.getMessage()));
    }
    JsonObject understood = options.toJson();
    for (String name : json.fieldNames()) {
      JsonObject one = new JsonObject().put(name, json.getValue(name));
      if (!understood.containsKey(name)
          || !one.equals(new JsonObject().put(name, understood.getValue(name)))) {
        throw fields.refused(SSL, "Vert.x does not understand " + one.encode());
      }
    }
    return options;
  }

  static void write(ClientSSLOptions options, JsonObject json) {
    json.put(SSL, options.toJson());
    TrustOptions trust = options.getTrustOptions();
    if (trust instanceof PemTrustOptions pem
        && pem.getCertPaths().size() == 1
        && pem.getCertValues().isEmpty()) {
      json.put(TRUSTED_CA_FILE, pem.getCertPaths().get(0));
    } else if (trust != null) {
      throw new IllegalStateException("trust that is not one PEM file has no JSON");
    }
    KeyCertOptions identity = options.getKeyCertOptions();
    if (identity instanceof PemKeyCertOptions pem
        && isOne(pem.getCertPaths(), pem.getCertValues())
        && isOne(pem.getKeyPaths(), pem.getKeyValues())) {
      json.put(CERT_FILE, pem.getCertPath()).put(KEY_FILE, pem.getKeyPath());
    } else if (identity != null) {
      throw new IllegalStateException("a certificate that is not two PEM files has no JSON");
    }
  }

  private static boolean isOne(List<String> paths, List<?> values) {
    return paths.size() == 1 && values.isEmpty();
  }
}
