package io.quorate.vertx.client.api;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.quorate.command.Request;
import io.quorate.command.Result;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** One row of {@link EtcdApi}. */
public sealed interface Rpc {

  /**
   * Whether request and response are single messages or streams. The labels are those of gRPC's
   * metrics.
   */
  enum Type {
    UNARY("unary"),
    SERVER_STREAM("server_stream"),
    BIDI_STREAM("bidi_stream");

    private final String label;

    Type(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  /**
   * @param service with its package, for example {@code etcdserverpb.KV}
   * @param httpPaths paths of etcd's JSON gateway; empty if it has none
   */
  record Name(String service, String method, List<String> httpPaths) {
    public Name {
      httpPaths = List.copyOf(httpPaths);
    }

    @Override
    public String toString() {
      return service + "/" + method;
    }
  }

  Name name();

  Type type();

  /** One request to the store and its answer. */
  record Unary<Q extends MessageLite, R>(
      Name name, Parser<Q> parser, In<Q, R> in, Out<R> out, Predicate<Q> onLearner, Weight weight)
      implements Rpc {

    /** How much memory a response may need. */
    public enum Weight {
      /** Little. */
      LIGHT,
      /** Much: it waits until there is room for the size that the store has estimated. */
      HEAVY
    }

    /** Maps a message to a request. */
    @FunctionalInterface
    public interface In<Q, R> {
      /**
       * @param maxTxnOps operations that a transaction may have
       * @throws io.quorate.command.EtcdException etcd's error for an invalid message
       * @throws RpcException where etcd has no error for it
       */
      Request<R> request(Q message, int maxTxnOps);
    }

    /** Maps a result to a message. */
    @FunctionalInterface
    public interface Out<R> {
      /**
       * @param status of the member, at the time of the response
       */
      MessageLite message(Result.MemberStatus status, R answer);
    }

    @Override
    public Type type() {
      return Type.UNARY;
    }
  }

  /** One message, answered without the store. */
  record Local<Q extends MessageLite>(
      Name name, Parser<Q> parser, Function<Q, ? extends MessageLite> answer) implements Rpc {
    @Override
    public Type type() {
      return Type.UNARY;
    }
  }

  /**
   * One message, answered after several requests to the store, and perhaps after waiting for other
   * clients. The server implements it.
   */
  record Recipe<Q extends MessageLite>(Name name, Parser<Q> parser) implements Rpc {
    @Override
    public Type type() {
      return Type.UNARY;
    }
  }

  /** A stream. The server implements it. */
  record Streaming<Q extends MessageLite>(Name name, Type type, Parser<Q> parser) implements Rpc {}
}
