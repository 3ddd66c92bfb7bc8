package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The result of one operation of a transaction: exactly one of the four. */
@DataObject
@JsonGen(publicConverter = false)
public final class TxnOpResult {
  private @Nullable RangeResult range;
  private @Nullable PutResult put;
  private @Nullable DeleteResult delete;
  private @Nullable TxnResult txn;

  public TxnOpResult() {}

  /** A copy. */
  public TxnOpResult(TxnOpResult other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public TxnOpResult(JsonObject json) {
    TxnOpResultConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    TxnOpResultConverter.toJson(this, json);
    return json;
  }

  /** The result of a read. */
  public @Nullable RangeResult getRange() {
    return range;
  }

  public TxnOpResult setRange(@Nullable RangeResult range) {
    this.range = range;
    return this;
  }

  /** The result of a put. */
  public @Nullable PutResult getPut() {
    return put;
  }

  public TxnOpResult setPut(@Nullable PutResult put) {
    this.put = put;
    return this;
  }

  /** The result of a delete. */
  public @Nullable DeleteResult getDelete() {
    return delete;
  }

  public TxnOpResult setDelete(@Nullable DeleteResult delete) {
    this.delete = delete;
    return this;
  }

  /** The result of a nested transaction. */
  public @Nullable TxnResult getTxn() {
    return txn;
  }

  public TxnOpResult setTxn(@Nullable TxnResult txn) {
    this.txn = txn;
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TxnOpResult that && toJson().equals(that.toJson());
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
