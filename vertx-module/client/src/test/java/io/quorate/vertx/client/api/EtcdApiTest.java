package io.quorate.vertx.client.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.quorate.vertx.client.proto.election.ElectionProto;
import io.quorate.vertx.client.proto.health.HealthProto;
import io.quorate.vertx.client.proto.lock.LockProto;
import io.quorate.vertx.client.proto.quorate.QuorateProto;
import io.quorate.vertx.client.proto.rpc.RpcProto;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compares the table with the descriptors. */
class EtcdApiTest {
  private static final Map<String, MethodDescriptor> METHODS =
      Stream.of(
              RpcProto.getDescriptor(),
              LockProto.getDescriptor(),
              ElectionProto.getDescriptor(),
              QuorateProto.getDescriptor(),
              HealthProto.getDescriptor())
          .flatMap(file -> file.getServices().stream())
          .flatMap(service -> service.getMethods().stream())
          .collect(
              Collectors.toMap(
                  method -> method.getService().getFullName() + "/" + method.getName(),
                  Function.identity()));

  private static List<String> names() {
    return EtcdApi.ROWS.stream().map(row -> row.name().toString()).toList();
  }

  @Test
  void everyMethodHasOneRow() {
    assertThat(names()).containsExactlyInAnyOrderElementsOf(METHODS.keySet());
  }

  @Test
  void everyRowHasTheStreamingAndTheRequestTypeOfItsMethod() {
    for (Rpc row : EtcdApi.ROWS) {
      MethodDescriptor method = Objects.requireNonNull(METHODS.get(row.name().toString()));
      Rpc.Type type =
          method.isClientStreaming()
              ? Rpc.Type.BIDI_STREAM
              : method.isServerStreaming() ? Rpc.Type.SERVER_STREAM : Rpc.Type.UNARY;
      assertThat(row.type()).as("%s", row.name()).isEqualTo(type);
      if (row instanceof Rpc.Unary<?, ?> unary) {
        reads(method, unary.parser());
      } else if (row instanceof Rpc.Local<?> local) {
        reads(method, local.parser());
      } else if (row instanceof Rpc.Recipe<?> recipe) {
        reads(method, recipe.parser());
      } else if (row instanceof Rpc.Streaming<?> streaming) {
        reads(method, streaming.parser());
      }
    }
  }

  private static void reads(MethodDescriptor method, Parser<?> parser) {
    try {
      Object message = parser.parseFrom(new byte[0]);
      assertThat(((Message) message).getDescriptorForType())
          .as("%s", method)
          .isEqualTo(method.getInputType());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  /** etcd's gateway has one path for each method, for some two. */
  @Test
  void pathsEqualEtcdsAndEachBelongsToOneMethod() {
    List<String> paths =
        EtcdApi.ROWS.stream().flatMap(row -> row.name().httpPaths().stream()).toList();
    assertThat(paths).doesNotHaveDuplicates().allMatch(path -> path.startsWith("/v3/"));
    assertThat(EtcdApi.ROWS)
        .filteredOn(row -> row.name().httpPaths().isEmpty())
        .extracting(row -> row.name().toString())
        .containsExactlyInAnyOrder(
            "etcdserverpb.KV/RangeStream",
            "quorate.v1.Quorate/Count",
            "quorate.v1.Quorate/LeaseGrantMillis",
            "grpc.health.v1.Health/Check",
            "grpc.health.v1.Health/List",
            "grpc.health.v1.Health/Watch");
  }
}
