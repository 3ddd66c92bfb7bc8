package io.quorate.vertx.member.tls;

import io.netty.util.NetUtil;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A certificate that its own key has signed, for {@code --auto-tls}. The JDK has no public API that
 * makes certificates, so the few structures of X.509 that are needed are written here, in DER.
 *
 * @param certificate in PEM
 * @param key in PEM, PKCS #8
 */
record SelfSigned(String certificate, String key) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int SERIAL_BITS = 127;

  /** The time format of dates from 2050 on; allowed before that by all readers in use. */
  private static final DateTimeFormatter UTC_TIME =
      DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private static final DateTimeFormatter GENERALIZED_TIME =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final Instant YEAR_2050 = Instant.parse("2050-01-01T00:00:00Z");

  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final int UTF8_STRING = 0x0c;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int EXPLICIT = 0xa0;
  private static final int DNS_NAME = 0x82;
  private static final int IP_ADDRESS = 0x87;

  // object identifiers, encoded
  private static final byte[] ECDSA_WITH_SHA256 = bytes(6, 8, 42, 134, 72, 206, 61, 4, 3, 2);
  private static final byte[] ORGANIZATION = bytes(6, 3, 85, 4, 10);
  private static final byte[] KEY_USAGE = bytes(6, 3, 85, 29, 15);
  private static final byte[] ALTERNATIVE_NAMES = bytes(6, 3, 85, 29, 17);
  private static final byte[] BASIC_CONSTRAINTS = bytes(6, 3, 85, 29, 19);
  private static final byte[] EXTENDED_KEY_USAGE = bytes(6, 3, 85, 29, 37);
  private static final byte[] SERVER = bytes(6, 8, 43, 6, 1, 5, 5, 7, 3, 1);
  private static final byte[] CLIENT = bytes(6, 8, 43, 6, 1, 5, 5, 7, 3, 2);
  private static final byte[] TRUE = bytes(1, 1, 255);

  /** Bits 0, 2 and 5: digital signature, key encipherment, signing of certificates. */
  private static final byte[] USAGES = bytes(BIT_STRING, 2, 2, 0b1010_0100);

  /**
   * Makes a P-256 key and a certificate for servers and clients.
   *
   * @param organization of the subject, which has nothing else
   * @param hosts host names and IP addresses, without brackets
   */
  static SelfSigned make(String organization, List<String> hosts, Instant from, Instant to)
      throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
    KeyPair pair = generator.generateKeyPair();
    byte[] algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
    byte[] subject =
        der(SEQUENCE, der(SET, der(SEQUENCE, ORGANIZATION, der(UTF8_STRING, utf8(organization)))));
    byte[] signed =
        der(
            SEQUENCE,
            der(EXPLICIT, bytes(INTEGER, 1, 2)), // version 3
            der(INTEGER, new BigInteger(SERIAL_BITS, RANDOM).add(BigInteger.ONE).toByteArray()),
            algorithm,
            subject,
            der(SEQUENCE, time(from), time(to)),
            subject,
            pair.getPublic().getEncoded(),
            der(EXPLICIT | 3, extensions(hosts)));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(pair.getPrivate());
    signature.update(signed);
    byte[] whole = der(SEQUENCE, signed, algorithm, der(BIT_STRING, new byte[1], signature.sign()));
    return new SelfSigned(
        pem("CERTIFICATE", whole), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
  }

  private static byte[] extensions(List<String> hosts) {
    List<byte[]> all = new ArrayList<>();
    all.add(extension(BASIC_CONSTRAINTS, true, der(SEQUENCE, TRUE)));
    all.add(extension(KEY_USAGE, true, USAGES));
    all.add(extension(EXTENDED_KEY_USAGE, false, der(SEQUENCE, SERVER, CLIENT)));
    byte[][] names = hosts.stream().map(SelfSigned::name).toArray(byte[][]::new);
    if (names.length > 0) {
      all.add(extension(ALTERNATIVE_NAMES, false, der(SEQUENCE, names)));
    }
    return der(SEQUENCE, all.toArray(byte[][]::new));
  }

  private static byte[] extension(byte[] id, boolean critical, byte[] value) {
    return der(SEQUENCE, id, critical ? TRUE : new byte[0], der(OCTET_STRING, value));
  }

  private static byte[] name(String host) {
    byte @Nullable [] address = NetUtil.createByteArrayFromIpAddressString(host);
    return address == null ? der(DNS_NAME, utf8(host)) : der(IP_ADDRESS, address);
  }

  private static byte[] time(Instant time) {
    return time.isBefore(YEAR_2050)
        ? der(0x17, utf8(UTC_TIME.format(time)))
        : der(0x18, utf8(GENERALIZED_TIME.format(time)));
  }

  private static byte[] der(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 4);
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else {
      byte[] digits = BigInteger.valueOf(length).toByteArray();
      int first = digits[0] == 0 ? 1 : 0;
      out.write(0x80 | digits.length - first);
      out.write(digits, first, digits.length - first);
    }
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String pem(String what, byte[] content) {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
  }

  /** Does not contain the key. */
  @Override
  public String toString() {
    return "SelfSigned[" + certificate + "]";
  }
}
