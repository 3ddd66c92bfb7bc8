package io.quorate.vertx.server.bench;

import com.google.protobuf.ByteString;
import io.quorate.vertx.client.proto.rpc.KVGrpcClient;
import io.quorate.vertx.client.proto.rpc.PutRequest;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.client.proto.rpc.RequestOp;
import io.quorate.vertx.client.proto.rpc.TxnRequest;
import io.quorate.vertx.client.proto.rpc.TxnResponse;
import io.vertx.core.Future;
import java.util.List;

/** The operations that consist of single requests. */
final class SingleRequests {
  private final BenchOptions options;
  private final List<Connection> connections;
  private final Keys keys;

  SingleRequests(BenchOptions options, List<Connection> connections) {
    this.options = options;
    this.connections = connections;
    this.keys = new Keys(options);
  }

  RequestSender put() {
    return (client, request) -> connection(client).unary(KVGrpcClient.Put, putRequest(request));
  }

  RequestSender range() {
    return (client, request) -> connection(client).unary(KVGrpcClient.Range, rangeRequest(request));
  }

  /** Transactions of puts without a condition. */
  RequestSender txnPut() {
    return (client, request) -> {
      TxnRequest.Builder txn = TxnRequest.newBuilder();
      for (int i = 0; i < options.txnOps; i++) {
        // A transaction may not put a key twice, so the further keys follow the first one in order.
        ByteString key =
            i == 0 || options.sequentialKeys
                ? keys.keyOfRequest(request * options.txnOps + i)
                : keys.key(
                    (Math.floorMod(
                                Keys.mix(options.seed + request * options.txnOps),
                                options.keySpaceSize)
                            + i)
                        % options.keySpaceSize);
        txn.addSuccess(
            RequestOp.newBuilder()
                .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(keys.value())));
      }
      return sendTxn(client, txn.build());
    };
  }

  /** Transactions of one range and transactions of one put, in the configured ratio. */
  RequestSender txnMixed() {
    double readShare = options.readWriteRatio / (1 + options.readWriteRatio);
    return (client, request) -> {
      double drawn = (Keys.mix(~options.seed ^ request) >>> 11) * 0x1p-53;
      RequestOp operation =
          drawn < readShare
              ? RequestOp.newBuilder().setRequestRange(rangeRequest(request)).build()
              : RequestOp.newBuilder().setRequestPut(putRequest(request)).build();
      return sendTxn(client, TxnRequest.newBuilder().addSuccess(operation).build());
    };
  }

  private Future<TxnResponse> sendTxn(int client, TxnRequest txn) {
    return connection(client).unary(KVGrpcClient.Txn, txn);
  }

  private PutRequest putRequest(long request) {
    return PutRequest.newBuilder()
        .setKey(keys.keyOfRequest(request))
        .setValue(keys.value())
        .build();
  }

  private RangeRequest rangeRequest(long request) {
    RangeRequest.Builder range =
        RangeRequest.newBuilder()
            .setSerializable(options.isSerializable())
            .setLimit(options.limit)
            .setKeysOnly(options.keysOnly)
            .setCountOnly(options.countOnly);
    if (options.keyAndEnd.isEmpty()) {
      return range.setKey(keys.keyOfRequest(request)).build();
    }
    ByteString key = ByteString.copyFromUtf8(options.keyAndEnd.get(0));
    if (options.prefix) {
      // In a range, one zero byte stands for the smallest key, since the empty key is not allowed.
      ByteString zero = ByteString.copyFrom(new byte[1]);
      return range.setKey(key.isEmpty() ? zero : key).setRangeEnd(prefixEnd(key)).build();
    }
    range.setKey(key);
    if (options.keyAndEnd.size() > 1) {
      range.setRangeEnd(ByteString.copyFromUtf8(options.keyAndEnd.get(1)));
    }
    return range.build();
  }

  /** The smallest key above all keys with the prefix; one zero byte means that there is no end. */
  static ByteString prefixEnd(ByteString prefix) {
    for (int i = prefix.size() - 1; i >= 0; i--) {
      if (prefix.byteAt(i) != (byte) 0xff) {
        ByteString last = ByteString.copyFrom(new byte[] {(byte) (prefix.byteAt(i) + 1)});
        return prefix.substring(0, i).concat(last);
      }
    }
    return ByteString.copyFrom(new byte[1]);
  }

  private Connection connection(int client) {
    return connections.get(client % connections.size());
  }
}
