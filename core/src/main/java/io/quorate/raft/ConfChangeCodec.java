package io.quorate.raft;

import io.quorate.raft.ConfChange.Step;
import io.quorate.raft.ConfChange.StepKind;
import io.quorate.raft.ConfChange.Transition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@link ConfChange} as the data of an {@link Entry} of kind CONF_CHANGE. Big-endian:
 *
 * <pre>
 *   u8 version = 1 | u8 transition | u16 steps | steps x (u8 kind, u64 member) | context
 * </pre>
 *
 * The context runs to the end.
 */
public final class ConfChangeCodec {
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 4;
  private static final int STEP_BYTES = 9;

  /** Most steps one change can have. */
  public static final int MAX_STEPS = 0xFFFF;

  private ConfChangeCodec() {}

  public static byte[] encode(ConfChange change) {
    List<Step> steps = change.steps();
    if (steps.size() > MAX_STEPS) {
      throw new IllegalArgumentException("too many steps: " + steps.size());
    }
    int size = HEADER_BYTES + STEP_BYTES * steps.size() + change.context().length;
    byte[] out = new byte[size];
    out[0] = VERSION;
    out[1] = code(change.transition());
    out[2] = (byte) (steps.size() >>> 8);
    out[3] = (byte) steps.size();
    int at = HEADER_BYTES;
    for (Step step : steps) {
      out[at] = code(step.kind());
      for (int i = 0; i < 8; i++) {
        out[at + 1 + i] = (byte) (step.memberId() >>> (56 - 8 * i));
      }
      at += STEP_BYTES;
    }
    System.arraycopy(change.context(), 0, out, at, change.context().length);
    return out;
  }

  /**
   * Reads what a leader put into the log.
   *
   * @throws IllegalArgumentException if these bytes are no such thing, or of a version this build
   *     does not know
   */
  public static ConfChange decode(byte[] data) {
    if (data.length < HEADER_BYTES) {
      throw new IllegalArgumentException("configuration change of " + data.length + " bytes");
    }
    if (data[0] != VERSION) {
      throw new IllegalArgumentException("configuration change of unknown version " + data[0]);
    }
    Transition transition = transition(data[1]);
    int count = (data[2] & 0xFF) << 8 | (data[3] & 0xFF);
    int end = HEADER_BYTES + STEP_BYTES * count;
    if (data.length < end) {
      throw new IllegalArgumentException(
          "configuration change of " + count + " steps in " + data.length + " bytes");
    }
    List<Step> steps = new ArrayList<>(count);
    for (int at = HEADER_BYTES; at < end; at += STEP_BYTES) {
      long id = 0;
      for (int i = 1; i < STEP_BYTES; i++) {
        id = id << 8 | (data[at + i] & 0xFF);
      }
      steps.add(new Step(stepKind(data[at]), id));
    }
    return new ConfChange(transition, steps, Arrays.copyOfRange(data, end, data.length));
  }

  private static byte code(Transition transition) {
    return switch (transition) {
      case AUTO -> 1;
      case JOINT_IMPLICIT -> 2;
      case JOINT_EXPLICIT -> 3;
    };
  }

  private static Transition transition(byte code) {
    return switch (code) {
      case 1 -> Transition.AUTO;
      case 2 -> Transition.JOINT_IMPLICIT;
      case 3 -> Transition.JOINT_EXPLICIT;
      default -> throw new IllegalArgumentException("unknown transition " + code);
    };
  }

  private static byte code(StepKind kind) {
    return switch (kind) {
      case ADD_VOTER -> 1;
      case ADD_LEARNER -> 2;
      case REMOVE -> 3;
    };
  }

  private static StepKind stepKind(byte code) {
    return switch (code) {
      case 1 -> StepKind.ADD_VOTER;
      case 2 -> StepKind.ADD_LEARNER;
      case 3 -> StepKind.REMOVE;
      default -> throw new IllegalArgumentException("unknown step " + code);
    };
  }
}
