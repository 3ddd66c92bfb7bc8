package io.quorate.history;

import java.util.List;

/**
 * What {@link Linearizability} found.
 *
 * @param order operations in the order that explains every answer; else the longest begin of one
 *     that was found. Of the requests with unknown outcome it holds those that were needed
 * @param explanation empty for {@link Kind#LINEARIZABLE}
 * @param steps requests that were tried on the model
 */
public record Verdict(Kind kind, List<Operation> order, String explanation, long steps) {

  /** The three things that can be said. */
  public enum Kind {
    LINEARIZABLE,
    VIOLATION,
    /** The bound was reached first. */
    UNDECIDED
  }

  public Verdict {
    order = List.copyOf(order);
  }

  public boolean isLinearizable() {
    return kind == Kind.LINEARIZABLE;
  }

  /**
   * The revisions that {@link #order} makes; requests with lost answers that nobody has seen the
   * effect of are not among them.
   */
  public Changes changes() {
    StoreModel model = new StoreModel();
    for (Operation operation : order) {
      model.apply(Linearizability.asked(operation));
    }
    return model.changes();
  }
}
