package dev.mooring.proto;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.mooring.proto.v1.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * One file of {@code proto/vectors}: what is on the wire, and what it means.
 *
 * @param name the file's name without its ending; begins with {@code bad-} if there is an error
 * @param direction who sends it
 * @param wire the whole file: one frame, or what should have been one
 * @param message the {@code ClientMessage} or {@code ServerMessage} that it is; null if it is none
 * @param error what a server answers to it; null if it is good
 * @param canonical whether our writers, and protobuf's, write the message in these bytes
 */
public record GoldenFrame(
    String name,
    Direction direction,
    ByteString wire,
    @Nullable Message message,
    @Nullable ErrorCode error,
    boolean canonical) {
  /** Who sends a frame. */
  public enum Direction {
    CLIENT,
    SERVER
  }

  /** The whole file, in an array of the caller's own. */
  public byte[] bytes() {
    return wire.toByteArray();
  }

  @Override
  public String toString() {
    return name;
  }
}
