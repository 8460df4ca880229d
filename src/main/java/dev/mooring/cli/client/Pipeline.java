package dev.mooring.cli.client;

import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.client.CallRequest;
import dev.mooring.client.CallResult;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Calls of one session that don't wait for each other's answers, but for those that are too far
 * ahead. Hands on what they write, in order. For one thread.
 *
 * <p>Invariant: {@code unanswered} holds at most {@code depth} calls, the oldest first.
 */
public final class Pipeline {
  private final MooringSession session;
  private final CallRequest template;
  private final int depth;
  private final Consumer<byte[]> outputs;
  private final ArrayDeque<Piece> unanswered = new ArrayDeque<>();
  private long sentBytes;

  /** A piece on its way. */
  private record Piece(long startByte, int bytes, CompletableFuture<CallResult> answer) {}

  /**
   * @param template the call, but for its input
   * @param outputs takes what each call wrote, if anything
   */
  public Pipeline(
      MooringSession session, CallRequest template, int depth, Consumer<byte[]> outputs) {
    this.session = session;
    this.template = template;
    this.depth = depth;
    this.outputs = outputs;
  }

  /**
   * Calls with a piece as the input, after waiting for the oldest call if there are too many.
   *
   * @return how many bytes were answered meanwhile
   * @throws CommandFailure if a call failed; it says at which byte
   */
  public long send(byte[] piece) {
    long answeredBytes = unanswered.size() == depth ? take() : 0;
    var answer = session.call(template.withInput(piece));
    unanswered.add(new Piece(sentBytes, piece.length, answer));
    sentBytes += piece.length;
    assert unanswered.size() <= depth;
    return answeredBytes;
  }

  /**
   * Waits for all answers.
   *
   * @return how many bytes were answered meanwhile
   * @throws CommandFailure if a call failed; it says at which byte
   */
  public long finish() {
    long answeredBytes = 0;
    while (!unanswered.isEmpty()) {
      answeredBytes += take();
    }
    return answeredBytes;
  }

  private long take() {
    Piece piece = unanswered.remove();
    try {
      byte[] output = Remote.await(piece.answer()).output();
      if (output.length > 0) {
        outputs.accept(output);
      }
      return piece.bytes();
    } catch (MooringException e) {
      throw CommandFailure.failed(
          "the piece of %s at byte %,d: %s"
              .formatted(Bytes.toSize(piece.bytes()), piece.startByte(), e.getMessage()),
          e);
    }
  }
}
