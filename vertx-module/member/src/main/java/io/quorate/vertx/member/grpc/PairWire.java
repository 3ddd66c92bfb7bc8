package io.quorate.vertx.member.grpc;

import com.google.protobuf.CodedOutputStream;
import io.quorate.command.Bytes;
import io.quorate.command.KeyValue;
import io.quorate.command.PairSizer;
import io.quorate.vertx.client.proto.rpc.RangeResponse;
import io.quorate.vertx.client.proto.rpc.ResponseHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Encodes a {@code RangeResponse} in pieces: computes the size of its pairs before their values are
 * read, and encodes them without one message for all of them. The bytes are those of the generated
 * class. Any thread.
 */
final class PairWire {
  private static final int KEY = io.quorate.vertx.client.proto.mvcc.KeyValue.KEY_FIELD_NUMBER;
  private static final int CREATE =
      io.quorate.vertx.client.proto.mvcc.KeyValue.CREATE_REVISION_FIELD_NUMBER;
  private static final int MOD =
      io.quorate.vertx.client.proto.mvcc.KeyValue.MOD_REVISION_FIELD_NUMBER;
  private static final int VERSION =
      io.quorate.vertx.client.proto.mvcc.KeyValue.VERSION_FIELD_NUMBER;
  private static final int VALUE = io.quorate.vertx.client.proto.mvcc.KeyValue.VALUE_FIELD_NUMBER;
  private static final int LEASE = io.quorate.vertx.client.proto.mvcc.KeyValue.LEASE_FIELD_NUMBER;
  private static final int LENGTH_DELIMITED = 2;

  /** Size of a pair as an element of {@code kvs}, with tag and length. */
  static final PairSizer SIZER =
      (key, valueBytes, create, mod, version, lease) -> {
        long content = contentBytes(key, valueBytes, create, mod, version, lease);
        return CodedOutputStream.computeTagSize(RangeResponse.KVS_FIELD_NUMBER)
            + CodedOutputStream.computeUInt64SizeNoTag(content)
            + content;
      };

  private PairWire() {}

  private static long contentBytes(
      Bytes key, int valueBytes, long create, long mod, long version, long lease) {
    return bytes(KEY, key.length())
        + number(CREATE, create)
        + number(MOD, mod)
        + number(VERSION, version)
        + bytes(VALUE, valueBytes)
        + number(LEASE, lease);
  }

  private static long bytes(int field, int length) {
    return length == 0
        ? 0
        : CodedOutputStream.computeTagSize(field)
            + CodedOutputStream.computeUInt32SizeNoTag(length)
            + (long) length;
  }

  private static long number(int field, long value) {
    return value == 0 ? 0 : CodedOutputStream.computeInt64Size(field, value);
  }

  /** The bytes before the pairs. */
  static byte[] head(ResponseHeader header) {
    return RangeResponse.newBuilder().setHeader(header).build().toByteArray();
  }

  /** The bytes after the pairs. */
  static byte[] tail(boolean more, long count) {
    return RangeResponse.newBuilder().setMore(more).setCount(count).build().toByteArray();
  }

  static byte[] pairs(List<KeyValue> pairs) {
    long size = 0;
    for (KeyValue kv : pairs) {
      size +=
          SIZER.bytes(
              kv.key(),
              kv.value().length(),
              kv.createRevision(),
              kv.modRevision(),
              kv.version(),
              kv.lease());
    }
    byte[] bytes = new byte[Math.toIntExact(size)];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      for (KeyValue kv : pairs) {
        write(out, kv);
      }
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes;
  }

  private static void write(CodedOutputStream out, KeyValue kv) throws IOException {
    out.writeTag(RangeResponse.KVS_FIELD_NUMBER, LENGTH_DELIMITED);
    out.writeUInt64NoTag(
        contentBytes(
            kv.key(),
            kv.value().length(),
            kv.createRevision(),
            kv.modRevision(),
            kv.version(),
            kv.lease()));
    write(out, KEY, kv.key());
    write(out, CREATE, kv.createRevision());
    write(out, MOD, kv.modRevision());
    write(out, VERSION, kv.version());
    write(out, VALUE, kv.value());
    write(out, LEASE, kv.lease());
  }

  private static void write(CodedOutputStream out, int field, Bytes bytes) throws IOException {
    if (!bytes.isEmpty()) {
      out.writeByteArray(field, bytes.array());
    }
  }

  private static void write(CodedOutputStream out, int field, long number) throws IOException {
    if (number != 0) {
      out.writeInt64(field, number);
    }
  }
}
