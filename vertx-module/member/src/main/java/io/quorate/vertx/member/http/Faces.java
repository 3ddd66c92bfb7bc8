package io.quorate.vertx.member.http;

import java.util.List;

/** The faces of a member's client port. */
public final class Faces {
  /** etcd v3 and Quorate's own services over gRPC. */
  public static final Face.Maker GRPC = GrpcFace::new;

  /** {@link #plain} without restrictions for browsers. */
  public static final Face.Maker PLAIN = plain(BrowserRules.NONE);

  /** {@code /health}, {@code /livez} and {@code /readyz}, for a listener of their own. */
  public static final Face.Maker CHECKS = (vertx, store, options) -> new PlainHttp(store, null);

  /** Everything that etcd serves on its client port. */
  public static final List<Face.Maker> ALL = List.of(GRPC, PLAIN);

  private Faces() {}

  /**
   * {@code /version}, {@code /health}, {@code /livez} and {@code /readyz}; accepts every request.
   */
  public static Face.Maker plain(BrowserRules rules) {
    return (vertx, store, options) -> new PlainHttp(store, rules);
  }
}
