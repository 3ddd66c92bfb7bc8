package io.quorate.vertx.service;

import io.vertx.codegen.annotations.GenIgnore;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.eventbus.ReplyException;
import org.jspecify.annotations.Nullable;

/**
 * Why a request failed: the {@linkplain ReplyException#failureCode() code} of the failure. Codes
 * never change. Those below 2000 are etcd's errors one to one, with etcd's messages; the others
 * belong to the services.
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
  ABOVE_FEATURE_LEVEL(1044, 9),
  ROOT_USER_NOT_EXIST(1045, 9),
  ROOT_ROLE_NOT_EXIST(1046, 9),
  USER_ALREADY_EXIST(1047, 9),
  USER_EMPTY(1048, 3),
  USER_NOT_FOUND(1049, 9),
  ROLE_ALREADY_EXIST(1050, 9),
  ROLE_NOT_FOUND(1051, 9),
  ROLE_EMPTY(1052, 3),
  AUTH_FAILED(1053, 3),
  NO_PASSWORD_USER(1054, 2),
  PASSWORD_TOO_LONG(1055, 2),
  VERIFY_ONLY(1056, 2),
  PERMISSION_NOT_GIVEN(1057, 3),
  PERMISSION_DENIED(1058, 7),
  ROLE_NOT_GRANTED(1059, 9),
  PERMISSION_NOT_GRANTED(1060, 9),
  AUTH_NOT_ENABLED(1061, 9),
  INVALID_AUTH_TOKEN(1062, 16),
  INVALID_AUTH_MGMT(1063, 3),
  AUTH_OLD_REVISION(1064, 3),
  WRONG_DOWNGRADE_VERSION_FORMAT(1065, 3),
  INVALID_DOWNGRADE_TARGET_VERSION(1066, 3),
  UNKNOWN_METHOD(1067, 2),
  NO_DOWNGRADE(1068, 9),
  /**
   * A request that changes data was sent, and it is unknown whether it was or will be executed.
   * Read to find out; sending it again might execute it twice.
   */
  UNKNOWN_OUTCOME(2001, 2),
  /**
   * No service is registered at the address, or the service reaches no member. The request was not
   * executed.
   */
  UNREACHABLE(2002, 14),
  /** The request is invalid; the message begins with the name of the argument. */
  INVALID_ARGUMENT(2003, 3),
  /** A lock or an election was not acquired within the time. No key remains. */
  NOT_ACQUIRED(2004, 9),
  /** The given lock or leadership is not, or no longer, held. */
  NOT_HELD(2005, 9),
  /** The asked instance has reached its limit of watches. */
  TOO_MANY_WATCHES(2006, 8),
  /** The asked instance has reached its limit of requests that wait for locks and elections. */
  TOO_MANY_WAITING(2007, 8),
  /** The store does not support this kind of request, or the service has no such method. */
  UNSUPPORTED(2008, 12),
  /**
   * The answer contains a key or value that is not text; the message names the key. Use {@link
   * Encoding#BASE64}.
   */
  NOT_UTF8(2009, 9),
  /** The store refused the request with an error that is not listed above. */
  REFUSED(2010, 2),
  /** The service or its store is being closed. The request was not executed. */
  CLOSED(2011, 14),
  /** A fault of the service, which has logged it. */
  INTERNAL(2012, 13),
  /** No answer in time to a request that only reads or may be repeated without harm. */
  NO_ANSWER(2013, 4);

  private final int code;
  private final int grpcCode;

  ServiceFailure(int code, int grpcCode) {
    this.code = code;
    this.grpcCode = grpcCode;
  }

  /** The code on the event bus. */
  public int code() {
    return code;
  }

  /** The number of the gRPC status for the same failure. */
  public int grpcCode() {
    return grpcCode;
  }

  /** The failure with that code; null if there is none. */
  public static @Nullable ServiceFailure ofCode(int code) {
    for (ServiceFailure failure : values()) {
      if (failure.code == code) {
        return failure;
      }
    }
    return null;
  }

  /** The {@link ServiceFailure} of a failed future; null if it did not come from a service. */
  @GenIgnore
  public static @Nullable ServiceFailure of(Throwable failure) {
    return failure instanceof ReplyException reply ? ofCode(reply.failureCode()) : null;
  }
}
