package io.quorate.vertx.service;

import io.vertx.codegen.annotations.GenIgnore;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.eventbus.ReplyException;
import org.jspecify.annotations.Nullable;

/**
 * Why a request failed: the {@linkplain ReplyException#failureCode() code} of the failure. Codes
 * never change. Those below 2000 are etcd's errors one to one, with etcd's own messages; the others
 * are the services' own.
 */
@VertxGen
public enum ServiceFailure {
  EMPTY_KEY(1001, 3),
  KEY_NOT_FOUND(1002, 3),
  VALUE_PROVIDED(1003, 3),
  LEASE_PROVIDED(1004, 3),
  TOO_MANY_OPS(1005, 3),
  DUPLICATE_KEY(1006, 3),
  INVALID_CLIENT_API_VERSION(1007, 3),
  INVALID_SORT_OPTION(1008, 3),
  COMPACTED(1009, 11),
  FUTURE_REV(1010, 11),
  NO_SPACE(1011, 8),
  LEASE_NOT_FOUND(1012, 5),
  LEASE_EXIST(1013, 9),
  LEASE_TTL_TOO_LARGE(1014, 11),
  WATCH_CANCELED(1015, 1),
  MEMBER_EXIST(1016, 9),
  PEER_URL_EXIST(1017, 9),
  MEMBER_NOT_ENOUGH_STARTED(1018, 2),
  MEMBER_BAD_URLS(1019, 3),
  MEMBER_NOT_FOUND(1020, 5),
  MEMBER_NOT_LEARNER(1021, 9),
  LEARNER_NOT_READY(1022, 9),
  TOO_MANY_LEARNERS(1023, 9),
  CLUSTER_ID_MISMATCH(1024, 9),
  REQUEST_TOO_LARGE(1025, 3),
  TOO_MANY_REQUESTS(1026, 2),
  NO_LEADER(1027, 14),
  NOT_LEADER(1028, 9),
  LEADER_CHANGED(1029, 14),
  STOPPED(1030, 14),
  TIMEOUT(1031, 14),
  TIMEOUT_LEADER_FAIL(1032, 14),
  TIMEOUT_CONNECTION_LOST(1033, 14),
  TIMEOUT_WAIT_APPLIED(1034, 14),
  TIMEOUT_LEADER_TRANSFER(1035, 2),
  UNHEALTHY(1036, 14),
  CORRUPT(1037, 15),
  NOT_SUPPORTED_FOR_LEARNER(1038, 9),
  BAD_LEADER_TRANSFEREE(1039, 9),
  PROPOSAL_DROPPED(1040, 2),
  NOT_A_COUNTER(1041, 9),
  SUPERSEDED(1042, 9),
  ANSWER_TOO_LARGE(1043, 8),
  /**
   * A request that changes something was sent, and it is not known whether it was executed, or will
   * be. Reading tells; asking again might do it twice.
   */
  UNKNOWN_OUTCOME(2001, 2),
  /**
   * Nobody serves at the address, or the service reaches no member. The request was surely not
   * executed.
   */
  UNREACHABLE(2002, 14),
  /** The request is wrong; the message begins with the name of the argument. */
  INVALID_ARGUMENT(2003, 3),
  /** A lock or an election was not had within the time. Nothing stays behind. */
  NOT_ACQUIRED(2004, 9),
  /** What was to be used is not held, or not any more. */
  NOT_HELD(2005, 9),
  /** The instance that was asked has as many watches as it may have. */
  TOO_MANY_WATCHES(2006, 8),
  /** The instance that was asked has as many waiting for locks and elections as it may have. */
  TOO_MANY_WAITING(2007, 8),
  /** The store does not know such requests, or the service no such method. */
  UNSUPPORTED(2008, 12),
  /**
   * The answer holds a key or a value that is not text; the message names the key. Ask for {@link
   * Encoding#BASE64}.
   */
  NOT_UTF8(2009, 9),
  /** The store refused with an error that is none of those above, such as the lack of a right. */
  REFUSED(2010, 2),
  /** The service, or the store behind it, is being closed. The request was surely not executed. */
  CLOSED(2011, 14),
  /** A fault of the service itself, which has logged it. */
  INTERNAL(2012, 13),
  /** No answer in time to a request that only reads, or may be made again without harm. */
  NO_ANSWER(2013, 4);

  private final int code;
  private final int grpcCode;

  ServiceFailure(int code, int grpcCode) {
    this.code = code;
    this.grpcCode = grpcCode;
  }

  /** What stands for it on the wire. */
  public int code() {
    return code;
  }

  /** The number of the gRPC status that the same failure has there. */
  public int grpcCode() {
    return grpcCode;
  }

  /** The failure of that code; null if there is none. */
  public static @Nullable ServiceFailure ofCode(int code) {
    for (ServiceFailure failure : values()) {
      if (failure.code == code) {
        return failure;
      }
    }
    return null;
  }

  /** What a failed future means; null if it did not come from a service. */
  @GenIgnore
  public static @Nullable ServiceFailure of(Throwable failure) {
    return failure instanceof ReplyException reply ? ofCode(reply.failureCode()) : null;
  }
}
