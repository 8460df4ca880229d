package dev.mooring.cli.client;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts streams into pieces of one size, as if they were one stream: only the last piece may be
 * shorter, and none is empty. For one thread.
 */
final class Pieces {
  private final int pieceBytes;
  private byte[] piece;
  private int filled;

  Pieces(int pieceBytes) {
    this.pieceBytes = pieceBytes;
    this.piece = new byte[pieceBytes];
  }

  /**
   * Reads until a piece is full, blocking for as long as that takes.
   *
   * @return the piece, the caller's own; null if the stream ended first, with what it still had
   *     kept for the next stream
   */
  byte @Nullable [] next(InputStream in) throws IOException {
    filled += in.readNBytes(piece, filled, pieceBytes - filled);
    return filled == pieceBytes ? take() : null;
  }

  /** The last piece, shorter than the others; null if nothing is left. */
  byte @Nullable [] rest() {
    return filled == 0 ? null : take();
  }

  private byte[] take() {
    byte[] taken = filled == pieceBytes ? piece : Arrays.copyOf(piece, filled);
    piece = new byte[pieceBytes];
    filled = 0;
    return taken;
  }
}
