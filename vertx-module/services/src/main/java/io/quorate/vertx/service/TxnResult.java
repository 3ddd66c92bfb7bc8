package io.quorate.vertx.service;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The result of a transaction. */
@DataObject
@JsonGen(publicConverter = false)
public final class TxnResult {
  private long revision;
  private boolean succeeded;
  private List<TxnOpResult> responses = List.of();

  public TxnResult() {}

  /** A copy. */
  public TxnResult(TxnResult other) {
    this(other.toJson());
  }

  /** Unknown fields are ignored. */
  public TxnResult(JsonObject json) {
    TxnResultConverter.fromJson(json, this);
  }

  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    TxnResultConverter.toJson(this, json);
    return json;
  }

  /** The revision of the change, or of the store; 0 inside another transaction. */
  public long getRevision() {
    return revision;
  }

  public TxnResult setRevision(long revision) {
    this.revision = revision;
    return this;
  }

  /** Whether the conditions held. */
  public boolean isSucceeded() {
    return succeeded;
  }

  public TxnResult setSucceeded(boolean succeeded) {
    this.succeeded = succeeded;
    return this;
  }

  /** One result for each executed operation. */
  public List<TxnOpResult> getResponses() {
    return responses;
  }

  public TxnResult setResponses(List<TxnOpResult> responses) {
    this.responses = List.copyOf(responses);
    return this;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TxnResult that && toJson().equals(that.toJson());
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
