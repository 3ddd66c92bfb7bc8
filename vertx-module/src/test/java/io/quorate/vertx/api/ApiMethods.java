package io.quorate.vertx.api;

import com.google.protobuf.Descriptors.MethodDescriptor;
import io.quorate.vertx.proto.election.ElectionProto;
import io.quorate.vertx.proto.health.HealthProto;
import io.quorate.vertx.proto.lock.LockProto;
import io.quorate.vertx.proto.quorate.QuorateProto;
import io.quorate.vertx.proto.rpc.RpcProto;
import java.util.List;
import java.util.stream.Stream;

/** Every method of the {@code .proto} files. */
public final class ApiMethods {
  public static final List<MethodDescriptor> ALL =
      Stream.of(
              RpcProto.getDescriptor(),
              LockProto.getDescriptor(),
              ElectionProto.getDescriptor(),
              QuorateProto.getDescriptor(),
              HealthProto.getDescriptor())
          .flatMap(file -> file.getServices().stream())
          .flatMap(service -> service.getMethods().stream())
          .toList();

  private ApiMethods() {}
}
