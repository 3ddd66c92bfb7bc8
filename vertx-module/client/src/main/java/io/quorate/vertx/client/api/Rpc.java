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

  /** How messages go to and fro; the labels are those of gRPC's metrics. */
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
   * @param service with its package: {@code etcdserverpb.KV}
   * @param httpPaths where the JSON gateway has it; none if it has not
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

  /** One request to the store, one answer of it. */
  record Unary<Q extends MessageLite, R>(
      Name name, Parser<Q> parser, In<Q, R> in, Out<R> out, Predicate<Q> onLearner, Weight weight)
      implements Rpc {

    /** What its answer may take. */
    public enum Weight {
      /** Little. */
      LIGHT,
      /** Much: it waits for room by the estimate of the store. */
      HEAVY
    }

    /** A message to what the store is asked for. */
    @FunctionalInterface
    public interface In<Q, R> {
      /**
       * @param maxTxnOps operations that a transaction may have
       * @throws io.quorate.command.EtcdException what etcd says of a message that means nothing
       * @throws RpcException the same where etcd says nothing
       */
      Request<R> request(Q message, int maxTxnOps);
    }

    /** An answer of the store to a message. */
    @FunctionalInterface
    public interface Out<R> {
      /**
       * @param status of the member, at the moment of answering
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

  /** Streams; what they do is up to who serves them. */
  record Streaming<Q extends MessageLite>(Name name, Type type, Parser<Q> parser) implements Rpc {}

  /** Not served; a row so that nobody forgets it. */
  record Absent(Name name, Type type) implements Rpc {}
}
