package io.quorate.vertx.service;

import io.quorate.vertx.support.StrictJson;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** One operation of a transaction: exactly one of the four. */
@DataObject
@JsonGen(publicConverter = false)
public final class TxnOp {
  private @Nullable RangeRequest range;
  private @Nullable PutRequest put;
  private @Nullable DeleteRequest delete;
  private @Nullable TxnRequest txn;

  public TxnOp() {}

  /** A copy. */
  public TxnOp(TxnOp other) {
    this(other.toJson());
  }

  /**
   * @throws IllegalArgumentException naming the first field that is unknown or of the wrong type
   */
  public TxnOp(JsonObject json) {
    StrictJson.read(json, fields -> TxnOpConverter.fromJson(fields, this), this::toJson);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    TxnOpConverter.toJson(this, json);
    return json;
  }

  /** A read. */
  public @Nullable RangeRequest getRange() {
    return range;
  }

  public TxnOp setRange(@Nullable RangeRequest range) {
    this.range = range;
    return this;
  }

  /** A put. */
  public @Nullable PutRequest getPut() {
    return put;
  }

  public TxnOp setPut(@Nullable PutRequest put) {
    this.put = put;
    return this;
  }

  /** A delete. */
  public @Nullable DeleteRequest getDelete() {
    return delete;
  }

  public TxnOp setDelete(@Nullable DeleteRequest delete) {
    this.delete = delete;
    return this;
  }

  /** A nested transaction. */
  public @Nullable TxnRequest getTxn() {
    return txn;
  }

  public TxnOp setTxn(@Nullable TxnRequest txn) {
    this.txn = txn;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TxnOp that && toJson().equals(that.toJson());
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
