package io.quorate.vertx.member.grpc;

import com.google.protobuf.MessageLite;
import io.quorate.command.EtcdError;
import io.quorate.command.KeyValue;
import io.quorate.vertx.client.proto.rpc.RangeRequest;
import io.quorate.vertx.member.store.RangeAnswer;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A range whose pairs are read and written piece by piece, as fast as the client takes them. It
 * waits for a turn of the {@link AnswerBudget}, which holds memory for what is in progress.
 */
abstract class PiecewiseCall extends OneRequestCall<RangeRequest> {
  private final Window window;
  private RangeAnswer.@Nullable Pieces pieces;

  /** Non-null while the answer waits for its turn or has it. */
  private @Nullable Turn turn;

  private boolean reading;

  /**
   * How far reading may be ahead of the client.
   *
   * @param turnBytes memory that the turn holds; a smaller answer holds less
   * @param aheadBytes reading stops when so much is written and has not left
   * @param resumeBytes reading goes on when no more than this is left
   */
  record Window(long turnBytes, long aheadBytes, long resumeBytes) {}

  private final class Turn extends AnswerBudget.Waiter {
    private final RangeAnswer.Pieces from;
    private boolean begun;

    Turn(RangeAnswer.Pieces from) {
      this.from = from;
    }

    @Override
    void admitted() {
      begun = true;
      if (writeHead(from)) {
        readNext();
      }
    }
  }

  PiecewiseCall(
      RpcServer server,
      GrpcServerRequest<RangeRequest, MessageLite> request,
      GrpcMessageDecoder<RangeRequest> decoder,
      Window window) {
    super(server, request, decoder);
    this.window = window;
  }

  /** The store's answer, or its failure. */
  final void answered(@Nullable RangeAnswer answer, @Nullable Throwable failure) {
    if (failure != null) {
      fail(failure);
    } else if (answer instanceof RangeAnswer.Whole whole) {
      answerWhole(whole);
    } else if (answer instanceof RangeAnswer.Pieces some) {
      send(some);
    }
  }

  abstract void answerWhole(RangeAnswer.Whole whole);

  /**
   * Writes what comes before the pairs.
   *
   * @return false if the call has ended
   */
  abstract boolean writeHead(RangeAnswer.Pieces from);

  abstract Future<List<KeyValue>> next(RangeAnswer.Pieces from);

  /** Writes the pairs of a piece, and the end of the answer after the last one. */
  abstract void write(RangeAnswer.Pieces from, List<KeyValue> pairs);

  /** Answers with these pieces, once it is this call's turn. */
  final void send(RangeAnswer.Pieces some) {
    if (isOver()) {
      some.close();
      return;
    }
    pieces = some;
    Turn mine = new Turn(some);
    turn = mine;
    if (!account.admit(mine, Math.min(some.sizeBytes(), window.turnBytes()), 0)) {
      fail(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  private void readNext() {
    RangeAnswer.Pieces from = pieces;
    if (reading || from == null) {
      return;
    }
    // Pieces that are complete at once are handled in this loop, not recursively.
    while (!isOver() && pendingBytes() < window.aheadBytes()) {
      reading = true;
      Future<List<KeyValue>> piece = next(from);
      if (!piece.isComplete()) {
        piece.onComplete(
            done -> {
              reading = false;
              handle(from, piece);
              readNext();
            });
        return;
      }
      reading = false;
      handle(from, piece);
    }
  }

  private void handle(RangeAnswer.Pieces from, Future<List<KeyValue>> piece) {
    if (isOver()) {
      return;
    }
    if (piece.failed()) {
      fail(piece.cause());
    } else {
      write(from, piece.result());
    }
  }

  /** False: its turn already holds the memory for a window. */
  @Override
  boolean countsPendingWrites() {
    return turn == null;
  }

  @Override
  void onWriteCompleted() {
    if (pendingBytes() <= window.resumeBytes()) {
      readNext();
    }
    if (isOver() && pendingBytes() == 0) {
      endTurn();
    }
  }

  @Override
  void onEnd() {
    super.onEnd();
    if (pieces != null) {
      pieces.close();
    }
    if (pendingBytes() == 0) {
      endTurn();
    }
  }

  private void endTurn() {
    Turn mine = turn;
    if (mine == null) {
      return;
    }
    turn = null;
    if (mine.begun) {
      account.ended(mine);
    } else {
      account.withdraw(mine);
    }
  }
}
