package io.quorate.vertx.member.http;

import java.util.List;

/** The faces that a member has by itself. */
public final class Faces {
  /** Etcd v3 and Quorate's own services over gRPC. */
  public static final Face.Maker GRPC = GrpcFace::new;

  /** {@code /version}, {@code /health}, {@code /livez} and {@code /readyz}; takes everything. */
  public static final Face.Maker PLAIN = (vertx, store, options) -> new PlainHttp(store);

  /** What etcd has on its client port. */
  public static final List<Face.Maker> ALL = List.of(GRPC, PLAIN);

  private Faces() {}
}
