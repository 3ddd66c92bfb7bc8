package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transaction: if all compares hold, the success operations are executed, otherwise the failure
 * operations, in one revision.
 */
@DataObject
@JsonGen(publicConverter = false)
public final class TxnRequest {
  private List<Compare> compares = List.of();
  private List<TxnOp> success = List.of();
  private List<TxnOp> failure = List.of();
  private @Nullable Encoding encoding;

  public TxnRequest() {}

  /** A copy. */
  public TxnRequest(TxnRequest other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public TxnRequest(JsonObject json) {
    StrictJson.read(json, fields -> TxnRequestConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    TxnRequestConverter.toJson(this, json);
    return json;
  }

  /** The conditions. */
  public List<Compare> getCompares() {
    return compares;
  }

  public TxnRequest setCompares(List<Compare> compares) {
    this.compares = List.copyOf(compares);
    return this;
  }

  /** The operations to execute if all conditions hold. */
  public List<TxnOp> getSuccess() {
    return success;
  }

  public TxnRequest setSuccess(List<TxnOp> success) {
    this.success = List.copyOf(success);
    return this;
  }

  /** The operations to execute otherwise. */
  public List<TxnOp> getFailure() {
    return failure;
  }

  public TxnRequest setFailure(List<TxnOp> failure) {
    this.failure = List.copyOf(failure);
    return this;
  }

  /**
   * The encoding of keys and values in this request and its answer. Default: {@link Encoding#UTF8}.
   * Inside a transaction it must be the transaction's.
   */
  public @Nullable Encoding getEncoding() {
    return encoding;
  }

  public TxnRequest setEncoding(@Nullable Encoding encoding) {
    this.encoding = encoding;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TxnRequest that && toJson().equals(that.toJson());
  }

  @Override
  public int hashCode() {
    return toJson().hashCode();
  }

  @Override
  public String toString() {
    return toJson().encode();
  }
}
